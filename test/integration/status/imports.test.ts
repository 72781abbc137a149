/** What a command imports: each only what it needs, since every file is time before the first word. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createProcessWorld } from '../../support/process-world.ts';

const main = new URL('../../../plugin/main.ts', import.meta.url).pathname;
const run = promisify(execFile);

/** What `status` needs nothing of. */
const needless = [
  ...['axios', 'https-proxy-agent', 'p-queue', 'pg', 'pino', 'node-cron', 'nodemailer', 'jsonwebtoken'],
  ...[
    'express',
    'helmet',
    'eta',
    'prom-client',
    'openid-client',
    'http-proxy-3',
    '@zxcvbn-ts/core',
    '@inquirer/prompts',
  ],
];

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

  /** What a process loads is noted in this file, with NODE_OPTIONS; and undici (fetch), once it is loaded. */
  function noting(list: string): string {
    const note = `import { appendFileSync } from 'node:fs'; import { registerHooks } from 'node:module';
      const note = (text) => appendFileSync(${JSON.stringify(list)}, text + '\\n');
      const noteUndici = () => process.moduleLoadList.includes('NativeModule internal/deps/undici/undici') && note('undici');
      process.on('exit', noteUndici);
      registerHooks({ load: (url, context, next) => { noteUndici(); note(url); return next(url, context); } });`;
    return `--import data:text/javascript,${encodeURIComponent(note)}`;
  }

  /** The files of ours by their path, the packages by their name, how many files of both, and whether undici came before axios. */
  function read(list: string) {
    const lines = readFileSync(list, 'utf8').split('\n');
    const urls = lines.filter((line) => line.startsWith('file:'));
    const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    const files = urls.flatMap(
      (url) => /^(?!.*node_modules).*\/((?:plugin|adapters|migrations)\/.*)$/.exec(url)?.[1] ?? [],
    );
    const axios = lines.findIndex((line) => line.includes('/axios/'));
    const isWithUndici = lines.slice(0, axios === -1 ? lines.length : axios + 1).includes('undici');
    return { files, packages: new Set(packages), count: files.length + packages.length, isWithUndici, urls };
  }

  async function imported(command: string): Promise<ReturnType<typeof read>> {
    const list = join(folder, `${command}.txt`);
    await run(process.execPath, [main, command], {
      env: { ...environment, NODE_OPTIONS: noting(list) },
      cwd: folder,
    });
    return read(list);
  }

  it('--version: the command line and the manifest', async () => {
    const { files, packages } = await imported('--version');
    expect([...packages].sort()).to.deep.equal(['commander', 'zod']);
    expect(files.length).to.be.within(2, 10);
  });

  it('status: no other command, no page, no adapter, and nothing that calls, mails, logs or counts', async () => {
    const { files, packages, count, isWithUndici } = await imported('status');
    const commands = files.filter((file) => file.startsWith('plugin/commands/')).sort();
    expect(commands).to.deep.equal(['plugin/commands/run-command.ts', 'plugin/commands/status.ts']);
    expect(files.filter((file) => /^plugin\/(web|doctor|setup|gateway|report|mail|tool)\//.test(file))).to.deep.equal(
      [],
    );
    expect(files.filter((file) => /^adapters\/[^/]+\//.test(file) && !file.startsWith('adapters/sql/'))).to.deep.equal(
      [],
    );
    expect(files.filter((file) => file.startsWith('migrations/'))).to.deep.equal(['migrations/index.ts']);
    expect([...packages])
      .to.include('knex')
      .and.not.include.oneOf(needless);
    expect(isWithUndici, 'whether fetch was loaded').to.equal(false);
    // Each file is time: 350 are knex and what it needs, 95 zod, 102 ours.
    expect(count).to.be.below(580);
  });

  it('start, until it is ready: only the parts that the settings ask for', async () => {
    const world = await createProcessWorld('sqlite');
    try {
      // The first start looks at OpenTrain and the tool before it serves; the next ones serve first.
      await (await world.start()).stop('SIGTERM');
      const list = join(folder, 'start.txt');
      const silent = {
        TOOL_ADAPTER: 'label-studio',
        TOOL_DATABASE_URL: `sqlite:${folder}/none.sqlite3`,
        LOG_LEVEL: 'fatal',
      };
      const running = await world.start({ ...silent, NODE_OPTIONS: noting(list) });
      await running.stop('SIGTERM');
      const { files, packages, count, isWithUndici, urls } = read(list);
      const late =
        /^plugin\/(doctor|setup|report|oidc|web\/(console|setup))\/|^plugin\/gateway\/gateway|^migrations\/\d/;
      // What was read of the settings file is kept, so that the console can change it.
      const kept = ['plugin/setup/answers-file.ts', 'plugin/setup/running-settings.ts'];
      expect(files.filter((file) => late.test(file)).sort()).to.deep.equal(kept);
      expect(files).to.include('plugin/web/app.ts');
      const unasked = ['prom-client', '@opentelemetry/api', 'openid-client', 'http-proxy-3', 'pg', 'nodemailer'];
      expect([...packages])
        .to.include('express')
        .and.not.include.oneOf([...unasked, 'jsonwebtoken', 'semver']);
      // The look after it serves may call already: axios is one file then, and not the 66 of its other form.
      expect(urls.filter((url) => url.includes('/axios/lib/'))).to.deep.equal([]);
      expect(isWithUndici, 'whether fetch was loaded').to.equal(false);
      expect(count).to.be.below(1_060);
    } finally {
      await world.close();
    }
  });
});
