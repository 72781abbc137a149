/** The role that the documentation tells to make in doccano's PostgreSQL: enough for every statement, and not one column more. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  databaseRoleSql,
  endTokens,
  labelTables,
  readAccountRows,
  readJoinedRows,
  readRights,
  readSignInNames,
  readUsername,
  setActive,
  setPassword,
} from '../../../adapters/doccano/database.ts';
import { explainDay } from '../../../adapters/doccano/explain-day.ts';
import { locate } from '../../../adapters/doccano/gateway-lookup.ts';
import { signsIn } from '../../../adapters/doccano/signs.ts';
import { tallyWork } from '../../../adapters/doccano/tally.ts';
import { ToolRefused } from '../../../adapters/errors.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import { asOwner, rightsIn, textOf, without } from '../../support/column-rights.ts';
import { doccano, type TestDoccano } from '../../support/doccano.ts';
import { documentedSql } from '../../support/documented-sql.ts';
import { thrownBy } from '../../support/thrown.ts';
import { createToolRole, type ToolRole } from '../../support/tool-role.ts';

const noAccount = 999_999_999;
const until = new Date();
const from = new Date(until.getTime() - 86_400_000);
const offsets = [{ from: new Date(0), offsetSeconds: 0 }];
const things = [
  ...['example', 'category', 'span', 'text', 'relation', 'box', 'segment', 'comment'],
  ...['category-type', 'span-type', 'relation-type'],
];

const statements: Readonly<Record<string, (database: ToolDatabase) => Promise<unknown>>> = {
  readAccountRows: (database) => readAccountRows(database, [1], ['a@b.c']),
  readJoinedRows: (database) => readJoinedRows(database, from),
  readSignInNames: (database) => readSignInNames(database),
  readUsername: (database) => readUsername(database, 1),
  readSigns: (database) => signsIn(database, true),
  tally: (database) => tallyWork(database, { projectIds: ['1'], from, until, offsets, maxSecondsPerAnnotation: 1 }),
  explainDay: (database) =>
    explainDay(database, { toolUserIds: ['1'], from, until, maxSecondsPerAnnotation: 1, limit: 1 }),
  setActive: (database) => setActive(database, noAccount, false),
  setPassword: (database) => setPassword(database, noAccount, 'a new password'),
  endTokens: (database) => endTokens(database, noAccount),
  ...Object.fromEntries(
    things.map((kind) => [`locate ${kind}`, (database: ToolDatabase) => locate(database, { kind, id: '1' })]),
  ),
};

describe('the narrow role in doccano’s database', function () {
  this.timeout(180_000);
  let tool: TestDoccano;
  let role: ToolRole;

  before(async () => {
    tool = await doccano('postgres');
    role = await createToolRole(tool.databaseUrl, databaseRoleSql);
  });
  after(() => role?.drop());

  const withRole = async <Result>(work: (database: ToolDatabase) => Promise<Result>): Promise<Result> => {
    const database = openToolDatabase(role.url);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  };

  for (const [name, statement] of Object.entries(statements)) {
    it(`runs ${name}`, () => withRole(statement));
  }

  const granted = new Map(rightsIn(databaseRoleSql('role')).map((right) => [textOf(right), right]));
  for (const [text, right] of granted) {
    it(`needs ${text}, and says so with the line that grants it`, async () => {
      const [refused, told] = await without({ databaseUrl: tool.databaseUrl, role: role.name }, right, () =>
        withRole(async (database) => {
          const errors = await Promise.all(
            Object.values(statements).map((statement) => statement(database).catch((thrown: unknown) => thrown)),
          );
          const { missing } = await readRights(database);
          return [
            errors.filter((error) => error instanceof ToolRefused).length,
            Object.values(missing).flat().join(' '),
          ];
        }),
      );
      expect(refused).to.be.greaterThan(0);
      const columns = right.column ? ` \\([^)]*\\b${right.column}\\b[^)]*\\)` : '';
      expect(told).to.match(new RegExp(`GRANT ${right.privilege}${columns} ON ${right.table} TO`));
    });
  }

  for (const secret of [
    ...[
      'auth_user.password',
      'auth_user.last_name',
      'authtoken_token.key',
      'examples_example.text',
      'projects_project.guideline',
    ],
    ...[
      'examples_comment.text',
      'label_types_spantype.text',
      'labels_textlabel.text',
      `${labelTables[0]}.label_id`,
      'django_session.session_data',
    ],
  ]) {
    it(`cannot read ${secret}`, async () => {
      const [table, column] = secret.split('.');
      const error = await withRole((database) => thrownBy(database.query(`SELECT ${column} FROM ${table}`, [])));
      expect(error).to.be.instanceOf(ToolRefused);
      expect(String(error)).to.include('permission denied');
    });
  }
});

describe('the row rules of docs/databases.md for doccano', function () {
  this.timeout(120_000);
  let tool: TestDoccano;
  let role: ToolRole;
  const tables = ['auth_user', 'authtoken_token'];

  before(async () => {
    tool = await doccano('postgres');
    role = await createToolRole(tool.databaseUrl, databaseRoleSql);
    await asOwner(tool.databaseUrl, documentedSql('Row rules for doccano', role.name));
  });
  after(async () => {
    const undo = tables.flatMap((table) => [
      `DROP POLICY everybody ON ${table}`,
      `DROP POLICY no_administrators ON ${table}`,
      `ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY`,
    ]);
    await asOwner(tool.databaseUrl, undo);
    await role.drop();
  });

  it('keep the role itself from changing staff and superusers, and let it change everybody else', async () => {
    const owner = openToolDatabase(tool.databaseUrl);
    const plugin = openToolDatabase(role.url);
    const name = `rules.${randomBytes(4).toString('hex')}@opentrain.work`;
    const insert = `INSERT INTO auth_user (username, email, password, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
      VALUES ($1, $1, '', '', '', false, false, true, now())`;
    await owner.execute(insert, [name]);
    const changed = async (where: string): Promise<number[]> => [
      await plugin.execute(`UPDATE auth_user SET is_active = is_active WHERE ${where}`, []),
      await plugin.execute(`UPDATE auth_user SET password = '!' WHERE ${where}`, []),
    ];
    try {
      expect(await changed('is_superuser')).to.deep.equal([0, 0]);
      expect(await changed(`username = '${name}'`)).to.deep.equal([1, 1]);
      const tokens = 'DELETE FROM authtoken_token WHERE user_id IN (SELECT id FROM auth_user WHERE is_superuser)';
      expect(await plugin.execute(tokens, [])).to.equal(0);
      expect(await owner.query('SELECT count(*) AS tokens FROM authtoken_token', [])).to.not.deep.equal([
        { tokens: 0 },
      ]);
    } finally {
      await owner.execute('DELETE FROM auth_user WHERE username = $1', [name]);
      await Promise.all([owner.close(), plugin.close()]);
    }
  });
});
