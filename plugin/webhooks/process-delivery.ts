/** Works off one delivery of the inbox: its event and its outcome are one transaction. */
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { eventSchema } from '../opentrain/types.ts';
import type { Database } from '../store/database.ts';
import { type DeliveryRow, failDelivery, finishDelivery } from '../store/deliveries.ts';
import { serialized } from '../store/serialize.ts';
import { backOff } from '../work/failure.ts';
import { applyEvent } from './apply-event.ts';

/** Another worker finished this delivery first: nothing of ours may stay. */
class TakenOver extends Error {}

/**
 * Applies a delivery. An event that cannot be applied is recorded with its error and tried again later; it never holds up the
 * others. Throws only when the store itself fails.
 */
export async function processDelivery(
  parts: { database: Database; clock: Clock; log: Logger },
  delivery: DeliveryRow,
): Promise<void> {
  const now = parts.clock.now();
  try {
    const event = eventSchema.parse(JSON.parse(delivery.body));
    await serialized(parts.database, async (transaction) => {
      const outcome = await applyEvent(transaction, event, now);
      if (!(await finishDelivery(transaction, delivery, outcome, now))) throw new TakenOver();
    });
  } catch (error) {
    if (error instanceof TakenOver) return;
    const message = messageOf(error);
    parts.log.error(
      { delivery: delivery.id, type: delivery.event_type, error: message },
      'a delivery could not be applied',
    );
    const retryAt = new Date(now.getTime() + backOff(delivery.attempts, Math.random()));
    await failDelivery(parts.database, delivery, { error: message, retryAt, now });
  }
}
