/** `doctor --test-removal` on doccano where its cleaning up fails, and what the next one makes of it. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { expect } from 'chai';
import { createProxyServer } from 'http-proxy-3';
import { pino } from 'pino';
import { z } from 'zod';
import adapterModule from '../../../adapters/doccano/index.ts';
import type { AdapterOptions, Check, ToolAdapter } from '../../../adapters/tool.ts';
import type { ToolDriver } from '../../conformance/driver.ts';
import { driveDoccano } from '../../conformance/drivers/doccano.ts';
import { cacheDirectory, doccano, doccanoDatabases, type TestDoccano } from '../../support/doccano.ts';
import { listen } from '../../support/http-server.ts';
import { withToolDatabase } from '../../support/label-studio.ts';

const tester = /removal-test-[\w-]+@opentrain\.invalid/;
const anAccount = z.tuple([z.object({ id: z.number() })]);
const places = z.array(z.object({ project_id: z.number() }));

for (const kind of doccanoDatabases) {
  // Without the database it makes no difference which one doccano has.
  for (const database of kind === 'postgres' ? ['with the database', 'without the database'] : ['with the database']) {
    describe(`the removal test of doccano on ${kind}, ${database}`, function () {
      this.timeout(120_000);
      let tool: TestDoccano;
      let driver: ToolDriver;
      let first: string;
      let second: string;
      let server: Server;
      let adapter: ToolAdapter;
      /** Which requests doccano answers with a 500. */
      let fails: (request: IncomingMessage) => boolean = () => false;

      before(async () => {
        tool = await doccano(kind);
        driver = driveDoccano(tool, cacheDirectory);
        first = await driver.createProject('First', 1);
        second = await driver.createProject('Second', 1);
        const proxy = createProxyServer({ target: tool.baseUrl });
        server = createServer((request, response) => {
          if (fails(request)) response.writeHead(500).end();
          else proxy.web(request, response);
        });
        const baseUrl = await listen(server);
        const options: AdapterOptions = {
          ...{ baseUrl, publicUrl: baseUrl, apiToken: tool.apiToken, log: pino({ level: 'silent' }) },
          databaseUrl: database === 'with the database' ? tool.pluginDatabaseUrl : undefined,
        };
        adapter = await adapterModule.createAdapter(options);
        await setActive(true);
      });
      afterEach(async () => {
        fails = () => false;
        await testIn(first);
      });
      after(async () => {
        await adapter?.close();
        await driver?.close();
        server?.close();
      });

      const testIn = async (project: string): Promise<Check> => {
        const checks = await adapter.check({ testRemoval: true, linkedProjectIds: [project] });
        const check = checks.find(({ id }) => id === 'tool-removal');
        return check ?? expect.fail('There is no line about removal.');
      };
      const query = (statement: string, parameters: (string | number)[]) =>
        withToolDatabase(tool, (open) => open.query(statement, parameters));
      const setActive = (active: boolean) =>
        withToolDatabase(tool, (open) =>
          open.execute("UPDATE auth_user SET is_active = $1 WHERE email LIKE 'removal-test-%'", [active]),
        );
      const accountOf = async (check: Check) => {
        const [email = ''] = tester.exec(check.why) ?? [];
        return z
          .array(z.object({ id: z.number() }))
          .parse(await query('SELECT id FROM auth_user WHERE email = $1', [email]));
      };
      const projectsOf = async (check: Check): Promise<string[]> => {
        const [account] = anAccount.parse(await accountOf(check));
        const rows = await query('SELECT project_id FROM projects_member WHERE user_id = $1', [account.id]);
        return places.parse(rows).map(({ project_id }) => String(project_id));
      };
      const expectCleared = async (check: Check): Promise<void> => {
        if ((await accountOf(check)).length > 0) expect(await projectsOf(check)).to.deep.equal([]);
      };

      it('keeps its verdict, names the account, and clears it the next time', async () => {
        const whole = await testIn(first);
        let probed = false;
        // The last door that is tried with the test account's own key, and all that comes after it.
        fails = ({ url, headers }) => {
          const down = probed;
          probed ||= url === '/v1/roles' && headers.authorization !== `Token ${tool.apiToken}`;
          return down;
        };
        const check = await testIn(first);
        expect(check.result).to.equal('warning');
        expect(check.why)
          .to.include(whole.result === 'ok' ? 'Tried with a throw-away account.' : 'It could still sign in')
          .and.to.match(tester)
          .and.to.include('left behind')
          .and.to.include('500');
        expect(check.remedy).to.include('--test-removal');
        expect(await accountOf(check)).to.have.lengthOf(1);
        fails = () => false;
        expect(await testIn(first)).to.deep.equal(whole);
        await expectCleared(check);
      });

      it('takes the account out of another project in which an earlier test left it', async () => {
        fails = ({ method, url }) => method === 'DELETE' && url === `/v1/projects/${first}/members`;
        const stuck = await testIn(first);
        expect(stuck).to.include({ result: 'failure' });
        expect(stuck.why).to.match(tester).and.to.include('left behind');
        expect(await projectsOf(stuck)).to.deep.equal([first]);
        fails = () => false;
        expect((await testIn(second)).result).to.not.equal('failure');
        await expectCleared(stuck);
      });

      it('names an account that was made and could not join', async () => {
        fails = ({ method, url }) => method === 'POST' && url === `/v1/projects/${first}/members`;
        const stopped = await testIn(first);
        expect(stopped).to.include({ result: 'failure' });
        expect(stopped.why).to.match(tester).and.to.include('left behind');
        expect(await accountOf(stopped)).to.have.lengthOf(1);
        fails = () => false;
        expect((await testIn(first)).result).to.not.equal('failure');
        await expectCleared(stopped);
      });

      it('opens an account that an earlier test closed, or says who must erase it', async () => {
        const { why } = await testIn(first);
        await setActive(false);
        const check = await testIn(first);
        if (database === 'with the database') expect(check).to.include({ result: 'ok', why });
        else {
          expect(check).to.include({ result: 'failure' });
          expect(check.why).to.match(tester);
          expect(check.remedy).to.match(tester).and.to.include('/admin');
        }
        await setActive(true);
      });
    });
  }
}
