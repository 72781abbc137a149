/**
 * POST /webhooks/opentrain: verify on the raw bytes, store, and only then answer (contract: "Webhook deliveries").
 * 200 stored or known already · 400 not an event · 401 not from OpenTrain, or stale · 413 too large · 503 cannot be stored.
 */
import express, { type ErrorRequestHandler, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { verifySignature } from '../opentrain/signature.ts';
import { eventSchema } from '../opentrain/types.ts';
import type { NewDelivery } from '../store/deliveries.ts';

/** OpenTrain's events are a few kilobytes. */
export const LARGEST_BODY_BYTES = 262_144;

export interface ReceiverParts {
  clock: Clock;
  /** Every secret that is accepted at the moment. */
  secrets: () => Promise<readonly string[]>;
  /** Stores the delivery durably; false when it was known already. Rejects when it cannot be stored in time. */
  store: (delivery: NewDelivery) => Promise<boolean>;
  /** Counts a refusal, so that `status` shows it. */
  refused: (reason: string, detail: string) => void;
}

const deliveryIdSchema = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/** The route, to be mounted before anything that parses bodies. */
export function webhookReceiver(parts: ReceiverParts): Router {
  const router = Router();
  router.post('/', express.raw({ type: () => true, limit: LARGEST_BODY_BYTES }), receive(parts));
  router.all('/', (_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'OpenTrain posts its deliveries here.' });
  });
  router.use(unreadable(parts));
  return router;
}

function receive(parts: ReceiverParts): RequestHandler {
  return async (request, response) => {
    const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const now = parts.clock.now();
    const refuse = (status: number, reason: string, error: string): void => {
      parts.refused(reason, `from ${request.ip ?? 'unknown'}: ${error}`);
      response.status(status).json({ error });
    };
    let secrets: readonly string[];
    try {
      secrets = await parts.secrets();
    } catch (error) {
      return refuse(503, 'store-unreachable', `The secret cannot be read: ${messageOf(error)}`);
    }
    const verdict = verifySignature(request.get('X-OpenTrain-Signature'), body, secrets, now);
    if (verdict !== 'valid') return refuse(401, `signature-${verdict}`, `The signature is ${verdict}.`);
    const delivery = parseDelivery(request.get('X-OpenTrain-Delivery'), body, now);
    if (typeof delivery === 'string') return refuse(400, 'not-an-event', delivery);
    delivery.headers = identifyingHeaders((name) => request.get(name));
    try {
      const fresh = await parts.store(delivery);
      response.status(200).json({ received: true, duplicate: !fresh });
    } catch (error) {
      refuse(503, 'store-unreachable', `The delivery cannot be stored now: ${messageOf(error)}`);
    }
  };
}

function identifyingHeaders(get: (name: string) => string | undefined): Record<string, string> {
  const names = ['X-OpenTrain-Event', 'X-OpenTrain-Delivery', 'X-OpenTrain-Signature', 'User-Agent', 'Content-Type'];
  return Object.fromEntries(names.flatMap((name) => [[name, get(name) ?? '']]));
}

/** The delivery, or what is wrong with it. */
function parseDelivery(id: string | undefined, body: Buffer, receivedAt: Date): NewDelivery | string {
  const deliveryId = deliveryIdSchema.safeParse(id);
  if (!deliveryId.success) return 'X-OpenTrain-Delivery is missing or malformed.';
  const text = body.toString('utf8');
  // PostgreSQL's text cannot hold it, and no JSON that OpenTrain sends has it.
  if (text.includes('\u0000')) return 'The body is not JSON.';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'The body is not JSON.';
  }
  const event = eventSchema.safeParse(json);
  if (!event.success) return `The body is not an event: ${z.prettifyError(event.error)}`;
  const { id: eventId, type: eventType } = event.data;
  return { id: deliveryId.data, eventId, eventType, body: text, headers: {}, receivedAt };
}

/** Bodies that cannot be read: too large, cut off, or in an encoding we do not take. */
function unreadable(parts: ReceiverParts): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const status = z.object({ status: z.number().int().min(400).max(499) }).safeParse(error).data?.status ?? 400;
    parts.refused(status === 413 ? 'too-large' : 'unreadable', messageOf(error));
    response.status(status).json({ error: status === 413 ? 'The body is too large.' : 'The body cannot be read.' });
  };
}
