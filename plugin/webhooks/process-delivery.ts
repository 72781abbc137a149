/** Works off deliveries of the inbox: what their events change, and their outcomes, are one transaction. */
import type { Knex } from 'knex';
import type { Logger } from 'pino';
import { z } from 'zod';
import { withCause } from '../cause.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { eventSchema, type OpenTrainEvent } from '../platform/types.ts';
import { backOff } from '../queue/failure.ts';
import type { Database } from '../store/database.ts';
import { serialized } from '../store/serialize.ts';
import { type DeliveryRow, failDelivery, finishDeliveries, finishDelivery } from './deliveries.ts';
import { causeOfEvent, parseStored } from './read-delivery.ts';

/** What an event changes: runs in the given transaction, and returns what came of it in words. */
export interface EventRules {
  applyEvent(transaction: Knex.Transaction, event: OpenTrainEvent, now: Date): Promise<string>;
  /** For a delivery of which not even id, type and time can be read. */
  applyUnreadable(transaction: Knex.Transaction, type: string, now: Date): Promise<string>;
}

export interface ProcessParts {
  rules: EventRules;
  database: Database;
  clock: Clock;
  log: Logger;
}

/** Another worker finished this delivery first: nothing of ours may stay. */
class TakenOver extends Error {}

/**
 * Applies deliveries in the given order. An event that cannot be applied is undone, recorded with its error and tried again
 * later; it never holds up the others. Throws only when the store itself fails: then nothing of all this has happened.
 */
export async function processDeliveries(parts: ProcessParts, deliveries: readonly DeliveryRow[]): Promise<void> {
  if (deliveries.length > 1 && (await applyTogether(parts, deliveries))) return;
  await serialized(parts.database, async (transaction) => {
    for (const delivery of deliveries) await processDelivery(parts, transaction, delivery);
  });
}

/** Applies all of them without a way back to the one before; false when one stops that: then nothing has happened. */
async function applyTogether(
  { database, clock, rules }: ProcessParts,
  deliveries: readonly DeliveryRow[],
): Promise<boolean> {
  try {
    await serialized(database, async (transaction) => {
      const applied: { delivery: DeliveryRow; outcome: string }[] = [];
      const now = clock.now();
      for (const delivery of deliveries) {
        applied.push({ delivery, outcome: await applyDelivery(rules, transaction, delivery, now) });
      }
      if (!(await finishDeliveries(transaction, applied, now))) throw new TakenOver();
    });
    return true;
  } catch (error) {
    if (isAboutTransaction(error)) throw error;
    return false;
  }
}

async function processDelivery(parts: ProcessParts, outer: Knex.Transaction, delivery: DeliveryRow): Promise<void> {
  const now = parts.clock.now();
  try {
    await outer.transaction(async (transaction) => {
      const outcome = await applyDelivery(parts.rules, transaction, delivery, now);
      if (!(await finishDelivery(transaction, delivery, outcome, now))) throw new TakenOver();
    });
  } catch (error) {
    if (error instanceof TakenOver) return;
    if (isAboutTransaction(error)) throw error;
    if (isAboutContent(error)) return setAside(parts, outer, delivery, messageOf(error));
    const message = messageOf(error);
    const fields = { delivery: delivery.id, type: delivery.event_type, error: message };
    parts.log.error(fields, 'a delivery could not be applied; it is tried again');
    const retryAt = new Date(now.getTime() + Math.round(backOff(delivery.attempts, Math.random())));
    await failDelivery(outer, delivery, { error: message, retryAt, now });
  }
}

/** PostgreSQL ended the whole transaction (deadlock, serialization, shutdown), not just this event's part of it. */
function isAboutTransaction(error: unknown): boolean {
  return z.object({ code: z.string().regex(/^(40|57|08)...$/) }).safeParse(error).success;
}

/**
 * The store takes none of this, however often it is tried: nesting that no parser follows, a text that no index or number that no
 * column takes (PostgreSQL's classes 22, data, and 54, limits).
 */
function isAboutContent(error: unknown): boolean {
  return error instanceof RangeError || z.object({ code: z.string().regex(/^(22|54)...$/) }).safeParse(error).success;
}

async function setAside(
  { rules, clock, log }: ProcessParts,
  outer: Knex.Transaction,
  delivery: DeliveryRow,
  why: string,
): Promise<void> {
  const now = clock.now();
  log.error({ delivery: delivery.id, type: delivery.event_type, error: why }, 'a delivery can never be applied');
  const done = await rules.applyUnreadable(outer, delivery.event_type, now);
  await finishDelivery(outer, delivery, `${done} (it can never be applied: ${why.slice(0, 300)})`, now);
}

async function applyDelivery(
  rules: EventRules,
  transaction: Knex.Transaction,
  delivery: DeliveryRow,
  now: Date,
): Promise<string> {
  const event = eventSchema.safeParse(parseStored(delivery.body));
  if (event.success) {
    const { id, type } = event.data;
    return withCause(causeOfEvent(id, type), () => rules.applyEvent(transaction, event.data, now));
  }
  return rules.applyUnreadable(transaction, delivery.event_type, now);
}
