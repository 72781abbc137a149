/** The store's numbers without its people: a few aggregate statements, cheap enough for every scrape of /metrics. */

import { accessStates } from '../access/access-rows.ts';
import { allCounters, type CounterRow } from '../audit/counters.ts';
import type { PluginContext } from '../context.ts';
import { currentInstall } from '../mirror/installs.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { readSignsOfLife, type SignsOfLife } from '../queue/heartbeats.ts';
import { allOutages, type OutageRow } from '../queue/outages.ts';
import type { Database } from '../store/database.ts';
import { countRows } from '../store/window.ts';
import { lastDeliveryAt } from '../webhooks/deliveries.ts';
import { type TrainerState, trainerStates } from './people.ts';
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
export async function readCounts(context: PluginContext): Promise<Counts> {
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
    .min({ at: 'received_at' })
    .first<Oldest | undefined>();
  const numberOf = (row: Oldest | undefined): number | null =>
    row === undefined || row.at === null ? null : Number(row.at);
  return { queueItem: numberOf(item), delivery: numberOf(delivery) };
}

function grouped(groups: readonly Group[]): Map<string, number> {
  return new Map(groups.map(({ name, rows }) => [name, Number(rows)]));
}

/** A trainer with access to several places counts with the state that most needs attention. */
async function trainersByState(database: Database): Promise<Map<TrainerState, number>> {
  const order = trainerStates.map((state, index) => `WHEN '${state}' THEN ${index}`).join(' ');
  const groups: { worst: number | string; rows: number | string }[] = await database
    .from(
      database('access')
        .select('trainer_id', database.raw(`MIN(CASE state ${order} END) AS worst`))
        .groupBy('trainer_id')
        .as('trainer_states'),
    )
    .select('worst')
    .groupBy('worst')
    .count({ rows: '*' });
  const counts = new Map<TrainerState, number>(accessStates.map((state) => [state, 0]));
  let known = 0;
  for (const { worst, rows } of groups) {
    known += Number(rows);
    const state = trainerStates[Number(worst)];
    if (state) counts.set(state, Number(rows));
  }
  return counts.set('none', (await countRows(database('trainers'))) - known);
}

async function workByKind(database: Database): Promise<Counts['work']> {
  const groups: { kind: string; failing: boolean | number; rows: number | string }[] = await database('queue_items')
    .select('kind', database.raw('failing_since IS NOT NULL AS failing'))
    .groupByRaw('kind, failing_since IS NOT NULL')
    .count({ rows: '*' });
  return groups.map(({ kind, failing, rows }) => ({ kind, failing: Boolean(failing), count: Number(rows) }));
}
