/** doccano as it is run elsewhere: the API apart from the web page, renamed roles, cloned projects, accounts without an address. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import { createProxyServer } from 'http-proxy-3';
import { pino } from 'pino';
import { z } from 'zod';
import adapterModule from '../../../adapters/doccano/index.ts';
import { ToolRefused } from '../../../adapters/errors.ts';
import type { AdapterOptions, ToolAdapter } from '../../../adapters/tool.ts';
import type { ToolDriver } from '../../conformance/driver.ts';
import { driveDoccano } from '../../conformance/drivers/doccano.ts';
import { idSchema, parsed, send } from '../../conformance/http.ts';
import { cacheDirectory, doccano, doccanoDatabases, type TestDoccano } from '../../support/doccano.ts';
import { listen } from '../../support/http-server.ts';
import { withToolDatabase } from '../../support/label-studio.ts';
import { thrownBy } from '../../support/thrown.ts';

const password = 'correct horse battery';
const workEmail = (): string => `odd.${randomBytes(5).toString('hex')}@opentrain.work`;

for (const kind of doccanoDatabases) {
  describe(`an unusual doccano on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestDoccano;
    let driver: ToolDriver;
    let project: string;
    const opened: ToolAdapter[] = [];

    const open = async (overrides: Partial<AdapterOptions> = {}): Promise<ToolAdapter> => {
      const adapter = await adapterModule.createAdapter({
        ...{ baseUrl: tool.baseUrl, publicUrl: tool.baseUrl, apiToken: tool.apiToken },
        ...{ databaseUrl: tool.pluginDatabaseUrl, log: pino({ level: 'silent' }) },
        ...overrides,
      });
      opened.push(adapter);
      return adapter;
    };
    const asAdmin = (method: string, path: string, body: unknown) =>
      send(method, `${tool.baseUrl}/v1${path}`, { Authorization: `Token ${tool.apiToken}` }, body);
    const execute = (statement: string, parameters: (string | number | boolean | Date)[]) =>
      withToolDatabase(tool, (database) => database.execute(statement, parameters));

    before(async () => {
      tool = await doccano(kind);
      driver = driveDoccano(tool, cacheDirectory);
      project = await driver.createProject('Odd', 1);
    });
    after(async () => {
      for (const adapter of opened) await adapter.close();
      await driver?.close();
    });

    describe('whose API is apart from its web page, as in Docker Compose', () => {
      let server: Server;
      after(() => server?.close());

      it('works, with its version unknown', async () => {
        const proxy = createProxyServer({ target: tool.baseUrl });
        server = createServer((request, response) => {
          if (request.url === '/') response.writeHead(500).end('<h1>Server Error (500)</h1>');
          else proxy.web(request, response);
        });
        const adapter = await open({ baseUrl: await listen(server) });
        expect((await adapter.describe()).version).to.equal('unknown');
        const email = workEmail();
        const { toolUserId } = await adapter.createMember({ email, displayName: 'O', password, places: [project] });
        const session = await driver.signIn({ email, password });
        expect(session && (await driver.canWork(session, project))).to.equal(true);
        const removal = { toolUserId, email, places: [project], closeAccount: true };
        expect(await adapter.revoke(removal)).to.deep.equal([]);
        const checks = await adapter.check({ testRemoval: false, linkedProjectIds: [project] });
        expect(checks.filter(({ result }) => result === 'failure')).to.deep.equal([]);
      });
    });

    describe('whose roles were renamed', () => {
      const rename = (from: string, to: string) =>
        execute('UPDATE roles_role SET name = $1 WHERE name = $2', [to, from]);

      it('is refused with the roles that it has, by doctor too, before anybody is let in', async () => {
        await rename('annotator', 'labeller');
        try {
          const adapter = await open();
          const email = workEmail();
          const join = adapter.createMember({ email, displayName: 'O', password, places: [project] });
          const refused = await thrownBy(join);
          expect(refused).to.be.instanceOf(ToolRefused);
          expect((refused as ToolRefused).message)
            .to.include('no role “annotator”')
            .and.to.include('labeller');
          expect((refused as ToolRefused).remedy).to.include('ROLE_ANNOTATOR');
          expect(await adapter.findAccounts([{ toolUserId: null, email }]), 'no account was made').to.deep.equal([]);
          const checks = await adapter.check({ testRemoval: false, linkedProjectIds: [] });
          expect(checks.find(({ id }) => id === 'tool-roles')).to.include({ result: 'failure' });
        } finally {
          await rename('labeller', 'annotator');
        }
      });

      it('keeps its project admins safe, whatever their role is called', async () => {
        const adapter = await open();
        const email = workEmail();
        const { toolUserId } = await adapter.createMember({ email, displayName: 'O', password, places: [] });
        parsed(await asAdmin('POST', `/projects/${project}/members`, { user: Number(toolUserId), role: 1 }), idSchema);
        await rename('project_admin', 'boss');
        try {
          const withoutDatabase = await open({ databaseUrl: undefined });
          const removal = { toolUserId, email, places: [project], closeAccount: true };
          for (const either of [adapter, withoutDatabase]) {
            expect(await thrownBy(either.revoke(removal))).to.be.instanceOf(ToolRefused);
          }
          expect(await thrownBy(adapter.setPassword({ toolUserId, password: 'another one' }))).to.be.instanceOf(
            ToolRefused,
          );
          expect(await driver.signIn({ email, password })).to.not.equal(null);
        } finally {
          await rename('boss', 'project_admin');
        }
      });
    });

    describe('with a cloned project, which copies the members of its original', () => {
      it('tells that the removed trainer is still in the clone; closing the account ends that too', async () => {
        const adapter = await open();
        const email = workEmail();
        const { toolUserId } = await adapter.createMember({ email, displayName: 'O', password, places: [project] });
        const clone = String(parsed(await asAdmin('POST', `/projects/${project}/clone`, {}), idSchema).id);
        const [account] = await adapter.findAccounts([{ toolUserId, email }]);
        expect(account?.places).to.have.members([project, clone]);
        const told = await adapter.revoke({ toolUserId, email, places: [project], closeAccount: false });
        expect(told.map(({ what }) => what).join()).to.include(`through project ${clone}`);
        expect(told.map(({ remedy }) => remedy).join())
          .to.include('clone')
          .and.to.include(email);
        expect(await adapter.revoke({ toolUserId, email, places: [project], closeAccount: true })).to.deep.equal([]);
        expect(await driver.signIn({ email, password })).to.equal(null);
      });
    });

    describe('with an account that has no e-mail address', () => {
      it('takes it for nobody, and lists it', async () => {
        const adapter = await open();
        const username = `nameless-${randomBytes(4).toString('hex')}`;
        const since = new Date(Date.now() - 60_000);
        await execute(
          `INSERT INTO auth_user (username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
           VALUES ($1, '', '', '', '', $2, $2, $3, $4)`,
          [username, false, true, new Date()],
        );
        const ids = z.array(z.object({ id: z.number() }));
        const rows = await withToolDatabase(tool, (database) =>
          database.query('SELECT id FROM auth_user WHERE username = $1', [username]),
        );
        const toolUserId = String(ids.parse(rows)[0]?.id);
        expect(await adapter.findAccounts([{ toolUserId: null, email: workEmail() }])).to.deep.equal([]);
        expect(await adapter.findAccounts([{ toolUserId: null, email: '' }])).to.deep.equal([]);
        const [found] = await adapter.findAccounts([{ toolUserId, email: workEmail() }]);
        expect(found).to.include({ toolUserId, email: null, signInName: username });
        const joined = await adapter.listJoined?.(since);
        expect(joined?.find((one) => one.toolUserId === toolUserId)).to.include({ email: null });
      });
    });
  });
}
