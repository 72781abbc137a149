/** The role that the documentation tells to make in Label Studio's PostgreSQL: enough for every statement, and not one column more. */
import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import { changePassword, closeAccount, restoreMember } from '../../../adapters/label-studio/account-changes.ts';
import { accountsFromDatabase, joinedFromDatabase } from '../../../adapters/label-studio/accounts.ts';
import { lostAccounts } from '../../../adapters/label-studio/active-organization.ts';
import { grantStatements, lookupGrants, readRights } from '../../../adapters/label-studio/database-rights.ts';
import { explainDay } from '../../../adapters/label-studio/explain-day.ts';
import { locateInDatabase, thingKinds } from '../../../adapters/label-studio/gateway-lookup.ts';
import { endTokens } from '../../../adapters/label-studio/keys.ts';
import { onlyOrganization } from '../../../adapters/label-studio/known-organization.ts';
import { insistOnSameTool } from '../../../adapters/label-studio/same-tool.ts';
import { readSigns } from '../../../adapters/label-studio/signs.ts';
import { changes, lookups, readingStatements, reads } from '../../../adapters/label-studio/statement-rights.ts';
import { tally } from '../../../adapters/label-studio/tally.ts';
import { grantLine } from '../../../adapters/sql/grants.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { Privilege, ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { asOwner, rightsIn, textOf, without } from '../../support/column-rights.ts';
import { documentedSql } from '../../support/documented-sql.ts';
import {
  adapterFor,
  everything,
  freshWorkEmail,
  labelStudio,
  startTestLabelStudio,
  type TestLabelStudio,
} from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';
import { createToolRole, type ToolRole } from '../../support/tool-role.ts';

const noAccount = '999999999';
/** A member of the organization: without one, letting somebody in again stops before its second statement. */
let member = noAccount;
const until = new Date();
const from = new Date(until.getTime() - 86_400_000);
const organization = { id: 1, ownerId: 1, userId: 1, userEmail: 'admin@example.com', createdAt: null };
const day = { toolUserIds: ['1'], from, until, maxSecondsPerAnnotation: 1, limit: 1 };

type Statement = (database: ToolDatabase) => Promise<unknown>;

const reading: Record<keyof typeof readingStatements, Statement> = {
  accountsFromDatabase: (database) => accountsFromDatabase(database, 1, [{ toolUserId: '1', email: 'a@b.c' }]),
  joinedFromDatabase: (database) => joinedFromDatabase(database, 1, from),
  insistOnSameTool: (database) => insistOnSameTool(database, organization),
  onlyOrganization,
  readSigns,
  // The statement itself: the function keeps quiet about what it may not do.
  giveOrganizationBack: (database) => database.query(lostAccounts, [1]),
  tally: (database) => tally(database, everything(['1'])),
  explainDay: (database) => explainDay(database, day),
};
const changing: Record<keyof typeof changes, Statement> = {
  closeAccount: (database) => closeAccount(database, noAccount),
  changePassword: (database) => changePassword(database, noAccount, 'a new password'),
  restoreMember: (database) => restoreMember(database, 1, member),
};

/** A role with these rights alone. */
function roleWith(tool: TestLabelStudio, rights: readonly Privilege[]): Promise<ToolRole> {
  return createToolRole(tool.databaseUrl, (role) =>
    rights.map(({ privilege, table, columns = [], ifThere = [] }) =>
      grantLine(privilege, table, [...columns, ...ifThere], role),
    ),
  );
}

async function asRole<Result>(role: ToolRole, work: (database: ToolDatabase) => Promise<Result>): Promise<Result> {
  const database = openToolDatabase(role.url);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

describe('the narrow role in Label Studio’s database', function () {
  this.timeout(180_000);
  let tool: TestLabelStudio;
  let role: ToolRole;

  before(async () => {
    tool = await labelStudio('postgres');
    const adapter = adapterFor(tool);
    const person = { email: freshWorkEmail('narrow'), displayName: 'Narrow', password: 'correct horse 1' };
    member = (await adapter.createMember({ ...person, places: [WHOLE_TOOL] })).toolUserId;
    await adapter.close();
    role = await createToolRole(tool.databaseUrl, (name) => [...grantStatements(name), ...lookupGrants(name)]);
  });
  after(() => role?.drop());

  const runWith = async (rights: readonly Privilege[], statement: Statement): Promise<void> => {
    const limited = await roleWith(tool, rights);
    await asRole(limited, statement).finally(() => limited.drop());
  };
  for (const [name, rights] of Object.entries(readingStatements)) {
    it(`runs ${name} with just the columns that are declared for it`, () =>
      runWith(rights, reading[name as keyof typeof readingStatements]));
  }
  for (const [name, rights] of Object.entries(changes)) {
    it(`runs ${name} with just the columns that are declared for it, beside what is read`, () =>
      runWith([...reads, ...rights], changing[name as keyof typeof changes]));
  }
  it('looks things up for the gateway with just the columns that are declared for it', () =>
    runWith(lookups, (database) =>
      Promise.all(thingKinds.map((kind) => locateInDatabase(database, { kind, id: noAccount }))),
    ));

  const statements: Statement[] = [
    ...Object.values(reading),
    ...Object.values(changing),
    (database) => endTokens(database, noAccount),
    ...thingKinds.map(
      (kind): Statement =>
        (database) =>
          locateInDatabase(database, { kind, id: noAccount }),
    ),
  ];
  const granted = new Map(
    rightsIn([...grantStatements('role'), ...lookupGrants('role')]).map((right) => [textOf(right), right]),
  );

  for (const [text, right] of granted) {
    it(`needs ${text}, and says so with the line that grants it`, async () => {
      const [refused, told] = await without({ databaseUrl: tool.databaseUrl, role: role.name }, right, () =>
        asRole(role, async (database) => {
          let count = 0;
          for (const statement of statements) {
            const error = await statement(database).catch((thrown: unknown) => thrown);
            if (error instanceof ToolRefused) count += 1;
          }
          const { remedies } = await readRights(database);
          return [count, [...Object.values(remedies), ...(await database.missingPrivileges(lookups))].join(' ')];
        }),
      );
      expect(refused).to.be.greaterThan(0);
      expect(told).to.match(
        new RegExp(
          `GRANT ${right.privilege}${right.column ? ` \\([^)]*\\b${right.column}\\b[^)]*\\)` : ''} ON ${right.table} TO`,
        ),
      );
    });
  }

  for (const secret of [
    ...['htx_user.password', 'htx_user.last_name', 'authtoken_token.key', 'token_blacklist_outstandingtoken.token'],
    ...[
      'organization.token',
      'project.label_config',
      'task.data',
      'task_completion.result',
      'django_session.session_data',
    ],
  ]) {
    it(`cannot read ${secret}`, async () => {
      const [table, column] = secret.split('.');
      const error = await asRole(role, (database) => thrownBy(database.query(`SELECT ${column} FROM ${table}`, [])));
      expect(error).to.be.instanceOf(ToolRefused);
      expect(String(error)).to.include('permission denied');
    });
  }
});

describe('the row rules of docs/databases.md, on a Label Studio that owns its tables and is no superuser', function () {
  this.timeout(240_000);
  let tool: TestLabelStudio;
  let role: ToolRole;
  const ownerRole = 'opentrain_test_tool_owner';

  before(async () => {
    tool = await startTestLabelStudio('postgres', {});
    role = await createToolRole(tool.databaseUrl, grantStatements);
    await asOwner(tool.databaseUrl, [
      `DROP ROLE IF EXISTS ${ownerRole}`,
      `CREATE ROLE ${ownerRole}`,
      `GRANT CREATE, USAGE ON SCHEMA public TO ${ownerRole}`,
      `DO $$ DECLARE name text; BEGIN FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
         LOOP EXECUTE format('ALTER TABLE public.%I OWNER TO ${ownerRole}', name); END LOOP; END $$`,
      ...documentedSql('Row rules for Label Studio', role.name),
      // From here on Label Studio's own connections are not a superuser's.
      `DO $$ BEGIN EXECUTE format('ALTER ROLE %I IN DATABASE %I SET role = ${ownerRole}', current_user, current_database()); END $$`,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    ]);
  });
  after(async () => {
    await asOwner(tool.databaseUrl, ['SET ROLE NONE', `DROP OWNED BY ${role.name}`, `DROP ROLE ${role.name}`]);
    await tool.stop();
    await asOwner(serverOf(tool.databaseUrl), [`DROP ROLE ${ownerRole}`]);
  });
  const serverOf = (url: string): string => url.replace(/\/[^/]*$/, '/postgres');

  it('let the plugin do all of its work with trainers', async () => {
    const own = openToolDatabase(tool.databaseUrl);
    const whoAmI = "SELECT current_user AS role, row_security_active('htx_user') AS ruled";
    expect(await own.query(whoAmI, [])).to.deep.equal([{ role: ownerRole, ruled: false }]);
    await own.close();
    const adapter = adapterFor(tool, { databaseUrl: role.url });
    const owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
    const member = { email: freshWorkEmail('row.rules'), displayName: 'Row Rules', password: 'correct horse 1' };
    const { toolUserId } = await adapter.createMember({ ...member, places: [WHOLE_TOOL] });
    const session = await LabelStudioSession.mustSignIn(tool.baseUrl, member.email, member.password);
    const { projectId, taskIds } = await owner.createProject('Row rules', ['one']);
    await session.annotate(taskIds[0] ?? 0, { labels: ['good'], leadTime: 5 });
    expect((await adapter.tally(everything([projectId]))).map(({ annotations }) => annotations)).to.deep.equal([1]);
    const token = await session.legacyToken().catch(() => null);
    await adapter.endKeys({ toolUserId });
    if (token !== null) {
      expect(await LabelStudioSession.withLegacyToken(tool.baseUrl, token).whoami()).to.equal(null);
    }
    const removal = { toolUserId, email: member.email, places: [WHOLE_TOOL], closeAccount: true };
    expect(await adapter.revoke(removal)).to.deep.equal([]);
    expect(await LabelStudioSession.signIn(tool.baseUrl, member.email, member.password)).to.equal(null);
    await adapter.grant({ toolUserId, email: member.email, places: [WHOLE_TOOL] });
    await adapter.setPassword({ toolUserId, password: 'another horse 2' });
    expect(await LabelStudioSession.signIn(tool.baseUrl, member.email, 'another horse 2')).to.not.equal(null);
    await adapter.close();
  });

  it('keep the role itself from changing the owner and staff, whatever the plugin asks', async () => {
    const owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
    const ownerId = String((await owner.whoami())?.id);
    await asRole(role, async (database) => {
      expect(await database.query("SELECT row_security_active('htx_user') AS ruled", [])).to.deep.equal([
        { ruled: true },
      ]);
      expect(await database.query('SELECT id FROM htx_user WHERE id = $1', [Number(ownerId)])).to.have.lengthOf(1);
      for (const change of [
        'UPDATE htx_user SET is_active = false WHERE id = $1',
        "UPDATE htx_user SET password = 'x' WHERE id = $1",
        'UPDATE organizations_organizationmember SET deleted_at = now() WHERE user_id = $1',
        'DELETE FROM authtoken_token WHERE user_id = $1',
      ]) {
        expect(await database.execute(change, [Number(ownerId)]), change).to.equal(0);
      }
      const issued = await database.query('SELECT id FROM token_blacklist_outstandingtoken WHERE user_id = $1', [
        Number(ownerId),
      ]);
      expect(issued).to.deep.equal([]);
    });
    expect(await owner.whoami()).to.not.equal(null);
  });
});
