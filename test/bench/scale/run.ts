/**
 * What the plugin costs on a big store, beside the same on a small one; without statistics of the tables (ANALYZE).
 * Parameter: `sqlite` or `postgres`; both when absent.
 */

import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { readCounts } from '../../../plugin/status/counts.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { statusText } from '../../../plugin/status/text.ts';
import { usageTotals } from '../../../plugin/status/usage.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { copyOfStore, type StoreKind, storeKinds } from '../../support/store.ts';
import { atMost, duration, report, within } from '../report.ts';
import { BIG, dayBefore, SMALL } from './fill.ts';
import { endContracts, filledStore, type ScaleWorld, scaleWorld } from './world.ts';

const ROUNDS = 7;
const MOST_STATEMENTS = 25;

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const startedAt = performance.now();
    await work();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
}

async function reconcileStatements({ context, statements }: ScaleWorld): Promise<number> {
  await refreshFromOpenTrain(context, 'bench');
  await context.database('queue_items').delete();
  statements();
  await refreshFromOpenTrain(context, 'bench');
  return statements();
}

/** Days of projects that a sync of two days counts. */
async function countedProjectDays({ context, tool }: ScaleWorld): Promise<number> {
  const before = tool.projectDays;
  await syncUsage(context, { since: dayBefore(Date.now(), 1), cause: 'bench' });
  return tool.projectDays - before;
}

async function compareReads(kind: StoreKind, big: ScaleWorld, small: ScaleWorld): Promise<void> {
  const compare = async (what: string, limitMs: number, work: (world: ScaleWorld) => Promise<unknown>) => {
    const [one, other] = [await median(() => work(big)), await median(() => work(small))];
    const baseline = `${duration(other)} (small store)`;
    report(`${kind}: ${what}`, duration(one), { baseline, ratio: one / other, goal: within(limitMs, one) });
  };
  await compare('the reads of /metrics at each scrape', 50, async ({ context }) => {
    await readCounts(context);
    return usageTotals(context);
  });
  await compare('status', 200, async ({ context }) => statusText(await readStatus(context, 'attention'), 'UTC'));
  const [many, few] = [await reconcileStatements(big), await reconcileStatements(small)];
  report(`${kind}: reconcile, nothing changed`, `${many} statements`, {
    baseline: `${few} statements (small store)`,
    ratio: many / few,
    goal: { words: `≤ ${MOST_STATEMENTS} statements`, isMet: many <= MOST_STATEMENTS },
  });
  const alone = await countedProjectDays(big);
  await big.context
    .database('contracts')
    .where({ id: `c${BIG.trainers}` })
    .update({ final_submitted_at: null });
  const beside = await countedProjectDays(big);
  report(`${kind}: sync of two days beside a stuck contract`, `${beside} days of projects counted`, {
    baseline: `${alone} (no stuck contract)`,
    ratio: beside / alone,
    goal: atMost(1.05, beside / alone),
  });
}

async function compareEnds(kind: StoreKind, big: ScaleWorld, small: ScaleWorld): Promise<void> {
  const base = await endContracts(small, 0, 500);
  const some = await endContracts(big, 0, 500);
  const many = await endContracts(big, 500, 2_000);
  const ofSmall = `${duration(base.removedMs)} (small store)`;
  report(`${kind}: 500 ends, last removal`, duration(some.removedMs), {
    ...{ baseline: ofSmall, ratio: some.removedMs / base.removedMs, goal: within(5_000, some.removedMs) },
  });
  report(`${kind}: 500 ends, all counted`, duration(some.settledMs), {
    ...{ baseline: `${duration(base.settledMs)} (small store)`, ratio: some.settledMs / base.settledMs },
  });
  const removal = many.removedMs / some.removedMs;
  report(`${kind}: 2,000 ends, last removal`, duration(many.removedMs), {
    ...{ baseline: `${duration(some.removedMs)} (500 ends)`, ratio: removal, goal: atMost(5, removal) },
  });
  const counts = many.settledMs / some.settledMs;
  report(`${kind}: 2,000 ends, all counted`, duration(many.settledMs), {
    ...{ baseline: `${duration(some.settledMs)} (500 ends)`, ratio: counts, goal: atMost(5, counts) },
  });
}

const asked = process.argv.slice(2);
for (const kind of storeKinds.filter((candidate) => asked.length === 0 || asked.includes(candidate))) {
  console.error(`${kind}: filling the stores`);
  const [big, small] = [await filledStore(kind, BIG), await filledStore(kind, SMALL)];
  // Copies for each: OpenTrain in memory does not know of the ends, and what was read from it is newer than they are.
  for (const compare of [compareReads, compareEnds]) {
    const one = await scaleWorld(await copyOfStore(kind, big.url), BIG);
    const other = await scaleWorld(await copyOfStore(kind, small.url), SMALL);
    await compare(kind, one, other);
    await one.close();
    await other.close();
  }
  await big.remove();
  await small.remove();
}
