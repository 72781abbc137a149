/**
 * What the plugin costs on a big store, beside the same on a small one. Prints what | big | baseline beside it | ratio | goal.
 * Parameter: `sqlite` or `postgres`; both when absent.
 */

import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { readCounts } from '../../../plugin/status/counts.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { statusText } from '../../../plugin/status/text.ts';
import { usageTotals } from '../../../plugin/status/usage.ts';
import { storeKinds } from '../../support/store.ts';
import { BIG, SMALL } from './fill.ts';
import { endContracts, type ScaleWorld, scaleWorld } from './world.ts';

const ROUNDS = 7;

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

function print(what: string, big: string, baseline: string, ratio: number, goal: string): void {
  console.log([what, big, baseline, `${ratio.toFixed(1)} ×`, goal].join(' | '));
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const asked = process.argv.slice(2);

for (const kind of storeKinds.filter((candidate) => asked.length === 0 || asked.includes(candidate))) {
  let big = await scaleWorld(kind, BIG);
  let small = await scaleWorld(kind, SMALL);
  console.log(`\n${kind}: what | big store | baseline beside it | ratio | goal`);
  const compare = async (what: string, goal: string, work: (world: ScaleWorld) => Promise<unknown>): Promise<void> => {
    const [one, other] = [await median(() => work(big)), await median(() => work(small))];
    print(what, ms(one), `${ms(other)} (small store)`, one / other, goal);
  };
  await compare('/metrics', '≤ 50 ms', async ({ context }) => {
    await readCounts(context, await readStatus(context, 'attention'));
    return usageTotals(context);
  });
  await compare('status', '', async ({ context }) => statusText(await readStatus(context, 'attention'), 'UTC'));
  const [many, few] = [await reconcileStatements(big), await reconcileStatements(small)];
  print('reconcile, nothing changed', `${many} statements`, `${few} (small store)`, many / few, '≤ 25 statements');
  // Fresh ones: OpenTrain in memory does not know of the ends, and what was read from it is newer than they are.
  await Promise.all([big.close(), small.close()]);
  [big, small] = [await scaleWorld(kind, BIG), await scaleWorld(kind, SMALL)];
  const base = await endContracts(small, 0, 500);
  const half = await endContracts(big, 0, 500);
  print(
    '500 ends: last removal',
    ms(half.removedMs),
    `${ms(base.removedMs)} (small store)`,
    half.removedMs / base.removedMs,
    '≤ 5 s',
  );
  print(
    '500 ends: all counted',
    ms(half.settledMs),
    `${ms(base.settledMs)} (small store)`,
    half.settledMs / base.settledMs,
    '',
  );
  const four = await endContracts(big, 500, 2_000);
  print(
    '2,000 ends: last removal',
    ms(four.removedMs),
    `${ms(half.removedMs)} (500 ends)`,
    four.removedMs / half.removedMs,
    '≤ 5 ×',
  );
  print(
    '2,000 ends: all counted',
    ms(four.settledMs),
    `${ms(half.settledMs)} (500 ends)`,
    four.settledMs / half.settledMs,
    '≤ 5 ×',
  );
  await big.close();
  await small.close();
}
