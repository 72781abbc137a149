/** A short, seeded cut of `test/chaos/run.ts`: both stores at once, the second one with two replicas. */
import { expect } from 'chai';
import { runChaos } from './chaos.ts';
import type { Verdict } from './verdict.ts';
import { EXAMPLE_TOOL } from './world.ts';

const PATIENCE_MS = 300_000;

describe('chaos: kills, faults everywhere, events lost, doubled and out of order', function () {
  this.timeout(2 * PATIENCE_MS);
  const size = { deliveries: 60, trainers: 15, kills: 5 };
  const cut = { ...size, tool: EXAMPLE_TOOL, seed: 7, patienceMs: PATIENCE_MS, progress: () => undefined };
  let onSqlite: Verdict;
  let onPostgres: Verdict;
  before(async () => {
    [onSqlite, onPostgres] = await Promise.all([
      runChaos({ ...cut, store: 'sqlite', replicas: 1, reuseIds: true }),
      runChaos({ ...cut, store: 'postgres', replicas: 2, reuseIds: false }),
    ]);
  });

  it('on SQLite, access and totals end equal to the truth, and nothing acknowledged is lost', () => {
    expect(onSqlite.failures).to.deep.equal([]);
  });

  it('on PostgreSQL with two replicas, too', () => {
    expect(onPostgres.failures).to.deep.equal([]);
  });
});
