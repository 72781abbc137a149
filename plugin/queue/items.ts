/**
 * Work that is due: level-triggered rows. Marking the same work twice is one row; marking it while it is being done makes it
 * due again afterwards. A lease, taken by one UPDATE … RETURNING, keeps two workers off the same row.
 */
import { z } from 'zod';
import { causeField } from '../cause.ts';
import { type Database, isSqlite } from '../store/database.ts';
import { countRows, type LongList } from '../store/window.ts';
import type { DetailOf, Kind } from './kinds.ts';

export interface QueueItem {
  kind: string;
  key: string;
  /** Goes up with every mark: finishing work that was marked meanwhile leaves it due. */
  revision: number;
  /** JSON that the handler of this kind understands; the latest mark's. */
  detail: string;
  requested_at: number;
  /** null while somebody works on it and it was not marked again. */
  due_at: number | null;
  attempts: number;
  lease_owner: string | null;
  lease_until: number | null;
  last_error: string | null;
  failing_since: number | null;
}

interface MarkOf<K extends Kind, Detail> {
  kind: K;
  key: string;
  /** When it should be done; now when absent. An earlier time already set is kept. */
  dueAt?: Date;
  /** Absent where the kind has none. */
  detail: Detail;
}

/** An item to be made due, with the detail that its kind declares. */
export type Mark = {
  [K in Kind]: Record<string, never> extends DetailOf<K> ? Omit<MarkOf<K, unknown>, 'detail'> : MarkOf<K, DetailOf<K>>;
}[Kind];

/** Makes items due, of several of the same name the last. Run it in the same transaction as the change that makes them due. */
export async function markDue(database: Database, marks: Mark | readonly Mark[], now: Date): Promise<void> {
  const rows = new Map([marks].flat().map((mark: Mark) => [JSON.stringify([mark.kind, mark.key]), rowOf(mark, now)]));
  if (rows.size === 0) return;
  await database<QueueItem>('queue_items')
    .insert([...rows.values()])
    .onConflict(['kind', 'key'])
    .merge({
      revision: database.raw('queue_items.revision + 1'),
      detail: database.raw('excluded.detail'),
      requested_at: database.raw('excluded.requested_at'),
      due_at: database.raw(
        'CASE WHEN queue_items.due_at < excluded.due_at THEN queue_items.due_at ELSE excluded.due_at END',
      ),
    });
}

function rowOf(mark: Mark, now: Date) {
  return {
    kind: mark.kind,
    key: mark.key,
    detail: JSON.stringify({ ...causeField(), ...('detail' in mark ? mark.detail : {}) }),
    requested_at: now.getTime(),
    due_at: (mark.dueAt ?? now).getTime(),
  };
}

/** The kinds of which something is due and nobody holds the lease. */
export async function dueKinds(database: Database, now: Date): Promise<Set<string>> {
  const rows = await database<QueueItem>('queue_items')
    .distinct('kind')
    .where((row) => row.where('due_at', '<=', now.getTime()).orWhereNull('due_at'))
    .where((row) => row.whereNull('lease_until').orWhere('lease_until', '<=', now.getTime()));
  return new Set(rows.map(({ kind }) => kind));
}

/** Takes the lease of up to `limit` rows that are due, the longest due first; of none whose key is in `except`. */
export async function claimItems(
  database: Database,
  claim: {
    owner: string;
    now: Date;
    leaseMs: number;
    limit: number;
    kinds?: readonly string[];
    except?: readonly string[];
  },
): Promise<QueueItem[]> {
  const now = claim.now.getTime();
  const free = database<QueueItem>('queue_items')
    .select('kind', 'key')
    .where((row) => row.where('due_at', '<=', now).orWhereNull('due_at'))
    .where((row) => row.whereNull('lease_until').orWhere('lease_until', '<=', now))
    .orderByRaw('COALESCE(due_at, lease_until)')
    .limit(claim.limit);
  if (claim.kinds) free.whereIn('kind', claim.kinds);
  if (claim.except && claim.except.length > 0) free.whereNotIn('key', claim.except);
  if (!isSqlite(database)) free.forUpdate().skipLocked();
  // Materialized: PostgreSQL may run a plain sub-select more than once, and would take more than the limit.
  return database<QueueItem>('queue_items')
    .withMaterialized('free', free)
    .whereIn(['kind', 'key'], database.select('kind', 'key').from('free'))
    .update({ lease_owner: claim.owner, lease_until: now + claim.leaseMs, due_at: null })
    .returning('*');
}

/** Holds on for longer to the leases of work that goes on: these rows, as far as they are still this owner's. */
export async function extendLeases(
  database: Database,
  owner: string,
  rows: readonly Pick<QueueItem, 'kind' | 'key'>[],
  until: Date,
): Promise<void> {
  await database<QueueItem>('queue_items')
    .where({ lease_owner: owner })
    .whereIn(
      ['kind', 'key'],
      rows.map(({ kind, key }) => [kind, key]),
    )
    .update({ lease_until: until.getTime() });
}

/** The work of these rows of one kind is done: a row goes, unless it was marked again meanwhile (then it stays, due). */
export async function finishItems(database: Database, rows: readonly QueueItem[]): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const { kind, lease_owner } = first;
  const gone = await database<QueueItem>('queue_items')
    .where({ kind, lease_owner })
    .whereIn(
      ['key', 'revision'],
      rows.map(({ key, revision }) => [key, revision]),
    )
    .delete();
  if (gone === rows.length) return;
  // What is left was marked again, and is not in hand any more; what went is not there.
  const keys = rows.map(({ key }) => key);
  await database<QueueItem>('queue_items')
    .where({ kind, lease_owner })
    .whereIn('key', keys)
    .update({ lease_owner: null, lease_until: null, attempts: 0, last_error: null, failing_since: null });
}

/** The work failed: due again at `retryAt`, with its error kept for the admin. */
export async function failItem(
  database: Database,
  row: QueueItem,
  failure: { error: string; retryAt: Date; now: Date },
): Promise<void> {
  await database<QueueItem>('queue_items')
    .where({ kind: row.kind, key: row.key, lease_owner: row.lease_owner })
    .update({
      lease_owner: null,
      lease_until: null,
      attempts: row.attempts + 1,
      last_error: failure.error,
      failing_since: row.failing_since ?? failure.now.getTime(),
      due_at: database.raw('COALESCE(due_at, ?)', [failure.retryAt.getTime()]),
    });
}

/** Gives up leases without judging the work: on shutdown, and those of a process that is known to be gone. */
export async function releaseLeases(database: Database, ownerPrefix: string): Promise<number> {
  return database<QueueItem>('queue_items')
    .where('lease_owner', 'like', `${ownerPrefix}%`)
    .update({ lease_owner: null, lease_until: null, due_at: database.raw('COALESCE(due_at, requested_at)') });
}

/** When the next work is due (a lease counts as until it runs out), or null when there is none. */
export async function nextItemAt(database: Database): Promise<Date | null> {
  const row = await database<QueueItem>('queue_items')
    .min({ at: database.raw('CASE WHEN due_at IS NULL OR lease_until > due_at THEN lease_until ELSE due_at END') })
    .first<{ at: number | string | null }>();
  return row?.at === null || row?.at === undefined ? null : new Date(Number(row.at));
}

/** All work, failing first, then by when it is due. */
export async function listItems(database: Database): Promise<QueueItem[]> {
  return database<QueueItem>('queue_items').select('*').orderByRaw('failing_since IS NULL, due_at');
}

export interface ItemQuery {
  /** Only items that fail. */
  onlyFailing?: boolean;
}

/** The queue items of this query, in the order of {@link listItems}. */
export function itemList(database: Database, query: ItemQuery): LongList<QueueItem> {
  const rows = () => {
    const items = database<QueueItem>('queue_items');
    if (query.onlyFailing) items.whereNotNull('failing_since');
    return items;
  };
  return {
    count: () => countRows(rows()),
    read: ({ offset, limit }) =>
      rows().select('*').orderByRaw('failing_since IS NULL, due_at, kind, "key"').offset(offset).limit(limit),
  };
}

/** Makes failing work due now; with a kind and key, only that. Returns how many rows. */
export async function retryItems(
  database: Database,
  now: Date,
  only: { kind?: string; key?: string } = {},
): Promise<number> {
  const rows = database<QueueItem>('queue_items').whereNotNull('failing_since');
  rows.where(only);
  return rows.update({ due_at: now.getTime() });
}

const causedSchema = z.object({ cause: z.string() });

/** What caused the item, as in the audit log and the log: "event 1042 (contract.ended)", "timer"; null where nobody said. */
export function causeOf({ detail }: Pick<QueueItem, 'detail'>): string | null {
  try {
    return causedSchema.safeParse(JSON.parse(detail)).data?.cause ?? null;
  } catch {
    return null;
  }
}
