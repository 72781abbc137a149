/** What the set-up finds by itself: the real tools by how they answer, and their databases by their own settings and files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { doccanoSetUp } from '../../../adapters/doccano/set-up.ts';
import { labelStudioSetUp } from '../../../adapters/label-studio/set-up.ts';
import { databaseRole, suggestTool, suggestToolDatabase, tokenHelp } from '../../../plugin/setup/suggestions.ts';
import { doccano } from '../../support/doccano.ts';
import { listen } from '../../support/http-server.ts';
import { labelStudio } from '../../support/label-studio.ts';

const sorter = pathToFileURL(resolve(import.meta.dirname, '../../conformance/example-tool/adapter.ts')).href;
const answers = (values: Record<string, string> = {}) => new Map(Object.entries(values));

describe('finding the tool on this machine', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-suggestions-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** An adapter whose tool usually answers at these addresses. */
  function adapterAt(...usualAddresses: string[]): string {
    const file = join(folder, 'adapter.mjs');
    const setUp = `{ usualAddresses: ${JSON.stringify(usualAddresses)}, tokenHelp: 'ask', findDatabase: (e) => e.SORTER_FILE ?? null,
      answersAt: async (url) => (await fetch(url).then((r) => r.text(), () => '')) === 'sorter',
      databaseRoleSql: (role) => ['CREATE ROLE ' + role + ' PASSWORD \\'…\\';'] }`;
    writeFileSync(
      file,
      `import sorter from ${JSON.stringify(sorter)};\nexport default { ...sorter, setUp: ${setUp} };\n`,
    );
    return file;
  }

  it('knows a real Label Studio and a real doccano by their answers, and takes neither for the other', async () => {
    const [studio, other] = [await labelStudio('sqlite'), await doccano('sqlite')];
    expect(await labelStudioSetUp.answersAt(studio.baseUrl)).to.equal(true);
    expect(await labelStudioSetUp.answersAt(other.baseUrl)).to.equal(false);
    expect(await doccanoSetUp.answersAt(other.baseUrl)).to.equal(true);
    expect(await doccanoSetUp.answersAt(studio.baseUrl)).to.equal(false);
  });

  it('takes nothing else on those ports for a tool: no answer, another program, a redirect, HTML', async () => {
    const server = createServer((request, response) => {
      if (request.url?.startsWith('/moved')) return void response.writeHead(302, { location: '/' }).end();
      response.setHeader('content-type', request.url?.startsWith('/html') ? 'text/html' : 'application/json');
      response.end(request.url?.startsWith('/html') ? '<p>hello</p>' : '{"release":"1.0"}');
    });
    const url = await listen(server);
    for (const address of ['http://127.0.0.1:1', url, `${url}/html`, `${url}/moved`]) {
      expect(await labelStudioSetUp.answersAt(address), address).to.equal(false);
      expect(await doccanoSetUp.answersAt(address), address).to.equal(false);
    }
    server.close();
  });

  it('looks at the usual ports of the tools in turn, and suggests the first that answers', async () => {
    for (const { usualAddresses } of [labelStudioSetUp, doccanoSetUp]) {
      expect(usualAddresses.map((address) => new URL(address).port).sort()).to.deep.equal(['8000', '8080']);
    }
    const server = createServer((_request, response) => response.end('sorter'));
    const url = await listen(server);
    const adapter = adapterAt('http://127.0.0.1:1', url);
    const found = await suggestTool(answers({ TOOL_ADAPTER: adapter }));
    expect([...found]).to.deep.equal([
      ['TOOL_ADAPTER', adapter],
      ['TOOL_BASE_URL', url],
    ]);
    server.close();
    const nothing = await suggestTool(answers({ TOOL_ADAPTER: adapterAt('http://127.0.0.1:1') }));
    expect([...nothing]).to.deep.equal([]);
  });

  it('asks nobody once the address is answered, and suggests nothing for an adapter that cannot be loaded', async () => {
    const given = answers({ TOOL_BASE_URL: 'http://tool', TOOL_ADAPTER: adapterAt('http://127.0.0.1:1') });
    expect((await suggestTool(given)).size).to.equal(0);
    expect((await suggestTool(answers({ TOOL_ADAPTER: './nowhere.mjs' }))).size).to.equal(0);
    expect(await databaseRole(answers({ TOOL_ADAPTER: './nowhere.mjs' }))).to.equal(null);
    expect(await tokenHelp(answers({ TOOL_ADAPTER: './nowhere.mjs' }))).to.equal(null);
  });
});

describe('finding the database of the tool', function () {
  this.timeout(120_000);

  it('finds the SQLite file of a real Label Studio in its data folder', async () => {
    const { databaseUrl } = await labelStudio('sqlite');
    const file = databaseUrl.slice('sqlite:'.length);
    const found = await suggestToolDatabase(answers(), { LABEL_STUDIO_BASE_DATA_DIR: dirname(file) });
    expect(found.get('TOOL_DATABASE_URL')).to.equal(databaseUrl);
  });

  it('reads Label Studio’s own settings: PostgreSQL with our role, unless it says SQLite', () => {
    const server = { POSTGRE_HOST: 'db.example.com', POSTGRE_NAME: 'labels' };
    const { findDatabase } = labelStudioSetUp;
    expect(findDatabase({ ...server, DJANGO_DB: 'default' })).to.equal(
      'postgres://opentrain_plugin:…@db.example.com:5432/labels',
    );
    expect(findDatabase({ ...server, POSTGRE_PORT: '6432' })).to.include(':6432/');
    const nowhere = { LABEL_STUDIO_BASE_DATA_DIR: join(homedir(), 'no-such-folder') };
    expect(findDatabase({ ...server, ...nowhere, DJANGO_DB: 'sqlite' })).to.equal(null);
    expect(findDatabase({ ...nowhere, POSTGRE_HOST: 'db.example.com' }), 'half of it').to.equal(null);
    expect(doccanoSetUp.findDatabase(server)).to.equal(null);
  });

  it('gives one password to the statements and to the address, and never the mark in its place', async () => {
    for (const adapter of ['label-studio', 'doccano']) {
      const role = await databaseRole(answers({ TOOL_ADAPTER: adapter }));
      const [, password = ''] = /^CREATE ROLE opentrain_plugin LOGIN PASSWORD '([^']+)';/.exec(role?.sql ?? '') ?? [];
      expect(password, adapter).to.match(/^[\w-]{24}$/);
      expect(role?.example).to.equal(`postgres://opentrain_plugin:${password}@HOST:5432/DATABASE`);
      expect(role?.sql)
        .to.match(/GRANT UPDATE \(is_active, password/)
        .and.not.include('…');
    }
    const environment = { POSTGRE_HOST: 'db', POSTGRE_NAME: 'labels' };
    const found = await suggestToolDatabase(answers(), environment);
    expect(found.get('TOOL_DATABASE_URL')).to.match(/^postgres:\/\/opentrain_plugin:[\w-]{24}@db:5432\/labels$/);
    expect((await suggestToolDatabase(answers({ TOOL_DATABASE_URL: 'sqlite:/x' }), environment)).size).to.equal(0);
  });

  it('says where the token is found', async () => {
    expect(await tokenHelp(answers())).to.include('Personal Access Token');
    expect(await tokenHelp(answers({ TOOL_ADAPTER: 'doccano' }))).to.include('/v1/auth/login/');
  });
});
