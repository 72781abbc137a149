/** Compares tallied totals with what was accepted, contract by contract, without holding all that was ever accepted in memory. */
import type { ContractRow } from '../mirror/contracts.ts';
import type { Database } from '../store/database.ts';
import { type Facts, isRecognisable } from './attribution.ts';
import type { DayTotals } from './day-totals.ts';
import { type DayChange, differences } from './differences.ts';
import { type HeldDayRow, heldDays } from './held-days.ts';
import type { InRange } from './range.ts';
import { keyOf } from './totals.ts';
import { acceptedDays, totalsOf, uncertainDays, workDayOf } from './usage-days.ts';
import { refusalsOf } from './usage-refusals.ts';

export interface ComparedContract {
  contract: ContractRow;
  changes: DayChange[];
  /** Those of them whose work no other contract has now: what is taken away there is taken from the trainer. */
  notMoved: DayChange[];
  /** All days were compared. */
  whole: boolean;
  /** Days before this one were not compared; null: all were. */
  since: string | null;
  /** Days (`keyOf`) whose numbers the tool could not give. */
  unread: ReadonlySet<string>;
  /** What is held of this contract, and what an admin decided. */
  held: HeldDayRow[];
  /** Somebody works under this contract. */
  hasTrainers: boolean;
}

export interface Tally {
  days: ReadonlyMap<string, DayTotals>;
  facts: Facts;
  /** Days ({@link trainerDayKey}) whose numbers the tool could not give: what OpenTrain accepted for them stays. */
  unreadable: ReadonlySet<string>;
  retryRefused: boolean;
  knowsSeconds: boolean;
}

const CONTRACTS_PER_READ = 200;

/** Yields every contract with the days that differ. */
export async function* compareContracts(
  database: Database,
  contracts: readonly InRange[],
  tally: Tally,
): AsyncGenerator<ComparedContract> {
  const tallied = Map.groupBy(tally.days.values(), ({ contractId }) => contractId);
  const claims = claimsByTrainerDay(tally.days.values());
  const staffed = new Set(tally.facts.contractTrainers.map((row) => row.contract_id));
  const recognisable = new Set(tally.facts.trainers.filter(isRecognisable).map(({ id }) => id));
  for (let start = 0; start < contracts.length; start += CONTRACTS_PER_READ) {
    const group = contracts.slice(start, start + CONTRACTS_PER_READ);
    const known = await readKnown(database, group);
    for (const { contract, since } of group) {
      const isCompared = ({ day }: { day: string }): boolean => since === null || day >= since;
      const all = differences({
        tallied: (tallied.get(contract.id) ?? []).filter(isCompared),
        accepted: (known.accepted.get(contract.id) ?? []).filter(isCompared),
        refused: (known.refused.get(contract.id) ?? []).filter(isCompared),
        uncertain: (known.uncertain.get(contract.id) ?? []).filter(isCompared),
        recognisable,
        retryRefused: tally.retryRefused,
        knowsSeconds: tally.knowsSeconds,
      });
      const isUnread = (change: DayChange): boolean => tally.unreadable.has(trainerDayKey(change));
      const changes = all.filter((change) => !isUnread(change));
      const notMoved = changes.filter(({ trainerId, day }) => {
        const claimants = claims.get(trainerDayKey({ trainerId, day })) ?? [];
        return claimants.every(({ contractId }) => contractId === contract.id);
      });
      yield {
        ...{ contract, changes, notMoved, since, whole: since === null },
        hasTrainers: staffed.has(contract.id),
        unread: new Set(all.filter(isUnread).map(keyOf)),
        held: known.held.get(contract.id) ?? [],
      };
    }
  }
}

function claimsByTrainerDay(days: Iterable<DayTotals>): Map<string, DayTotals[]> {
  return Map.groupBy(days, trainerDayKey);
}

/** One text for one trainer's day, to look it up by. */
export function trainerDayKey({ trainerId, day }: { trainerId: string; day: string }): string {
  return JSON.stringify([trainerId, day]);
}

/** What is known of these contracts, from the day on that all of them share, if they do. */
async function readKnown(database: Database, group: readonly InRange[]) {
  const ids = group.map(({ contract }) => contract.id);
  const since = group.some((one) => one.since === null) ? undefined : (group[0]?.since ?? undefined);
  const withTotals = (row: Parameters<typeof workDayOf>[0] & Parameters<typeof totalsOf>[0]): DayTotals => ({
    ...workDayOf(row),
    totals: totalsOf(row),
  });
  const byContract = <Item extends { contractId: string }>(items: Item[]): Map<string, Item[]> =>
    Map.groupBy(items, ({ contractId }) => contractId);
  return {
    accepted: byContract((await acceptedDays(database, ids, since)).map(withTotals)),
    refused: byContract((await refusalsOf(database, ids)).map(withTotals)),
    held: Map.groupBy(await heldDays(database, ids), (row) => row.contract_id),
    uncertain: byContract(await uncertainDays(database, ids, since)),
  };
}
