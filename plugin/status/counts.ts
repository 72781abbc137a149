/** The store's numbers without its people: a few aggregate statements, cheap enough for every scrape of /metrics. */

import { allCounters, type CounterRow } from '../audit/counters.ts';
import type { StoreContext } from '../context.ts';
import { currentInstall } from '../mirror/installs.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { readSignsOfLife, type SignsOfLife } from '../queue/heartbeats.ts';
import { allOutages, type OutageRow } from '../queue/outages.ts';
import type { Database } from '../store/database.ts';
import { countRows } from '../store/window.ts';
import { lastDeliveryAt } from '../webhooks/deliveries.ts';
import type { TrainerState } from './people.ts';
import { trainersByState } from './trainer-list.ts';
import { type DeliveryStatus, readDeliveries } from './waiting.ts';

export interface Counts {
  connected: boolean;
  outages: OutageRow[];
  /** By the state that most needs attention; trainers without any record are `none`. */
  trainers: Map<TrainerState, number>;
  /** By status. */
  contracts: Map<string, number>;
  finalCountsDue: number;
  links: number;
  work: { kind: string; failing: boolean; count: number }[];
  deliveries: DeliveryStatus;
  /** Milliseconds since 1970 UTC; null before the first. */
  lastDeliveryAt: number | null;
  counters: CounterRow[];
  life: SignsOfLife;
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

/** The numbers now. Throws what the store throws. */
export async function readCounts(context: StoreContext): Promise<Counts> {
  const { database } = context;
  const activeBudgets = database('budgets')
    .join('contracts', 'contracts.id', 'budgets.contract_id')
    .where('contracts.status', 'active')
    .select('budgets.state as name')
    .groupBy('budgets.state');
  return {
    connected: (await currentInstall(database))?.status === 'connected',
    outages: await allOutages(database),
    trainers: await trainersByState(database),
    contracts: grouped(await database('contracts').select('status as name').groupBy('status').count({ rows: '*' })),
    finalCountsDue: await countRows(database('contracts').where({ status: 'ended' }).whereNull('final_submitted_at')),
    links: (await ourProjectLinks(database)).filter(({ removed_at }) => removed_at === null).length,
    work: await workByKind(database),
    deliveries: await readDeliveries(context),
    lastDeliveryAt: (await lastDeliveryAt(database))?.getTime() ?? null,
    counters: await allCounters(database),
    life: await readSignsOfLife(database, context.clock.now()),
    oldest: await oldestWaiting(database, context.clock.now()),
    budgets: grouped(await activeBudgets.count({ rows: '*' })),
    refusals: await countRows(database('usage_refusals')),
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
    // Added to, so that PostgreSQL reads the few that are open, and not all by their time until it meets one.
    .min({ at: database.raw('received_at + 0') })
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
