/**
 * What a year leaves in the budgets' history: a busy contract's budget is told every half hour, and changes its state once a month. The
 * baseline is the same year before pruning. Parameter: `sqlite` or `postgres`; both when absent.
 */
import { thinBudgetHistory } from '../../../plugin/budget/budget-rows.ts';
import { keptDays } from '../../../plugin/service/prune.ts';
import { isSqlite } from '../../../plugin/store/database.ts';
import { freshStore, storeKinds } from '../../support/store.ts';
import { report } from '../report.ts';

const CONTRACTS = 20;
const DAYS = 365;
const TOLD_A_DAY = 48;
const CHANGES_A_YEAR = 12;
const DAY_MS = 86_400_000;
/** About what one row takes with its indexes. */
const ROW_BYTES = 350;
const BUSY_INSTALL = 1_000;

const asked = process.argv.slice(2);
for (const kind of storeKinds.filter((candidate) => asked.length === 0 || asked.includes(candidate))) {
  const store = await freshStore(kind);
  const { database } = store;
  const now = Date.now();
  const rows = DAYS * TOLD_A_DAY;
  const numbers = isSqlite(database)
    ? `WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${rows - 1})`
    : `WITH numbers(i) AS (SELECT generate_series(0, ${rows - 1}))`;
  const changes = Math.floor(rows / CHANGES_A_YEAR);
  for (let contract = 0; contract < CONTRACTS; contract += 1) {
    await database.raw(
      `${numbers} INSERT INTO budget_history (contract_id, at, source, previous_state, state, budget)
       SELECT 'c${contract}', ${now} - CAST(${rows} - i AS BIGINT) * ${DAY_MS / TOLD_A_DAY}, 'usage report',
         CASE WHEN i % ${changes} = 0 THEN 'LOW' ELSE 'OK' END, 'OK', '{}' FROM numbers ORDER BY i`,
    );
  }
  const before = CONTRACTS * rows;
  const startedAt = performance.now();
  await thinBudgetHistory(database, { wholeSince: now - DAY_MS, since: now - keptDays.budgets * DAY_MS });
  const seconds = (performance.now() - startedAt) / 1_000;
  const { left } = await database('budget_history').count({ left: '*' }).first<{ left: number }>();
  const each = Number(left) / CONTRACTS;
  // A point a day, the changes of state, and the last day whole.
  const most = DAYS + 1 + CHANGES_A_YEAR + 1 + TOLD_A_DAY;
  const size = (count: number): string => `${((count * BUSY_INSTALL * ROW_BYTES) / 1e9).toFixed(2)} GB`;
  report(
    `${kind}: budget history of a year`,
    `${each.toFixed(0)} rows a contract, ${size(each)} with ${BUSY_INSTALL.toLocaleString('en')} contracts; pruned in ${seconds.toFixed(1)} s`,
    {
      baseline: `${(before / CONTRACTS).toLocaleString('en')} rows, ${size(before / CONTRACTS)} (unpruned)`,
      ratio: Number(left) / before,
      goal: { words: `≤ ${most} rows a contract`, isMet: each <= most },
    },
  );
  await store.drop();
}
