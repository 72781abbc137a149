/** What an admin reads when something is set up wrongly: one paragraph that says what to do, and an honest exit code. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { type Environment, type Finished, runCommand, startPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { labelStudio } from '../support/label-studio.ts';

describe('errors for people', function () {
  this.timeout(120_000);
  let folder: string;
  let sandbox: Sandbox;
  let settings: Environment;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-errors-'));
    sandbox = await startSandbox();
    const tool = await labelStudio('sqlite');
    settings = {
      OPENTRAIN_BASE_URL: sandbox.baseUrl,
      OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
      TOOL_BASE_URL: tool.baseUrl,
      TOOL_API_TOKEN: tool.apiToken,
      DATABASE_URL: `sqlite:${join(folder, 'plugin.sqlite3')}`,
      PLUGIN_PORT: String(await freePort()),
    };
    expect((await run(['migrate'])).exitCode).to.equal(0);
  });

  afterEach(async () => {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (parameters: string[], changed: Environment = {}) => runCommand(parameters, { ...settings, ...changed });

  function expectOneParagraph({ exitCode, errors }: Finished, ...words: (string | RegExp)[]): void {
    expect(exitCode, errors).to.be.a('number').greaterThan(0);
    const paragraph = errors
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect(paragraph, errors).to.have.length(1);
    expect(errors).not.to.match(/\n\s+at /);
    for (const word of words) expect(errors).to.match(new RegExp(word));
  }

  it('says that OpenTrain is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}/api/partner/v1`;
    expectOneParagraph(
      await run(['start'], { OPENTRAIN_BASE_URL: url }),
      'OpenTrain cannot be reached',
      'OPENTRAIN_BASE_URL',
    );
  });

  it('says that the tool is not there', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    expectOneParagraph(await run(['start'], { TOOL_BASE_URL: url }), 'cannot be reached', 'TOOL_BASE_URL');
  });

  it('says that OpenTrain does not accept the token, with the request id, and never the token', async () => {
    const finished = await run(['start'], { OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_wrong' });
    expectOneParagraph(finished, 'does not accept the token', 'request [0-9a-f-]{36}', 'OPENTRAIN_PARTNER_TOKEN');
    expect(finished.errors).not.to.include('ot_ptk_wrong');
  });

  it('says that the tool does not accept its token', async () => {
    expectOneParagraph(await run(['start'], { TOOL_API_TOKEN: 'f'.repeat(40) }), 'refused us', 'TOOL_API_TOKEN');
  });

  it('names the scope that is missing, why it is needed, and how to get it', async () => {
    const { token } = sandbox.control.approve({ scopes: ['project-links:read', 'contracts:read', 'usage:write'] });
    const finished = await run(['start'], { OPENTRAIN_PARTNER_TOKEN: token });
    expectOneParagraph(finished, 'webhooks:manage', 'participants:email', 'connect again');
  });

  it('says that consent was not given', async () => {
    const { token } = sandbox.control.approve({ piiConsent: false });
    expectOneParagraph(await run(['start'], { OPENTRAIN_PARTNER_TOKEN: token }), 'consent', 'Connect again');
  });

  it('says that a project does not exist', async () => {
    expectOneParagraph(await run(['link', '987654', 'job_x']), 'no project 987654', 'opentrain-plugin projects');
  });

  it('says that a job does not exist, with the request id', async () => {
    const tool = await labelStudio('sqlite');
    const response = await fetch(`${tool.baseUrl}/api/projects/`, {
      method: 'POST',
      headers: { Authorization: `Token ${tool.apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'A project for errors' }),
    });
    const { id } = z.object({ id: z.number() }).parse(await response.json());
    expectOneParagraph(await run(['link', String(id), 'job_unknown']), 'no job job_unknown', 'request [0-9a-f-]{36}');
  });

  it('lists every malformed setting at once, without its secret value', async () => {
    const finished = await run(['start'], {
      PLUGIN_PORT: 'eighty',
      USAGE_TIMEZONE: 'Mars/Olympus',
      REPORT_SCHEDULE: 'nightly',
      DATABASE_URL: 'mysql://user:verysecret@host/db',
    });
    expectOneParagraph(finished, 'PLUGIN_PORT', 'USAGE_TIMEZONE', 'REPORT_SCHEDULE', 'DATABASE_URL');
    expect(finished.errors).not.to.include('verysecret');
  });

  it('does not make an empty store beside a configured service', async () => {
    const elsewhere = join(folder, 'elsewhere', 'plugin.sqlite3');
    for (const command of [['status'], ['doctor'], ['reconcile'], ['console'], ['links']]) {
      const finished = await run(command, { DATABASE_URL: `sqlite:${elsewhere}` });
      expectOneParagraph(finished, `There is no store at ${elsewhere}`, 'the environment', '--settings-file');
    }
    expect(existsSync(join(folder, 'elsewhere'))).to.equal(false);
  });

  it('says that a settings file is not there', async () => {
    expectOneParagraph(await run(['status', '--settings-file', '/nowhere.env']), 'settings file /nowhere.env', 'setup');
  });

  it('says what is not set', async () => {
    expectOneParagraph(
      await run(['status'], { TOOL_BASE_URL: '', TOOL_API_TOKEN: '' }),
      'TOOL_BASE_URL',
      'TOOL_API_TOKEN',
      'setup',
    );
  });

  it('answers wrong words with 2, and --json errors with JSON', async () => {
    expect((await run(['statuss'])).exitCode).to.equal(2);
    const finished = await run(['link', '987654', 'job_x', '--json']);
    expect(JSON.parse(finished.output)).to.have.property('error').that.includes('987654');
    expect(finished.exitCode).to.equal(1);
  });

  it('refuses a second start on the same SQLite store, while commands work beside the first', async () => {
    const first = await startPlugin(settings, `http://127.0.0.1:${settings.PLUGIN_PORT}`);
    try {
      const second = await run(['start'], { PLUGIN_PORT: String(await freePort()) });
      expectOneParagraph(second, 'Another `opentrain-plugin start`', 'DATABASE_URL');
      expect((await run(['status'])).exitCode).to.equal(0);
    } finally {
      expect(await first.stop()).to.equal(0);
    }
  });
});
