/** What one cause led to beside the audit log: the deliveries of an event, and what is still in the queue. */
import type { StoreContext } from '../context.ts';
import { causeOf, type QueueItem } from '../queue/items.ts';
import { itemWords } from '../queue/kinds.ts';
import type { DeliveryRow } from '../webhooks/deliveries.ts';

export interface CausedBy {
  deliveries: { id: string; receivedAt: number; outcome: string | null; error: string | null }[];
  items: { what: string; error: string | null }[];
}

const EVENT = /^event (\S+) \(/;
const SHOWN = 50;

/** Reads it for a cause in the words of the audit log, such as "event 1042 (contract.ended)". */
export async function causedBy({ database }: StoreContext, cause: string): Promise<CausedBy> {
  const eventId = EVENT.exec(cause)?.[1];
  const deliveries = eventId
    ? await database<DeliveryRow>('deliveries').where({ event_id: eventId }).orderBy('received_at').limit(SHOWN)
    : [];
  const items = await database<QueueItem>('queue_items')
    .where('detail', 'like', `%${JSON.stringify(cause)}%`)
    .limit(SHOWN);
  return {
    deliveries: deliveries.map((row) => ({
      ...{ id: row.id, receivedAt: row.received_at, outcome: row.outcome, error: row.last_error },
    })),
    // The pattern finds a little more than the text where that has signs of its own.
    items: items
      .filter((row) => causeOf(row) === cause)
      .map((row) => ({ what: itemWords(row.kind, row.key), error: row.last_error })),
  };
}
