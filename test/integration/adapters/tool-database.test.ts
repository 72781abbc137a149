import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import fastCheck from 'fast-check';
import { DateTime, IANAZone } from 'luxon';
import pg from 'pg';
import { ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { dayText, localDay } from '../../../adapters/sql/local-day.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import { isOneOf, listParameter } from '../../../adapters/sql/value-list.ts';
import type { OffsetPeriod } from '../../../adapters/tool.ts';
import { postgresServer } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const kinds = ['sqlite', 'postgres'] as const;

async function emptyToolDatabase(kind: (typeof kinds)[number]): Promise<{ url: string; remove: () => Promise<void> }> {
  if (kind === 'sqlite') {
    const directory = await mkdtemp(join(tmpdir(), 'tool-database-'));
    const path = join(directory, 'tool.sqlite3');
    new DatabaseSync(path).close();
    return { url: `sqlite:${path}`, remove: () => rm(directory, { recursive: true }) };
  }
  const name = `tool_database_${randomBytes(5).toString('hex')}`;
  await onPostgres(`CREATE DATABASE ${name}`);
  const url = new URL(postgresServer);
  url.pathname = `/${name}`;
  return { url: url.href, remove: () => onPostgres(`DROP DATABASE ${name} WITH (FORCE)`) };
}

async function onPostgres(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgresServer });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

for (const kind of kinds) {
  describe(`a tool's database on ${kind}`, function () {
    this.timeout(30_000);
    let url: string;
    let remove: () => Promise<void>;
    let database: ToolDatabase;

    before(async () => {
      ({ url, remove } = await emptyToolDatabase(kind));
      database = openToolDatabase(url);
      const timestamp = kind === 'postgres' ? 'timestamptz' : 'text';
      await database.execute(
        `CREATE TABLE work (id integer PRIMARY KEY, who text, at ${timestamp}, done boolean DEFAULT false)`,
        [],
      );
      await database.execute("INSERT INTO work VALUES (1, 'ada', $1, $2), (2, 'grace', NULL, $2)", [
        new Date('2026-03-01T10:00:00Z'),
        false,
      ]);
    });
    after(async () => {
      await database.close();
      await remove();
    });

    it('takes the same statement with numbered parameters, each as often as needed', async () => {
      const rows = await database.query('SELECT id, who FROM work WHERE who = $1 OR (who <> $1 AND id = $2)', [
        'ada',
        9,
      ]);
      expect(rows).to.have.lengthOf(1);
      expect(rows[0]).to.include({ id: 1, who: 'ada' });
    });

    it('gives counts as numbers and says how many rows a change met', async () => {
      expect((await database.query('SELECT count(*) AS count FROM work', []))[0]).to.include({ count: 2 });
      expect(await database.execute('UPDATE work SET done = $1 WHERE id > $2', [true, 0])).to.equal(2);
      expect(await database.execute('UPDATE work SET done = $1 WHERE id = $2', [true, 99])).to.equal(0);
    });

    it('compares instants to the second and the fraction', async () => {
      const at = new Date('2026-03-01T10:00:00Z');
      const since = async (instant: Date) =>
        (await database.query('SELECT id FROM work WHERE at >= $1', [instant])).length;
      expect(await since(at)).to.equal(1);
      expect(await since(new Date(at.getTime() - 1))).to.equal(1);
      expect(await since(new Date(at.getTime() + 1))).to.equal(0);
    });

    it('takes a list as one parameter', async () => {
      const names = isOneOf(kind, 'who', '$1', 'text');
      const ids = isOneOf(kind, 'id', '$2', 'integer');
      const rows = await database.query(`SELECT id FROM work WHERE ${names} AND ${ids}`, [
        listParameter(['ada', "o'hara", '{x},"y"']),
        listParameter([1, 2]),
      ]);
      expect(rows).to.have.lengthOf(1);
      expect(await database.query(`SELECT id FROM work WHERE ${names}`, [listParameter([])])).to.deep.equal([]);
    });

    it('never writes through a read', async () => {
      await thrownBy(database.query("UPDATE work SET who = 'eve' WHERE id = 1 RETURNING id", []));
      expect((await database.query('SELECT who FROM work WHERE id = 1', []))[0]).to.include({ who: 'ada' });
    });

    it('names a table that is not there as a wrong database', async () => {
      const error = await thrownBy(database.query('SELECT * FROM somebody_elses', []));
      if (!(error instanceof ToolRefused)) throw error;
      expect(error.remedy).to.include('TOOL_DATABASE_URL');
      const [missing] = await database.missingPrivileges([{ privilege: 'SELECT', table: 'somebody_elses' }]);
      expect(missing).to.include('no table somebody_elses');
      expect(
        await database.missingPrivileges([{ privilege: 'UPDATE', table: 'work', columns: ['who'] }]),
      ).to.deep.equal([]);
    });

    it('gives up a read that takes too long, without stopping anything else, and goes on', async () => {
      const impatient = openToolDatabase(url, { readTimeoutSeconds: 1 });
      const long =
        kind === 'postgres'
          ? 'SELECT pg_sleep(60)'
          : 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000000) SELECT count(*) AS count FROM n';
      let turns = 0;
      const turning = setInterval(() => {
        turns += 1;
      }, 10);
      expect(await thrownBy(impatient.query(long, []))).to.be.instanceOf(ToolUnavailable);
      clearInterval(turning);
      expect(turns).to.be.greaterThan(20);
      // On a busy machine even starting again may take longer than this impatience.
      const next = async () => impatient.query('SELECT id FROM work WHERE id = 1', []).catch(() => []);
      while ((await next()).length === 0);
      await impatient.close();
    });

    it('finds the calendar day of any instant in any time zone as the time zone’s own rules do', async () => {
      const zones = ['America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Apia', 'UTC'];
      const periods = new Map(
        zones.map((zone) => [zone, offsetsOf(zone, new Date('2009-01-01'), new Date('2027-01-01'))]),
      );
      const instants = fastCheck.array(
        fastCheck.date({ min: new Date('2009-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
        { minLength: 1, maxLength: 20 },
      );
      await fastCheck.assert(
        fastCheck.asyncProperty(fastCheck.constantFrom(...zones), instants, async (zone, dates) => {
          const offsets = periods.get(zone) ?? [];
          await database.execute('DELETE FROM work WHERE id > 10', []);
          const values = dates.map((_, index) => `(${11 + index}, $${index + 1})`).join(', ');
          await database.execute(`INSERT INTO work (id, at) VALUES ${values}`, dates);
          const day = localDay(kind, 'at', offsets, 1);
          const rows = await database.query(
            `SELECT ${dayText(kind, 'day')} AS day FROM (SELECT id, ${day.sql} AS day FROM work WHERE id > 10) AS days ORDER BY id`,
            day.parameters,
          );
          const expected = dates.map((date) => ({ day: DateTime.fromJSDate(date, { zone }).toISODate() }));
          expect(rows.map((row) => ({ ...(row as object) }))).to.deep.equal(expected);
        }),
        { numRuns: 25 },
      );
    });
  });
}

/** Every change of the zone's offset in the range, found by looking at each day and then at each minute. */
function offsetsOf(zone: string, from: Date, until: Date): OffsetPeriod[] {
  const rules = IANAZone.create(zone);
  const at = (time: number) => rules.offset(time) * 60;
  const periods: OffsetPeriod[] = [{ from, offsetSeconds: at(from.getTime()) }];
  const dayLength = 86_400_000;
  for (let time = from.getTime(); time < until.getTime(); time += dayLength) {
    if (at(time) === at(time + dayLength)) continue;
    let change = time;
    while (at(change) === at(time)) change += 60_000;
    periods.push({ from: new Date(change), offsetSeconds: at(change) });
  }
  return periods;
}

describe('a tool’s database that cannot be used', () => {
  it('is told apart: wrong address, wrong password, no such database, no such file, no database at all', async () => {
    const role = `nobody_${randomBytes(4).toString('hex')}`;
    const server = new URL(postgresServer);
    const cases: [string, typeof ToolRefused | typeof ToolUnavailable][] = [
      ['postgres://nobody@127.0.0.1:1/nothing', ToolUnavailable],
      [`postgres://${role}@${server.host}/postgres`, ToolRefused],
      [`${postgresServer.replace(/\/[^/]*$/, '')}/no_such_database`, ToolRefused],
      ['sqlite:/no/such/file.sqlite3', ToolRefused],
      [`sqlite:${import.meta.filename}`, ToolRefused],
    ];
    for (const [url, kind] of cases) {
      const database = openToolDatabase(url);
      expect(await thrownBy(database.query('SELECT 1', [])), url).to.be.instanceOf(kind);
      await database.close();
    }
    for (const url of ['mysql://x', 'sqlite:', 'label-studio.sqlite3']) {
      expect(() => openToolDatabase(url), url).to.throw(ToolRefused);
    }
  });

  it('names the line that grants what a role may not do', async () => {
    const name = `limited_${randomBytes(4).toString('hex')}`;
    const { url, remove } = await emptyToolDatabase('postgres');
    const owner = openToolDatabase(url);
    await owner.execute('CREATE TABLE people (id integer, secret text)', []);
    await onPostgres(`CREATE ROLE ${name} LOGIN`);
    const limited = new URL(url);
    limited.username = name;
    const database = openToolDatabase(limited.href);
    const reading = await thrownBy(database.query('SELECT id FROM people', []));
    if (!(reading instanceof ToolRefused)) throw reading;
    expect(reading.remedy).to.include('doctor').and.not.include('GRANT SELECT ON people');
    const writing = await thrownBy(database.execute('UPDATE people SET secret = $1 WHERE true', ['x']));
    if (!(writing instanceof ToolRefused)) throw writing;
    expect(writing.remedy).to.include(`GRANT UPDATE (secret) ON people TO ${name};`);
    const wanted = [{ privilege: 'UPDATE', table: 'people', columns: ['secret', 'id'] }] as const;
    expect(await database.missingPrivileges(wanted)).to.deep.equal([`GRANT UPDATE (secret, id) ON people TO ${name};`]);
    await Promise.all([database.close(), owner.close()]);
    await remove();
    await onPostgres(`DROP ROLE ${name}`);
  });

  it('finds tables in another schema by the URL’s options, and says where they are without', async () => {
    const { url, remove } = await emptyToolDatabase('postgres');
    const plain = openToolDatabase(url);
    await plain.execute('CREATE SCHEMA tool', []);
    await plain.execute('CREATE TABLE tool.people (id integer)', []);
    const wanted = [{ privilege: 'SELECT', table: 'people', columns: ['id'] }] as const;
    expect((await plain.missingPrivileges(wanted)).join()).to.include('?options=-c%20search_path%3Dtool');
    const database = openToolDatabase(`${url}?options=-c%20search_path%3Dtool`);
    expect(await database.missingPrivileges(wanted)).to.deep.equal([]);
    expect(await database.query('SELECT id FROM people', [])).to.deep.equal([]);
    const noColumn = await database.missingPrivileges([
      { privilege: 'SELECT', table: 'people', columns: ['id', 'age'] },
    ]);
    expect(noColumn.join()).to.include('no column age').and.include('version');
    await Promise.all([plain.close(), database.close()]);
    await remove();
  });

  it('refuses a change on a read replica, and still counts there', async () => {
    const { url, remove } = await emptyToolDatabase('postgres');
    // What a replica says: 25006, read_only_sql_transaction.
    const database = openToolDatabase(`${url}?options=-c%20default_transaction_read_only%3Don`);
    const error = await thrownBy(database.execute('CREATE TABLE people (id integer)', []));
    if (!(error instanceof ToolRefused)) throw error;
    expect(error.message).to.include('read replica');
    expect(error.remedy).to.include('primary');
    expect(await database.query('SELECT 1 AS one', [])).to.deep.equal([{ one: 1 }]);
    await database.close();
    await remove();
  });

  it('refuses MySQL by name', () => {
    expect(() => openToolDatabase('mysql://a:secret@db/x'))
      .to.throw(ToolRefused, 'only PostgreSQL and SQLite')
      .with.property('remedy')
      .that.does.not.include('secret');
  });
});
