/** Our store on a PostgreSQL that hangs or ends connections: what waits fails, the process lives, and the next statement works. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { z } from 'zod';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { type FaultyProxy, startFaultyProxy } from '../../support/faulty-proxy.ts';
import { postgresServer } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const pidSchema = z.object({ rows: z.tuple([z.object({ pid: z.number() })]) });

describe('the store on a PostgreSQL that fails', function () {
  this.timeout(30_000);
  let proxy: FaultyProxy;
  let store: Database;
  let admin: Database;

  before(async () => {
    proxy = await startFaultyProxy(Number(new URL(postgresServer).port || 5432), Math.random);
    const url = new URL(postgresServer);
    url.host = `127.0.0.1:${proxy.port}`;
    store = openDatabase(url.href, { statementTimeoutMs: 500 });
    admin = openDatabase(postgresServer);
  });
  after(async () => {
    await Promise.all([store.destroy(), admin.destroy()]);
    await proxy.close();
  });

  it('gives up a server that says nothing more, and does not wait on that connection again', async () => {
    await store.raw('SELECT 1');
    proxy.setMode('silent');
    const began = performance.now();
    await thrownBy(store.raw('SELECT 1'));
    await thrownBy(store.transaction((transaction) => transaction.raw('SELECT 1')));
    expect(performance.now() - began).to.be.lessThan(4_000);
    proxy.setMode('pass');
    await store.raw('SELECT 1');
  });

  it('lives on when the server ends a connection within a transaction', async () => {
    await thrownBy(
      store.transaction(async (transaction) => {
        const [{ pid }] = pidSchema.parse(await transaction.raw('SELECT pg_backend_pid() AS pid')).rows;
        await admin.raw('SELECT pg_terminate_backend(?)', [pid]);
        await pause(100);
        await transaction.raw('SELECT 1');
      }),
    );
    await store.raw('SELECT 1');
  });
});
