/** The inbox: every verified delivery, kept before it is acknowledged. The row itself says that its event is still due. */

import { whereContains } from '../store/contains.ts';
import { type Database, isSqlite } from '../store/database.ts';
import { countRows, type LongList } from '../store/window.ts';

export interface DeliveryRow {
  id: string;
  event_id: string;
  event_type: string;
  /** The raw body as it came. */
  body: string;
  /** JSON: the headers that identify it. */
  headers: string;
  received_at: number;
  /** What came of it, in words; null while it is due. */
  outcome: string | null;
  finished_at: number | null;
  /** null when finished, or while somebody works on it. */
  due_at: number | null;
  attempts: number;
  lease_owner: string | null;
  lease_until: number | null;
  last_error: string | null;
  failing_since: number | null;
}

export interface NewDelivery {
  id: string;
  eventId: string;
  eventType: string;
  body: string;
  headers: Record<string, string>;
  receivedAt: Date;
}

/** Stores deliveries in one statement, each due at once. Those whose id is known already are left as they are. */
export async function storeDeliveries(database: Database, deliveries: readonly NewDelivery[]): Promise<Set<string>> {
  const rows = deliveries.map((delivery) => ({
    id: delivery.id,
    event_id: delivery.eventId,
    event_type: delivery.eventType,
    body: delivery.body,
    headers: JSON.stringify(delivery.headers),
    received_at: delivery.receivedAt.getTime(),
    due_at: delivery.receivedAt.getTime(),
  }));
  const stored = await database<DeliveryRow>('deliveries').insert(rows).onConflict('id').ignore().returning('id');
  return new Set(stored.map(({ id }) => id));
}

/** Takes the lease of up to `limit` unfinished deliveries, in the order of their events. */
export async function claimDeliveries(
  database: Database,
  claim: { owner: string; now: Date; leaseMs: number; limit: number },
): Promise<DeliveryRow[]> {
  const now = claim.now.getTime();
  const free = database<DeliveryRow>('deliveries')
    .select('id')
    .whereNull('finished_at')
    .where('due_at', '<=', now)
    .where((row) => row.whereNull('lease_until').orWhere('lease_until', '<=', now))
    .orderBy(['due_at', 'event_id'])
    .limit(claim.limit);
  if (!isSqlite(database)) free.forUpdate().skipLocked();
  // Materialized: PostgreSQL may run a plain sub-select more than once, and would take more than the limit.
  return database<DeliveryRow>('deliveries')
    .withMaterialized('free', free)
    .whereIn('id', database.select('id').from('free'))
    .update({ lease_owner: claim.owner, lease_until: now + claim.leaseMs })
    .returning('*');
}

/**
 * Extends the leases of the deliveries that their owner has not finished. A row that its transaction holds is passed over: nobody
 * can claim it, and waiting for it would keep the others from being extended.
 */
export async function extendDeliveries(database: Database, owner: string, until: Date): Promise<void> {
  // On SQLite the transaction under way holds the one write lock: nobody can claim anything meanwhile.
  if (isSqlite(database)) return;
  const unfinished = database<DeliveryRow>('deliveries')
    .select('id')
    .where({ lease_owner: owner })
    .whereNull('finished_at')
    .forUpdate()
    .skipLocked();
  await database<DeliveryRow>('deliveries')
    .withMaterialized('unfinished', unfinished)
    .whereIn('id', database.select('id').from('unfinished'))
    .update({ lease_until: until.getTime() });
}

/** Of a delivery that is not due any more. */
const FINISHED = { due_at: null, lease_owner: null, lease_until: null, last_error: null, failing_since: null };

/** Records what came of a delivery; run it in the transaction that applied its event. False when another has it now. */
export async function finishDelivery(
  database: Database,
  delivery: DeliveryRow,
  outcome: string,
  at: Date,
): Promise<boolean> {
  const changed = await database<DeliveryRow>('deliveries')
    .where({ id: delivery.id, lease_owner: delivery.lease_owner })
    .whereNull('finished_at')
    .update({ outcome, attempts: delivery.attempts + 1, ...FINISHED, finished_at: at.getTime() });
  return changed > 0;
}

/** The same for several of one owner. False when another has one of them now: then nothing of this may stay. */
export async function finishDeliveries(
  database: Database,
  applied: readonly { delivery: DeliveryRow; outcome: string }[],
  at: Date,
): Promise<boolean> {
  const [first] = applied;
  if (!first) return true;
  const cases = applied.map(() => 'WHEN ? THEN ?').join(' ');
  const values = applied.flatMap(({ delivery, outcome }) => [delivery.id, outcome]);
  const changed = await database<DeliveryRow>('deliveries')
    .whereIn(
      'id',
      applied.map(({ delivery }) => delivery.id),
    )
    .where({ lease_owner: first.delivery.lease_owner })
    .whereNull('finished_at')
    .update({
      outcome: database.raw(`CASE id ${cases} END`, values),
      attempts: database.raw('attempts + 1'),
      ...FINISHED,
      finished_at: at.getTime(),
    });
  return changed === applied.length;
}

/** The event could not be applied: due again at `retryAt`, with its error kept for the admin. */
export async function failDelivery(
  database: Database,
  delivery: DeliveryRow,
  failure: { error: string; retryAt: Date; now: Date },
): Promise<void> {
  await database<DeliveryRow>('deliveries')
    .where({ id: delivery.id, lease_owner: delivery.lease_owner })
    .update({
      due_at: failure.retryAt.getTime(),
      lease_owner: null,
      lease_until: null,
      attempts: delivery.attempts + 1,
      last_error: failure.error,
      failing_since: delivery.failing_since ?? failure.now.getTime(),
    });
}

/** When the next delivery is due (a lease counts as until it expires), or null when there is none. */
export async function nextDeliveryAt(database: Database): Promise<Date | null> {
  const row = await database<DeliveryRow>('deliveries')
    .whereNull('finished_at')
    .min({ at: database.raw('CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END') })
    .first<{ at: number | string | null }>();
  return row?.at === null || row?.at === undefined ? null : new Date(Number(row.at));
}

/** Gives up the leases of processes whose id starts so. */
export async function releaseDeliveries(database: Database, ownerPrefix: string): Promise<number> {
  return database<DeliveryRow>('deliveries')
    .where('lease_owner', 'like', `${ownerPrefix}%`)
    .update({ lease_owner: null, lease_until: null });
}

/** Makes failing deliveries due now. Returns how many. */
export async function retryDeliveries(database: Database, now: Date, id?: string): Promise<number> {
  const rows = unappliedDeliveries(database);
  if (id) rows.where({ id });
  return rows.update({ due_at: now.getTime() });
}

/** What a list shows of a delivery: not its body. */
export type DeliveryEntry = Omit<DeliveryRow, 'body' | 'headers' | 'due_at' | 'lease_owner' | 'lease_until'>;

export interface DeliveryQuery {
  /** Only those whose events could not be applied so far. */
  onlyFailing?: boolean;
  /** Only events of this type. */
  eventType?: string;
  /** Part of a delivery's or an event's id, or of what came of it. */
  search?: string;
}

/** The sum keeps SQLite from reading every delivery in the order of its index: few fail, and they have an index of their own. */
const FAILING_ORDER = 'received_at + 0 DESC, id DESC';

/** The deliveries of this query, newest first. */
export function deliveryList(database: Database, query: DeliveryQuery): LongList<DeliveryEntry> {
  const rows = () => {
    const found = query.onlyFailing ? unappliedDeliveries(database) : database<DeliveryRow>('deliveries');
    if (query.eventType) found.where({ event_type: query.eventType });
    if (query.search) whereContains(found, ['id', 'event_id', 'outcome', 'last_error'], query.search);
    return found;
  };
  return {
    count: () => countRows(rows()),
    read: ({ offset, limit }) =>
      rows()
        .select('id', 'event_id', 'event_type', 'received_at', 'outcome', 'finished_at', 'attempts')
        .select('last_error', 'failing_since')
        .orderByRaw(query.onlyFailing ? FAILING_ORDER : 'received_at DESC, id DESC')
        .offset(offset)
        .limit(limit),
  };
}

/** The delivery with this id, with its body as it came. */
export async function findDelivery(database: Database, id: string): Promise<DeliveryRow | undefined> {
  return database<DeliveryRow>('deliveries').where({ id }).first();
}

/** The latest deliveries, newest first. */
export async function latestDeliveries(database: Database, limit: number): Promise<DeliveryRow[]> {
  return database<DeliveryRow>('deliveries').select('*').orderBy('received_at', 'desc').limit(limit);
}

/** Deliveries whose events could not be applied so far, newest first. */
export async function failingDeliveries(database: Database, limit: number): Promise<DeliveryRow[]> {
  return unappliedDeliveries(database).orderBy('received_at', 'desc').limit(limit);
}

function unappliedDeliveries(database: Database) {
  return database<DeliveryRow>('deliveries').whereNotNull('failing_since').whereNull('finished_at');
}

/** When a delivery came last; null before the first. */
export async function lastDeliveryAt(database: Database): Promise<Date | null> {
  const row = await database<DeliveryRow>('deliveries').max({ at: 'received_at' }).first<{ at: number | null }>();
  return row?.at ? new Date(Number(row.at)) : null;
}
