/** A tool's PostgreSQL that fails while it is used: each failure is told at once, and nothing else is kept from working. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { ToolRefused, ToolUnavailable } from '../../../adapters/errors.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { postgresServer } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const OVERFLOW = 'SELECT CAST($1 AS float8) * 1e308 AS seconds';
const SLOW = 'SELECT pg_sleep(60) AS slept, $1 AS mark';

describe('a tool’s PostgreSQL that fails', function () {
  this.timeout(60_000);
  let proxy: FaultyProxy;
  let admin: pg.Client;
  let database: ToolDatabase;
  let unhandled: unknown[];
  const note = (error: unknown): void => {
    unhandled.push(error);
  };

  before(async () => {
    proxy = await startFaultyProxy(Number(new URL(postgresServer).port || 5432), Math.random);
    admin = new pg.Client({ connectionString: postgresServer });
    await admin.connect();
  });
  after(async () => {
    await admin.end();
    await proxy.close();
  });
  beforeEach(() => {
    unhandled = [];
    process.on('uncaughtException', note);
    proxy.setMode('pass');
    const url = new URL(postgresServer);
    url.host = `127.0.0.1:${proxy.port}`;
    database = openToolDatabase(url.href, { countingTimeoutSeconds: 2, readTimeoutSeconds: 2 });
  });
  afterEach(async () => {
    process.off('uncaughtException', note);
    expect(unhandled, 'errors that would have ended the process').to.deep.equal([]);
    await database.close();
  });

  const count = (sql: string, value: string | number): Promise<unknown> =>
    thrownBy(database.queryEach(sql, [value], () => undefined));
  const mark = (): string => `mark_${randomBytes(6).toString('hex')}`;

  /** The backend that runs the slow statement through the proxy, once it does. */
  async function backendOf(): Promise<number> {
    for (;;) {
      const found = await admin.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%' AND state = 'active' AND client_port = ANY ($1)`,
        [proxy.targetPorts()],
      );
      if (found.rows[0]) return found.rows[0].pid;
      await pause(20);
    }
  }

  async function works(): Promise<void> {
    expect(await database.query('SELECT 1 AS one', [])).to.deep.equal([{ one: 1 }]);
    const rows: unknown[] = [];
    await database.queryEach('SELECT 2 AS two', [], (row) => rows.push(row));
    expect(rows).to.deep.equal([{ two: 2 }]);
  }

  it('tells an overflow (22003) at once, however often, as something to look at and not as an outage', async () => {
    for (let time = 1; time <= 5; time += 1) {
      const began = performance.now();
      const error = await count(OVERFLOW, 1e308);
      expect(error).to.be.instanceOf(ToolRefused).with.property('message').that.includes('22003');
      expect(performance.now() - began).to.be.lessThan(1_500);
    }
    await works();
  });

  it('tells a statement that was cancelled (57014)', async () => {
    const counting = count(SLOW, mark());
    await admin.query('SELECT pg_cancel_backend($1)', [await backendOf()]);
    expect(await counting)
      .to.be.instanceOf(ToolUnavailable)
      .with.property('message')
      .that.includes('cancelled');
    await works();
  });

  it('tells a statement that took too long (57014)', async () => {
    expect(await count(SLOW, mark())).to.be.instanceOf(ToolUnavailable);
    await works();
  });

  it('tells a server that restarts (57P01) while it counts', async () => {
    const counting = count(SLOW, mark());
    await admin.query('SELECT pg_terminate_backend($1)', [await backendOf()]);
    expect(await counting)
      .to.be.instanceOf(ToolUnavailable)
      .with.property('message')
      .that.includes('terminating connection');
    await works();
  });

  it('tells a connection that is cut while it counts', async () => {
    const counting = count(SLOW, mark());
    await backendOf();
    proxy.setMode('refuse');
    expect(await counting).to.be.instanceOf(ToolUnavailable);
    proxy.setMode('pass');
    await works();
  });

  it('gives up a server that says nothing more, at the time-out', async () => {
    await works();
    proxy.setMode('silent');
    const began = performance.now();
    const [reading, counting] = await Promise.all([thrownBy(database.query('SELECT 1', [])), count(SLOW, mark())]);
    expect(reading).to.be.instanceOf(ToolUnavailable).with.property('message').that.includes('within 2 s');
    expect(counting).to.be.instanceOf(ToolUnavailable);
    expect(performance.now() - began).to.be.within(5_000, 10_000);
    proxy.setMode('pass');
    await works();
  });

  it('goes on when the server ends idle connections', async () => {
    await works();
    proxy.setMode('refuse');
    await pause(100);
    proxy.setMode('pass');
    await works();
  });

  it('goes on when the server ends connections between two statements of a transaction', async () => {
    const rows: unknown[] = [];
    const counting = thrownBy(
      database.queryEach('SELECT i FROM generate_series(1, 5) AS i', [], (row) => {
        // Cut with rows on their way: no statement waits for an answer in this moment.
        if (rows.push(row) === 1) proxy.setMode('refuse');
      }),
    );
    await Promise.race([counting, pause(3_000)]);
    proxy.setMode('pass');
    await pause(100);
    await works();
  });

  it('gives and removes access while it counts', async () => {
    const counting = [count(SLOW, mark()), count(SLOW, mark()), count(SLOW, mark())];
    await backendOf();
    const began = performance.now();
    await database.query('SELECT 1 AS one', []);
    expect(await database.missingPrivileges([])).to.deep.equal([]);
    expect(performance.now() - began).to.be.lessThan(1_000);
    for (const error of await Promise.all(counting)) expect(error).to.be.instanceOf(ToolUnavailable);
  });

  it('passes on what the reader of a row throws, as it is', async () => {
    const error = await thrownBy(
      database.queryEach('SELECT 1 AS one', [], () => {
        throw new RangeError('not a row of ours');
      }),
    );
    expect(error).to.be.instanceOf(RangeError);
    await works();
  });
});
