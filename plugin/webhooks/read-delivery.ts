/**
 * Reads a delivery whose signature is genuine. OpenTrain may add to its events, so all that is asked of one is that it is a JSON
 * object: what else it lacks is found out when it is applied, and refusing it would only get our endpoint disabled.
 */
import { z } from 'zod';
import { eventSchema } from '../platform/types.ts';
import type { NewDelivery } from './deliveries.ts';

const deliveryIdSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/);
const LONGEST_NAME = 200;
const HEADERS = ['X-OpenTrain-Event', 'X-OpenTrain-Delivery', 'X-OpenTrain-Signature', 'User-Agent', 'Content-Type'];
const LONGEST_HEADER = 500;

/** The delivery to store, or what is wrong with it, in words. */
export function readDelivery(
  header: (name: string) => string | undefined,
  body: Buffer,
  receivedAt: Date,
): NewDelivery | string {
  const id = deliveryIdSchema.safeParse(header('X-OpenTrain-Delivery'));
  if (!id.success) return 'X-OpenTrain-Delivery is missing or malformed.';
  const text = textOf(body);
  const json = text === null ? undefined : parseObject(text);
  if (text === null || !json) return 'The body is not a JSON object.';
  const event = eventSchema.pick({ id: true, type: true }).partial().safeParse(json).data;
  return {
    id: id.data,
    eventId: storable(event?.id ?? ''),
    eventType: storable(event?.type ?? header('X-OpenTrain-Event') ?? 'unknown'),
    body: text,
    headers: Object.fromEntries(HEADERS.map((name) => [name, (header(name) ?? '').slice(0, LONGEST_HEADER)])),
    receivedAt,
  };
}

/** JSON as an event is made of; NUL, which PostgreSQL's text cannot hold, is taken out of all its strings. */
export function parseStored(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '') : value,
  );
}

/** The body as text; null when it is not UTF-8, or holds what no JSON may. */
function textOf(body: Buffer): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}

function parseObject(text: string): object | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : null;
  } catch {
    return null;
  }
}

/** Fit for an indexed column: short, and without NUL. */
function storable(name: string): string {
  return name.replaceAll('\0', '').slice(0, LONGEST_NAME);
}

/** How the log, the queue and the audit log name what an event caused: "event 1042 (contract.ended)". */
export function causeOfEvent(id: string, type: string): string {
  return `event ${id} (${type})`;
}
