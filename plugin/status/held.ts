/** Decreases that are held, or were dropped, by contract: what OpenTrain accepted, what the tool has now, and the difference. */
import type { StoreContext } from '../context.ts';
import { findContracts } from '../mirror/contracts.ts';
import { findTrainers } from '../mirror/trainers.ts';
import { acceptedTotals, type HeldDayRow, heldDays } from '../usage/held-days.ts';
import { change, plus, type Totals, unknownTotals } from '../usage/totals.ts';
import { totalsOf } from '../usage/usage-days.ts';
import { whoIs } from './people.ts';

export interface HeldDay {
  day: string;
  trainer: string;
  accepted: Totals;
  now: Totals;
  difference: Totals;
}

export interface HeldContract {
  contractId: string;
  /** The contract's title, or its id. */
  contract: string;
  since: number;
  days: HeldDay[];
  /** The sum of the days. */
  total: Pick<HeldDay, 'accepted' | 'now' | 'difference'>;
}

export interface Held {
  /** Wait for an admin's decision. */
  held: HeldContract[];
  /** What OpenTrain accepted stays, by an admin's decision. */
  dropped: HeldContract[];
}

/** Everything that is held or dropped, by contract. */
export async function readHeld({ database }: StoreContext): Promise<Held> {
  const rows = await heldDays(database);
  if (rows.length === 0) return { held: [], dropped: [] };
  const contracts = await findContracts(database, [...new Set(rows.map((row) => row.contract_id))]);
  const titles = new Map(contracts.map(({ id, title }) => [id, title]));
  const trainers = await findTrainers(database, [...new Set(rows.map((row) => row.trainer_id))]);
  const names = new Map(
    trainers.map(({ id, display_name, work_email }) => [
      id,
      whoIs({ id, displayName: display_name, workEmail: work_email }),
    ]),
  );
  const grouped = (decision: HeldDayRow['decision']): HeldContract[] =>
    [
      ...Map.groupBy(
        rows.filter((row) => row.decision === decision),
        (row) => row.contract_id,
      ),
    ].map(([id, own]) => ({
      contractId: id,
      contract: titles.get(id) ?? id,
      since: Math.min(...own.map((row) => row.decided_at ?? row.held_at)),
      days: own.map((row) => ({
        day: row.work_date,
        trainer: names.get(row.trainer_id) ?? row.trainer_id,
        ...numbers(acceptedTotals(row), totalsOf(row)),
      })),
      total: numbers(sum(own.map(acceptedTotals)), sum(own.map(totalsOf))),
    }));
  return { held: grouped(null), dropped: grouped('dropped') };
}

function numbers(accepted: Totals, now: Totals): Pick<HeldDay, 'accepted' | 'now' | 'difference'> {
  return { accepted, now, difference: change(accepted, now) };
}

function sum(all: readonly Totals[]): Totals {
  return all.reduce(plus, unknownTotals);
}
