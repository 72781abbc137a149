/** Work that is due or failing, and deliveries by what came of them. */
import type { StoreContext } from '../context.ts';
import { causeOf, type ItemQuery, itemList, listItems, type QueueItem } from '../queue/items.ts';
import { itemWords, needsOf } from '../queue/kinds.ts';
import type { Dependency } from '../queue/outages.ts';
import type { LongList } from '../store/window.ts';
import type { DeliveryRow } from '../webhooks/deliveries.ts';

export interface ItemStatus {
  kind: string;
  key: string;
  /** In words: "access of trainer usr_1". */
  what: string;
  requestedAt: number;
  /** What asked for it, as in the audit log and the log: "event 1042 (contract.ended)"; null where that is not known. */
  cause: string | null;
  /** null while it is being done. */
  dueAt: number | null;
  attempts: number;
  error: string | null;
  failingSince: number | null;
  /** What it needs that is down at the moment. */
  waitingFor: Dependency[];
}

export interface DeliveryStatus {
  /** Received in the time that is kept. */
  received: number;
  /** Stored, not yet worked off. */
  due: number;
  failing: number;
}

/** All work or the first of it, failing first, then by when it is due. `down`: what does not answer at the moment. */
export async function readQueue(
  { database }: StoreContext,
  down: readonly Dependency[],
  limit?: number,
): Promise<ItemStatus[]> {
  const rows =
    limit === undefined ? await listItems(database) : await itemList(database, {}).read({ offset: 0, limit });
  return rows.map((row) => itemStatus(row, down));
}

/** The same as a long list. */
export function queueList(
  { database }: StoreContext,
  down: readonly Dependency[],
  query: ItemQuery,
): LongList<ItemStatus> {
  const list = itemList(database, query);
  return {
    count: list.count,
    read: async (window) => (await list.read(window)).map((row) => itemStatus(row, down)),
  };
}

function itemStatus(row: QueueItem, down: readonly Dependency[]): ItemStatus {
  return {
    kind: row.kind,
    key: row.key,
    what: itemWords(row.kind, row.key),
    requestedAt: row.requested_at,
    cause: causeOf(row),
    dueAt: row.due_at,
    attempts: row.attempts,
    error: row.last_error,
    failingSince: row.failing_since,
    waitingFor: needsOf(row.kind).filter((dependency) => down.includes(dependency)),
  };
}

/** How many deliveries there are, by what came of them. */
export async function readDeliveries({ database }: StoreContext): Promise<DeliveryStatus> {
  const deliveries = () => database<DeliveryRow>('deliveries').count({ rows: '*' });
  const [all, due, failing] = [
    await deliveries().first(),
    await deliveries().whereNull('finished_at').whereNull('failing_since').first(),
    await deliveries().whereNull('finished_at').whereNotNull('failing_since').first(),
  ];
  return { received: Number(all?.rows), due: Number(due?.rows), failing: Number(failing?.rows) };
}
