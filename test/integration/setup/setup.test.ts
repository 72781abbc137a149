import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from '../../../plugin/dev/demo/plugin-process.ts';
import type { SettingDeclaration } from '../../../plugin/settings/manifest.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { checkStep, steps } from '../../../plugin/setup/steps.ts';
import { type Asker, walk } from '../../../plugin/setup/walk.ts';
import { createProcessWorld, type ProcessWorld } from '../../support/process-world.ts';

/** Answers from a script, by setting name; each answer once, then Enter. */
function scripted(script: Record<string, string[]>, choices: ('again' | 'back' | 'keep')[]) {
  const asked: string[] = [];
  const told: string[] = [];
  const asker: Asker = {
    async ask({ name }: SettingDeclaration, _known, problem) {
      asked.push(name);
      for (;;) {
        const answer = script[name]?.shift() ?? '';
        const wrong = problem(answer);
        if (!wrong) return answer;
        told.push(wrong);
        if (!script[name]?.length) throw new Error(`${name}: ${wrong}`);
      }
    },
    askOnce: async (question) => script[question]?.shift() ?? '',
    choose: async () => choices.shift() ?? 'keep',
    tell: (line) => void told.push(line),
  };
  return { asker, asked, told };
}

describe('setup', function () {
  this.timeout(60_000);
  let world: ProcessWorld;
  let folder: string;
  let environment: Record<string, string>;
  before(async () => {
    world = await createProcessWorld('sqlite');
  });
  after(() => world.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-setup-'));
    const { PLUGIN_SECRET: _secret, ...settings } = world.environment;
    environment = { ...settings, DATABASE_URL: `sqlite:${join(folder, 'data', 'plugin.sqlite3')}` };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const answers = (change: Record<string, string> = {}) => new Map(Object.entries({ ...environment, ...change }));
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

  it('checks each step on the real thing', async () => {
    for (const step of steps) expect(await checkStep(step, answers()), step.name).to.include({ ok: true });
  });

  const wrong: [step: string, change: Record<string, string>, says: RegExp][] = [
    ['connection', { OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_wrong' }, /does not accept the token.*consent screen/],
    ['connection', { OPENTRAIN_BASE_URL: 'http://127.0.0.1:1' }, /cannot be reached.*OPENTRAIN_BASE_URL/],
    ['connection', { OPENTRAIN_PARTNER_TOKEN: 'whsec_x' }, /webhook secret/],
    ['tool', { TOOL_BASE_URL: 'http://127.0.0.1:1' }, /TOOL_BASE_URL/],
    ['tool', { TOOL_ADAPTER: 'no-such-adapter' }, /no-such-adapter.*TOOL_ADAPTER/],
    ['mail', { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'a@example.com' }, /refuses us.*SMTP_URL/],
    ['mail', { SMTP_URL: 'smtp://127.0.0.1:1' }, /MAIL_FROM is needed/],
    ['days', { USAGE_TIMEZONE: 'Mars/Olympus' }, /time zone/],
  ];
  for (const [name, change, says] of wrong) {
    it(`tells what is wrong with ${Object.keys(change)} in the step ${name}, and what to do`, async () => {
      const step = steps.find((candidate) => candidate.name === name);
      if (!step) throw new Error(`there is no step ${name}`);
      const result = await checkStep(step, answers(change));
      expect(result.ok ? '' : `${result.problem} ${result.remedy}`).to.match(says);
    });
  }

  it('asks again, goes back and keeps the other answers', async () => {
    const { TOOL_BASE_URL = '', OPENTRAIN_PARTNER_TOKEN = '', ...others } = environment;
    const script = {
      OPENTRAIN_PARTNER_TOKEN: ['whsec_x', OPENTRAIN_PARTNER_TOKEN],
      TOOL_BASE_URL: ['http://127.0.0.1:1', '', TOOL_BASE_URL],
      USAGE_TIMEZONE: ['Europe/Berlin'],
    };
    const { asker, asked, told } = scripted(script, ['again', 'back']);
    const result = await walk(asker, new Map(Object.entries(others)), {});
    expect(Object.fromEntries(result)).to.deep.equal({ ...environment, USAGE_TIMEZONE: 'Europe/Berlin' });
    expect(asked.filter((name) => name === 'TOOL_BASE_URL')).to.have.length(3);
    expect(
      asked.filter((name) => name === 'OPENTRAIN_PARTNER_TOKEN'),
      'gone back to',
    ).to.have.length(2);
    expect(told.join('\n')).to.match(/webhook secret[\s\S]*✓ OpenTrain: connected[\s\S]*✗ .*TOOL_BASE_URL/);
  });

  it('says that the environment wins instead of asking', async () => {
    const { OPENTRAIN_PARTNER_TOKEN = '', ...others } = environment;
    const { asker, asked, told } = scripted({}, []);
    await walk(asker, new Map(Object.entries(others)), { OPENTRAIN_PARTNER_TOKEN });
    expect(asked).not.to.include('OPENTRAIN_PARTNER_TOKEN');
    expect(told.join('\n')).to.include('OPENTRAIN_PARTNER_TOKEN is set in the environment, which wins');
  });

  it('writes what is read back, keeps what is not its own, and tightens the file', async () => {
    const file = join(folder, 'settings.env');
    writeFileSync(file, '# ours\nNODE_EXTRA_CA_CERTS=/etc/ca.pem\nMAIL_FROM="\\"Team, $HOME\\" <a@example.com>"\n');
    chmodSync(file, 0o644);
    const { exitCode, output, errors } = await runCommand(['setup', '--yes', '--settings-file', file], environment);
    expect(exitCode, errors).to.equal(0);
    expect(output).to.include(`Other users could read ${file}`);
    expect(modeOf(file)).to.equal('600');
    expect(modeOf(join(folder, 'data'))).to.equal('700');
    expect(readFileSync(file, 'utf8')).to.match(/^# ours\nNODE_EXTRA_CA_CERTS=\/etc\/ca\.pem\nMAIL_FROM=/);
    const { LOG_LEVEL: _level, ...written } = environment;
    const settings = loadSettings({ environment: {}, file, fileIsRequired: true });
    expect(settings).to.deep.equal({
      ...loadSettings({ environment: { ...written, MAIL_FROM: '"Team, $HOME" <a@example.com>' } }),
      databaseUrlFrom: file,
      sources: settings.sources,
    });
    expect(settings.sources.get('MAIL_FROM')).to.equal(file);
    const again = await runCommand(['status', '--settings-file', file], {});
    expect(again.exitCode, again.errors).to.equal(0);
  });

  const isRoot = process.getuid?.() === 0;
  it(`says whom the file belongs to when that is root, as it is ${isRoot ? '' : 'not '}here`, async () => {
    const file = join(folder, 'settings.env');
    const { output } = await runCommand(['setup', '--yes', '--settings-file', file], environment);
    expect(output.includes(`sudo chown USER ${file}`)).to.equal(isRoot);
  });

  it('writes nothing when a check fails', async () => {
    const file = join(folder, 'settings.env');
    const wrongToken = { ...environment, OPENTRAIN_PARTNER_TOKEN: 'ot_ptk_hunter22' };
    const { exitCode, errors } = await runCommand(['setup', '--yes', '--settings-file', file], wrongToken);
    expect(exitCode).to.equal(1);
    expect(errors).to.include('does not accept the token').and.not.include('hunter22');
    expect(() => statSync(file)).to.throw();
  });
});
