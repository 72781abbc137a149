/** Deletes what is past its age. */
import type { PluginContext } from '../context.ts';
import { pruneSlots } from '../queue/schedule-slots.ts';
import { pruneDeliveries } from '../webhooks/deliveries.ts';

const DAY_MS = 86_400_000;
/** Finished deliveries are kept this long. */
export const INBOX_KEPT_DAYS = 90;

export async function prune({ database, clock }: PluginContext): Promise<void> {
  const now = clock.now().getTime();
  await pruneDeliveries(database, new Date(now - INBOX_KEPT_DAYS * DAY_MS));
  await pruneSlots(database, new Date(now - 7 * DAY_MS));
}
