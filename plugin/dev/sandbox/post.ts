/** One attempt at one delivery: sign, send, and say what came back (contract: "Webhook deliveries"). */
import { createHmac } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { messageOf } from '../../errors.ts';

export const USER_AGENT = 'OpenTrain-Partner-Webhooks/1.0';

/** `t=<unix seconds>,v1=<hex HMAC-SHA256(secret, "<t>.<raw body>")>`, keyed with the whole `whsec_…` string. */
export function signDelivery(secret: string, body: string, at: Date): string {
  const seconds = Math.floor(at.getTime() / 1000);
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

export interface DeliveryPost {
  url: string;
  body: string;
  secret: string;
  type: string;
  deliveryId: string;
  at: Date;
  /** Gives up when this fires: time-out or shutdown. */
  signal: AbortSignal;
}

export interface PostOutcome {
  /** HTTP status, null when there was no answer. */
  status: number | null;
  error: string | null;
}

/**
 * Sends the delivery on a connection of its own and returns the status of the answer. Redirects are not followed. Never
 * throws: no answer is an outcome with `error`.
 */
export function postDelivery(post: DeliveryPost): Promise<PostOutcome> {
  const { promise, resolve } = Promise.withResolvers<PostOutcome>();
  const send = post.url.startsWith('https:') ? https.request : http.request;
  const request = send(post.url, {
    method: 'POST',
    agent: false,
    signal: post.signal,
    headers: {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(post.body),
      'User-Agent': USER_AGENT,
      'X-OpenTrain-Event': post.type,
      'X-OpenTrain-Delivery': post.deliveryId,
      'X-OpenTrain-Signature': signDelivery(post.secret, post.body, post.at),
    },
  });
  request.on('response', (response) => {
    response.on('error', () => undefined);
    response.resume();
    resolve({ status: response.statusCode ?? null, error: null });
  });
  request.on('error', (error) => {
    const reason = post.signal.aborted ? post.signal.reason : error;
    resolve({ status: null, error: messageOf(reason) });
  });
  request.end(post.body);
  return promise;
}
