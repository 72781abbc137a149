/** What a command imports: each only what it needs, since every file is time before the first word. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const main = new URL('../../../plugin/main.ts', import.meta.url).pathname;
const run = promisify(execFile);

describe('what commands import', function () {
  this.timeout(60_000);
  let folder: string;
  let environment: Record<string, string>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-imports-'));
    environment = {
      ...{ TOOL_ADAPTER: 'label-studio', TOOL_BASE_URL: 'http://127.0.0.1:9', TOOL_API_TOKEN: 'none' },
      ...{ OPENTRAIN_BASE_URL: 'http://127.0.0.1:9', OPENTRAIN_PARTNER_TOKEN: 'none' },
      ...{ PLUGIN_PUBLIC_URL: 'http://127.0.0.1:8790', PLUGIN_SECRET: 'x'.repeat(40) },
      ...{ DATABASE_URL: `sqlite:${folder}/plugin.sqlite3` },
      ...{ SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'plugin@example.com' },
    };
    await run(process.execPath, [main, 'migrate'], { env: environment, cwd: folder });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The files of ours by their path, and the packages by their name. */
  async function imported(command: string): Promise<{ files: string[]; packages: Set<string> }> {
    const list = join(folder, `${command}.txt`);
    const note = `import { appendFileSync } from 'node:fs'; import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return next(url, context); } });`;
    const hooks = `data:text/javascript,${encodeURIComponent(note)}`;
    await run(process.execPath, ['--import', hooks, main, command], { env: environment, cwd: folder });
    const urls = readFileSync(list, 'utf8').split('\n');
    const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    const files = urls.flatMap(
      (url) => /\/((?:plugin|adapters|migrations)\/(?!.*node_modules).*)$/.exec(url)?.[1] ?? [],
    );
    return { files, packages: new Set(packages) };
  }

  it('--version: the command line and the manifest', async () => {
    const { files, packages } = await imported('--version');
    expect([...packages].sort()).to.deep.equal(['commander', 'zod']);
    expect(files.length).to.be.within(2, 10);
  });

  it('status: no other command, no page, and nothing that calls, mails or counts', async () => {
    const { files, packages } = await imported('status');
    const commands = files.filter((file) => file.startsWith('plugin/commands/')).sort();
    expect(commands).to.deep.equal(['plugin/commands/run-command.ts', 'plugin/commands/status.ts']);
    expect(files.filter((file) => /^plugin\/(web|doctor|setup)\//.test(file))).to.deep.equal([]);
    const needless = [
      'axios',
      'nodemailer',
      'express',
      'helmet',
      'eta',
      'prom-client',
      'openid-client',
      'http-proxy-3',
    ];
    expect([...packages])
      .to.include('knex')
      .and.not.include.oneOf([...needless, '@zxcvbn-ts/core', '@inquirer/prompts']);
  });
});
