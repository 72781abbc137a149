/** While the tool's database refuses the role: what needs no database happens at once, the rest when the database is back. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { pino } from 'pino';
import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import doccanoModule from '../../adapters/doccano/index.ts';
import { grantStatements } from '../../adapters/label-studio/database-rights.ts';
import labelStudioModule from '../../adapters/label-studio/index.ts';
import type { LocalTool } from '../../adapters/local-tool.ts';
import type { AdapterModule, ToolAdapter } from '../../adapters/tool.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { driveDoccano } from '../conformance/drivers/doccano.ts';
import { AccessWorld, GOOD_PASSWORD, mailOf } from '../support/access-world.ts';
import { cacheDirectory, doccano } from '../support/doccano.ts';
import { labelStudio } from '../support/label-studio.ts';
import { type FreshStore, freshStore } from '../support/store.ts';
import { createToolRole, type ToolRole } from '../support/tool-role.ts';

interface Outage {
  title: string;
  adapter: AdapterModule;
  start: () => Promise<LocalTool>;
  grants: (role: string) => string[];
  makeProject: (tool: LocalTool) => Promise<string>;
}

const tools: readonly Outage[] = [
  {
    title: 'Label Studio',
    adapter: labelStudioModule,
    start: () => labelStudio('postgres'),
    grants: (role) => grantStatements(role),
    // Access there is to the whole tool.
    makeProject: async () => '1',
  },
  {
    title: 'doccano',
    adapter: doccanoModule,
    start: () => doccano('postgres'),
    grants: databaseRoleSql,
    makeProject: async (tool) => {
      const driver = driveDoccano(tool, cacheDirectory);
      const project = await driver.createProject('Outage', 1);
      await driver.close();
      return project;
    },
  },
];

for (const { title, adapter: module, start, grants, makeProject } of tools) {
  describe(`${title} while its database refuses the role`, function () {
    this.timeout(180_000);
    let tool: LocalTool;
    let role: ToolRole;
    let adapter: ToolAdapter;
    let store: FreshStore;
    let world: AccessWorld;
    let project: string;

    before(async () => {
      tool = await start();
      role = await createToolRole(tool.databaseUrl, grants);
      store = await freshStore('sqlite');
      adapter = await module.createAdapter({
        baseUrl: tool.baseUrl,
        publicUrl: tool.baseUrl,
        apiToken: tool.apiToken,
        databaseUrl: role.url,
        log: pino({ level: 'silent' }),
      });
      project = await makeProject(tool);
    });
    after(async () => {
      await adapter.close();
      await role.drop();
      await store.drop();
    });
    beforeEach(async () => {
      world = await AccessWorld.open(store);
      world.useTool(adapter);
      await world.connect();
      await world.link('link', 'job', project);
    });
    afterEach(letIn);

    async function asOwner(statements: readonly string[]): Promise<void> {
      const client = new pg.Client({ connectionString: tool.databaseUrl });
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
    }
    const database = (): string => new URL(tool.databaseUrl).pathname.slice(1);
    const name = (): string => new URL(role.url).username;
    async function lockOut(): Promise<void> {
      await asOwner([
        `REVOKE CONNECT ON DATABASE "${database()}" FROM PUBLIC`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name()}'`,
      ]);
    }
    async function letIn(): Promise<void> {
      await asOwner([`GRANT CONNECT ON DATABASE "${database()}" TO PUBLIC`]);
    }
    async function hireAndJoin(trainer: string): Promise<void> {
      await world.hire(`contract of ${trainer}`, 'job', trainer);
      await world.converge([trainer]);
      await world.work();
      expect(await acceptInvitation(world.context, world.token(trainer), GOOD_PASSWORD)).to.include({ result: 'done' });
    }
    const accountOf = async (trainer: string) =>
      (await adapter.findAccounts([{ toolUserId: (await toolUserId(trainer)) ?? null, email: mailOf(trainer) }]))[0];
    const toolUserId = async (trainer: string): Promise<string | null> =>
      (await store.database('trainers').where({ id: trainer }).first()).tool_user_id;

    it('removes through the API at once, says what remains, and closes the account when the database is back', async () => {
      const ann = `ann.${randomBytes(4).toString('hex')}`;
      await hireAndJoin(ann);
      await lockOut();
      await world.end(`contract of ${ann}`, 'job');
      await world.converge([ann]);
      expect(await world.state(ann)).to.match(/ revoked-partial$/);
      expect((await accountOf(ann))?.places).to.deep.equal([]);
      const [row] = await world.rows(ann);
      expect(row?.remedy).to.contain('completes this by itself');
      await letIn();
      world.later(61_000);
      await world.work();
      expect(await world.state(ann)).to.match(/ revoked$/);
      expect(await accountOf(ann)).to.deep.include({ places: [], closed: true });
    });

    it('invites and lets in who is hired meanwhile', async () => {
      await lockOut();
      const bob = `bob.${randomBytes(4).toString('hex')}`;
      await hireAndJoin(bob);
      expect(await world.state(bob)).to.match(/ active$/);
      expect((await accountOf(bob))?.places).to.have.length(1);
      expect((await adapter.describe()).databaseProblem).to.contain('permission denied for database');
    });
  });
}
