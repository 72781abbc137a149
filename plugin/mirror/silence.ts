/**
 * Silence is suspicious: with contracts running, something is delivered sooner or later. After a day without any delivery the
 * endpoint is looked at and everything is read again, once for each further day.
 */

import { count } from '../audit/counters.ts';
import type { PluginContext } from '../context.ts';
import { markDue } from '../queue/items.ts';
import { takeSlot } from '../queue/schedule-slots.ts';
import { lastDeliveryAt } from '../webhooks/deliveries.ts';
import { currentInstall } from './installs.ts';

export const SILENCE_MS = 24 * 3_600_000;

/** What `status` shows it under. */
export const SILENCE_COUNTER = 'no delivery for a day';

/** Marks the endpoint's check and a reconcile as due when it has been too quiet. Returns whether it had been. */
export async function checkSilence(context: PluginContext): Promise<boolean> {
  const { database, clock, log } = context;
  const now = clock.now();
  const install = await currentInstall(database);
  if (install?.status !== 'connected') return false;
  const heardAt = Math.max((await lastDeliveryAt(database))?.getTime() ?? 0, install.connected_at);
  const days = Math.floor((now.getTime() - heardAt) / SILENCE_MS);
  if (days < 1 || !(await database('contracts').where({ status: 'active' }).first('id'))) return false;
  const since = new Date(heardAt).toISOString();
  return database.transaction(async (transaction) => {
    if (!(await takeSlot(transaction, `silence since ${since}`, new Date(heardAt + days * SILENCE_MS)))) return false;
    const cause = `no delivery since ${since}`;
    await markDue(transaction, { kind: 'endpoint', key: 'check', detail: { cause } }, now);
    await markDue(transaction, { kind: 'reconcile', key: 'all', detail: { cause } }, now);
    await count(transaction, SILENCE_COUNTER, cause, now);
    log.warn({ since }, 'no delivery came for long although contracts run: the endpoint is checked');
    return true;
  });
}
