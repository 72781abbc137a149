import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { type ApiAnswer, ApiClient, type ApiRequest } from '../../../adapters/label-studio/api-client.ts';
import { testRemoval } from '../../../adapters/label-studio/removal-check.ts';
import type { Check } from '../../../adapters/tool.ts';
import {
  adapterFor,
  labelStudio,
  labelStudioDatabases,
  startTestLabelStudio,
  type TestLabelStudio,
  withToolDatabase,
} from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';

class ApiThatErasesNobody extends ApiClient {
  override async send(request: ApiRequest): Promise<ApiAnswer> {
    const erases = request.method === 'DELETE' && request.path.startsWith('/api/users/');
    if (erases) throw new ToolUnavailable('The connection was cut off.');
    return super.send(request);
  }
}

const line = (checks: readonly Check[], id: string): Check => {
  const found = checks.find((check) => check.id === id);
  if (!found) throw new Error(`no check ${id}`);
  return found;
};

for (const kind of labelStudioDatabases) {
  describe(`the checks of Label Studio on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let owner: LabelStudioSession;

    before(async () => {
      tool = await labelStudio(kind);
      owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
    });

    const check = async (databaseUrl: string | null, testRemoval = false, linkedProjectIds: string[] = []) => {
      const adapter = adapterFor(tool, { databaseUrl });
      try {
        return await adapter.check({ testRemoval, linkedProjectIds });
      } finally {
        await adapter.close();
      }
    };
    const people = async () => {
      const answer = await owner.http.get('/api/users/');
      return (answer.data as { email: string }[]).map(({ email }) => email).sort();
    };

    it('are all ok with the owner’s token and the whole role, but for projects that trainers see without a link', async () => {
      const { projectId } = await owner.createProject('Payroll 2026', ['one']);
      const checks = await check(tool.pluginDatabaseUrl);
      const visible = line(checks, 'tool-visible-projects');
      expect(checks.filter(({ result }) => result !== 'ok')).to.deep.equal([visible]);
      expect(visible.result).to.equal('warning');
      const projects = await adapterFor(tool).listProjects();
      const all = projects.map(({ id }) => id);
      const others = all.filter((id) => id !== projectId);
      expect(line(await check(null, false, others), 'tool-visible-projects').why).to.include(
        `Payroll 2026 (${projectId})`,
      );
      expect(line(await check(null, false, all), 'tool-visible-projects').result).to.equal('ok');
    });

    it('try a removal with an account made for it, find nothing open, and erase the account', async () => {
      const before = await people();
      const removal = line(await check(tool.pluginDatabaseUrl, true), 'tool-removal');
      expect(removal).to.include({ result: 'ok', remedy: '' });
      expect(await people()).to.deep.equal(before);
    });

    it('fail the removal without a database role: they say what stayed open, and erase the account all the same', async () => {
      const before = await people();
      const removal = line(await check(null, true), 'tool-removal');
      expect(removal.result).to.equal('failure');
      for (const words of ['sign in again', 'invite link', 'list people', 'exchange a personal access token']) {
        expect(removal.why).to.include(words);
      }
      expect(removal.why).to.include('the old session, the legacy token, a personal access token');
      expect(removal.remedy).to.include('GRANT UPDATE (deleted_at)');
      expect(await people()).to.deep.equal(before);
    });

    it('run the statements of counting and looking, and name a column that this version lacks', async () => {
      expect(line(await check(tool.pluginDatabaseUrl), 'tool-database-statements').result).to.equal('ok');
      const rename = (from: string, to: string) =>
        withToolDatabase(tool, (database) =>
          database.execute(`ALTER TABLE task_completion RENAME COLUMN ${from} TO ${to}`, []),
        );
      await rename('result_count', 'result_number');
      try {
        const counting = line(await check(tool.pluginDatabaseUrl), 'tool-database-tally');
        expect(counting.result).to.equal('warning');
        expect(counting.remedy).to.include('no column result_count').and.include('version');
      } finally {
        await rename('result_number', 'result_count');
      }
    });

    it('keep the verdict when the test account cannot be erased, name it, and erase it the next time', async () => {
      const before = await people();
      const adapter = adapterFor(tool);
      const api = new ApiThatErasesNobody(tool.baseUrl, tool.apiToken);
      const finding = await testRemoval({ adapter, api, baseUrl: tool.baseUrl });
      await adapter.close();
      expect(finding.result).to.equal('warning');
      expect(finding.why).to.include('were all refused').and.to.include('cut off');
      const [, email = '', id = ''] =
        /(opentrain-plugin-check-\w+@opentrain\.work) \(account (\d+)\)/.exec(finding.why) ?? [];
      expect(finding.remedy).to.include(email).and.to.include('--test-removal');
      const stays = () =>
        withToolDatabase(tool, (database) => database.query('SELECT id FROM htx_user WHERE id = $1', [Number(id)]));
      expect(await stays()).to.have.lengthOf(1);
      expect(line(await check(tool.pluginDatabaseUrl, true), 'tool-removal').result).to.equal('ok');
      expect(await stays()).to.have.lengthOf(0);
      expect(await people()).to.deep.equal(before);
    });

    it('say what each missing right costs and the line that grants it', async () => {
      const withoutDatabase = await check(null);
      expect(line(withoutDatabase, 'tool-database').remedy).to.include('CREATE ROLE opentrain_plugin');
      for (const id of ['tally', 'close-account', 'restore', 'set-password']) {
        expect(line(withoutDatabase, `tool-database-${id}`).result, id).to.equal('warning');
      }
    });

    it('name a database that refuses the plugin or is another one', async () => {
      const wrong =
        kind === 'sqlite'
          ? 'sqlite:/nowhere/label_studio.sqlite3'
          : tool.pluginDatabaseUrl.replace(/\/[^/]*$/, '/no_such_database');
      const connection = line(await check(wrong), 'tool-database');
      expect(connection).to.include({ result: 'failure' });
      expect(connection.remedy).to.include('TOOL_DATABASE_URL');
    });

    if (kind === 'postgres') {
      it('count a role that may only read as good for tallies and nothing else', async () => {
        const checks = await check(tool.readOnlyDatabaseUrl ?? null);
        expect(line(checks, 'tool-database-tally').result).to.equal('ok');
        expect(line(checks, 'tool-database-close-account').remedy).to.include(
          'GRANT UPDATE (is_active) ON htx_user TO',
        );
        expect(line(checks, 'tool-database-restore').remedy).to.include(
          'GRANT UPDATE (deleted_at) ON organizations_organizationmember TO',
        );
        expect(line(checks, 'tool-database-set-password').remedy).to.include('GRANT UPDATE (password) ON htx_user TO');
      });
    }
  });
}

describe('the checks of a Label Studio that anybody may join', function () {
  this.timeout(120_000);

  it('warn about sign-up without the invite link, and make no account to find out', async () => {
    const open = await startTestLabelStudio('sqlite', { disableSignupWithoutLink: false });
    try {
      const adapter = adapterFor(open);
      const found = line(await adapter.check({ testRemoval: false, linkedProjectIds: [] }), 'tool-open-sign-up');
      expect(found.result).to.equal('warning');
      expect(found.remedy).to.include('LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK=true');
      const owner = LabelStudioSession.withLegacyToken(open.baseUrl, open.apiToken);
      expect((await owner.http.get('/api/users/')).data).to.have.lengthOf(1);
      await adapter.close();
    } finally {
      await open.stop();
    }
  });

  it('say only that nothing answers, with a remedy, when nothing does', async () => {
    const open = await labelStudio('sqlite');
    const adapter = adapterFor(open, { baseUrl: 'http://127.0.0.1:1', databaseUrl: null });
    const checks = await adapter.check({ testRemoval: true, linkedProjectIds: [] });
    expect(checks.map(({ id, result }) => `${id} ${result}`)).to.deep.equal(['tool-version failure']);
    expect(line(checks, 'tool-version').remedy).to.include('TOOL_BASE_URL');
  });
});
