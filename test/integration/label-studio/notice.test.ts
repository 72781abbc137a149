import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import type { LabelStudioAdapter } from '../../../adapters/label-studio/adapter.ts';
import {
  adapterFor,
  labelStudio,
  labelStudioDatabases,
  type TestLabelStudio,
  withToolDatabase,
} from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';

const notice = 'Funded work is running low: <b>finish</b> & "submit"\nbefore Friday.';

for (const kind of labelStudioDatabases) {
  describe(`a notice on a project in Label Studio on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let adapter: LabelStudioAdapter;
    let owner: LabelStudioSession;
    let projectId: string;

    before(async () => {
      tool = await labelStudio(kind);
      adapter = adapterFor(tool);
      owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
      ({ projectId } = await owner.createProject('Notices', ['one']));
    });
    after(() => adapter.close());

    const adminWrites = async (expert_instruction: string, show_instruction: boolean) => {
      const answer = await owner.http.patch(`/api/projects/${projectId}/`, { expert_instruction, show_instruction });
      expect(answer.status).to.equal(200);
      return { expert_instruction: String(answer.data.expert_instruction), show_instruction };
    };

    for (const shown of [true, false]) {
      it(`is shown, replaced and taken away, and what the admin wrote stays (${shown ? 'shown' : 'hidden'} before)`, async () => {
        const admins = await adminWrites(
          '<p>Label all cats &amp; dogs</p><div class="mine">and <b>birds</b></div>',
          shown,
        );
        await adapter.setNotice(projectId, notice);
        const noticed = await owner.instructions(projectId);
        expect(noticed.show_instruction).to.equal(true);
        expect(noticed.expert_instruction).to.include('&lt;b&gt;finish&lt;/b&gt; &amp; "submit"<br>before Friday.');
        expect(noticed.expert_instruction.endsWith(admins.expert_instruction)).to.equal(true);

        await adapter.setNotice(projectId, 'Something else.');
        const replaced = await owner.instructions(projectId);
        expect(replaced.expert_instruction).to.include('Something else.').and.not.include('Friday');

        await adapter.setNotice(projectId, null);
        expect(await owner.instructions(projectId)).to.deep.equal(admins);
      });
    }

    it('keeps what the admin writes while the notice is up', async () => {
      await adminWrites('First version', true);
      await adapter.setNotice(projectId, notice);
      const { expert_instruction } = await owner.instructions(projectId);
      await adminWrites(`${expert_instruction}<p>Second version</p>`, true);
      await adapter.setNotice(projectId, null);
      expect((await owner.instructions(projectId)).expert_instruction).to.equal('First version<p>Second version</p>');
    });

    it('writes nothing when nothing differs', async () => {
      const updatedAt = () =>
        withToolDatabase(tool, async (database) =>
          JSON.stringify(
            await database.query('SELECT CAST(updated_at AS text) AS updated_at FROM project WHERE id = $1', [
              Number(projectId),
            ]),
          ),
        );
      await adapter.setNotice(projectId, notice);
      const before = await updatedAt();
      await adapter.setNotice(projectId, notice);
      expect(await updatedAt()).to.equal(before);
      await adapter.setNotice(projectId, null);
      const without = await updatedAt();
      expect(without).to.not.equal(before);
      await adapter.setNotice(projectId, null);
      expect(await updatedAt()).to.equal(without);
    });

    it('refuses to be put on a project that does not exist, and has nothing to take away there', async () => {
      expect(await thrownBy(adapter.setNotice('999999', notice))).to.be.instanceOf(ToolRefused);
      await adapter.setNotice('999999', null);
    });

    it('finds projects by id, and lists every one of them', async () => {
      expect(await adapter.findProject(projectId)).to.deep.equal({ id: projectId, title: 'Notices' });
      expect(await adapter.findProject('999999')).to.equal(null);
      expect(await adapter.findProject('../users')).to.equal(null);
      expect(await adapter.listProjects()).to.deep.include({ id: projectId, title: 'Notices' });
      expect(adapter.projectUrl(projectId)).to.equal(`https://label.example.com/projects/${projectId}/data`);
    });
  });
}
