/**
 * POST /webhooks/opentrain: verify on the raw bytes, store, and only then answer (contract: "Webhook deliveries").
 * 200 stored or known already · 400 not an event · 401 not from OpenTrain, or stale · 405 not a POST · 413 too large ·
 * 415 compressed · 503 cannot be stored within 2 s.
 */
import express, { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { SIGNATURE_TOLERANCE_SECONDS, type SignatureVerdict, verifySignature } from '../platform/signature.ts';
import type { NewDelivery } from './deliveries.ts';
import { readDelivery } from './read-delivery.ts';

/** OpenTrain's events are a few kilobytes. */
export const LARGEST_BODY_BYTES = 262_144;
/** Whatever the store does, the answer is there after this. */
const ANSWER_WITHIN_MS = 1_900;

export interface ReceiverParts {
  clock: Clock;
  /** Every secret that is accepted at the moment; `fresh` when none of those known fits, another process may have made one. */
  secrets: (options?: { fresh: boolean }) => Promise<readonly string[]>;
  /** Stores the delivery durably; false when it was known already. Rejects when it cannot be stored in time. */
  store: (delivery: NewDelivery) => Promise<boolean>;
  /** Counts a refusal, so that `status` shows it. */
  refused: (reason: string, detail: string) => void;
}

interface Answer {
  status: number;
  body: { received: true; duplicate: boolean } | { error: string };
  /** For the count of refusals; null when the delivery is stored. */
  reason: string | null;
  /** What the caller is not told. */
  detail?: string;
}

const refusedSignatures: Record<Exclude<SignatureVerdict, 'valid'>, string> = {
  missing: 'X-OpenTrain-Signature is missing.',
  malformed: 'X-OpenTrain-Signature is malformed.',
  forged: 'The signature was not made with the secret of our endpoint.',
  stale: `The signature was made more than ${SIGNATURE_TOLERANCE_SECONDS} s before or after now by this machine's clock.`,
};

/** The route, to be mounted before anything that parses bodies. */
export function webhookReceiver(parts: ReceiverParts): Router {
  const router = Router();
  // Nothing is decompressed: the signature is over the bytes as they come, and anybody can post here.
  const readRaw = express.raw({ type: () => true, limit: LARGEST_BODY_BYTES, inflate: false });
  router.post('/', readRaw, receive(parts));
  router.all('/', (_request, response) => {
    response.status(405).set('Allow', 'POST').json({ error: 'OpenTrain posts its deliveries here.' });
  });
  router.use(unreadable(parts));
  return router;
}

function receive(parts: ReceiverParts): RequestHandler {
  return async (request, response) => {
    const { status, body, reason, detail } = await inTime(answerTo(parts, request));
    const told = detail ?? ('error' in body ? body.error : '');
    if (reason) parts.refused(reason, `from ${request.ip ?? 'unknown'}: ${told}`);
    response.status(status).json(body);
  };
}

async function inTime(answer: Promise<Answer>): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const late = unavailable(`the store did not answer within ${ANSWER_WITHIN_MS} ms`);
  const timer = setTimeout(() => resolve(late), ANSWER_WITHIN_MS);
  try {
    return await Promise.race([answer, promise]);
  } catch (error) {
    return unavailable(messageOf(error));
  } finally {
    clearTimeout(timer);
  }
}

function unavailable(why: string): Answer {
  const error = 'The delivery cannot be stored now: send it again later.';
  return { status: 503, body: { error }, reason: 'store-unreachable', detail: `${error} ${why}.` };
}

/** Rejects when the store cannot be used. */
async function answerTo(parts: ReceiverParts, request: Request): Promise<Answer> {
  const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const now = parts.clock.now();
  const verdict = await judge(parts, request.get('X-OpenTrain-Signature'), body, now);
  if (verdict !== 'valid') {
    return { status: 401, body: { error: refusedSignatures[verdict] }, reason: `signature-${verdict}` };
  }
  const delivery = readDelivery((name) => request.get(name), body, now);
  if (typeof delivery === 'string') return { status: 400, body: { error: delivery }, reason: 'not-an-event' };
  const fresh = await parts.store(delivery);
  return { status: 200, body: { received: true, duplicate: !fresh }, reason: null };
}

async function judge(
  parts: ReceiverParts,
  header: string | undefined,
  body: Buffer,
  now: Date,
): Promise<SignatureVerdict> {
  const verdict = verifySignature(header, body, await parts.secrets(), now);
  if (verdict !== 'forged') return verdict;
  return verifySignature(header, body, await parts.secrets({ fresh: true }), now);
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
