/** The store's numbers without its people: a few aggregate statements, cheap enough for every scrape of /metrics. */

import type { StoreContext } from '../context.ts';
import type { Database } from '../store/database.ts';
import type { Status } from './status-types.ts';

type Known = Omit<Status, 'problems'>;

export interface Counts {
  connected: boolean;
  outages: Known['outages'];
  /** By the state that most needs attention; trainers without any record are `none`. */
  trainers: Known['totals']['trainers'];
  contracts: { active: number; ended: number };
  finalCountsDue: number;
  links: number;
  work: { kind: string; failing: boolean; count: number }[];
  deliveries: Known['deliveries'];
  /** Milliseconds since 1970 UTC; null before the first. */
  lastDeliveryAt: number | null;
  counters: Known['counters'];
  life: Known['life'];
  /** Since when the longest waiting one is due or fails, milliseconds since 1970 UTC; null when none waits. */
  oldest: { queueItem: number | null; delivery: number | null };
  /** Of active contracts, by state. */
  budgets: Map<string, number>;
  refusals: number;
}

interface Group {
  name: string;
  rows: number | string;
}

/** The numbers now; what the status has already is taken from there. Throws what the store throws. */
export async function readCounts({ database, clock }: StoreContext, status: Known): Promise<Counts> {
  const activeBudgets = database('budgets')
    .join('contracts', 'contracts.id', 'budgets.contract_id')
    .where('contracts.status', 'active')
    .select('budgets.state as name')
    .groupBy('budgets.state');
  const { connection, contracts, links, totals } = status;
  return {
    connected: connection.install?.status === 'connected',
    outages: status.outages,
    trainers: totals.trainers,
    contracts: { active: contracts.active, ended: contracts.ended },
    finalCountsDue: contracts.finalCountsDue.length,
    links: links.filter(({ standing }) => standing !== 'another tool').length,
    work: await workByKind(database),
    deliveries: status.deliveries,
    lastDeliveryAt: connection.lastDeliveryAt,
    counters: status.counters,
    life: status.life,
    oldest: await oldestWaiting(database, clock.now()),
    budgets: grouped(await activeBudgets.count({ rows: '*' })),
    refusals: status.refusals.length,
  };
}

interface Oldest {
  at: number | string | null;
}

/** What is asked for a later time does not wait yet. */
async function oldestWaiting(database: Database, now: Date): Promise<Counts['oldest']> {
  const item = await database('queue_items')
    .where((row) => row.where('due_at', '<=', now.getTime()).orWhereNull('due_at').orWhereNotNull('failing_since'))
    .min({
      at: database.raw('CASE WHEN failing_since IS NULL THEN COALESCE(due_at, requested_at) ELSE failing_since END'),
    })
    .first<Oldest | undefined>();
  const delivery = await database('deliveries')
    .whereNull('finished_at')
    .min({ at: 'received_at' })
    .first<Oldest | undefined>();
  const numberOf = (row: Oldest | undefined): number | null =>
    row === undefined || row.at === null ? null : Number(row.at);
  return { queueItem: numberOf(item), delivery: numberOf(delivery) };
}

function grouped(groups: readonly Group[]): Map<string, number> {
  return new Map(groups.map(({ name, rows }) => [name, Number(rows)]));
}

/** The queue by kind, and whether it fails. */
export async function workByKind(database: Database): Promise<Counts['work']> {
  const groups: { kind: string; failing: boolean | number; rows: number | string }[] = await database('queue_items')
    .select('kind', database.raw('failing_since IS NOT NULL AS failing'))
    .groupByRaw('kind, failing_since IS NOT NULL')
    .count({ rows: '*' });
  return groups.map(({ kind, failing, rows }) => ({ kind, failing: Boolean(failing), count: Number(rows) }));
}
