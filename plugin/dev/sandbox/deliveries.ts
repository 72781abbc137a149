/**
 * The webhook engine: queue, attempts, retries, disabling, redelivery (contract: "Webhook deliveries").
 *
 * The retry schedule runs on real timers of the monotonic clock; {@link DeliveryEngine.advance} moves what is waiting
 * forward without touching the time of day, which signatures and records take from the sandbox's clock.
 */
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Ids } from './ids.ts';
import { type PostOutcome, postDelivery } from './post.ts';
import type { ApiEvent } from './schemas.ts';
import type { Delivery, Endpoint, State } from './state.ts';

/** Minutes to wait after the first, second, third and fourth failure; the fifth is the last. */
export const RETRY_MINUTES = [1, 5, 30, 120] as const;
export const DELIVERY_TIMEOUT_MILLISECONDS = 10_000;
export const FAILURES_BEFORE_DISABLING = 10;
const CONCURRENT_PER_ENDPOINT = 8;

export interface DeliveryEngineOptions {
  state: State;
  clock: Clock;
  ids: Ids;
  log: Logger;
  timeoutMilliseconds: number;
}

export class DeliveryEngine {
  readonly #options: DeliveryEngineOptions;
  readonly #pending = new Set<Delivery>();
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: DeliveryEngineOptions) {
    this.#options = options;
  }

  /**
   * Queues one delivery of an event to an endpoint, due after a delay. `repeats`: how often it is sent again after it was
   * acknowledged, as when acknowledgements get lost.
   */
  enqueue(event: ApiEvent, endpoint: Endpoint, { delayMilliseconds = 0, repeats = 0 } = {}): void {
    const delivery: Delivery = {
      id: this.#options.ids.next('whd'),
      endpointId: endpoint.id,
      eventId: event.id,
      type: event.type,
      body: JSON.stringify(event),
      status: 'PENDING',
      createdAt: this.#options.clock.now().toISOString(),
      attempts: [],
      attemptsThisRound: 0,
      dueAt: performance.now() + delayMilliseconds,
      inFlight: false,
      repeats,
    };
    this.#options.state.deliveries.set(delivery.id, delivery);
    this.#pending.add(delivery);
    this.pump();
  }

  /** Starts every attempt that is due, soon: many calls in a row are one look at the queue. */
  pump(): void {
    if (this.#soon !== undefined) return;
    this.#soon = setImmediate(() => {
      this.#soon = undefined;
      this.#startDue();
    });
  }

  /** Starts what is due, as far as the limit per endpoint allows, and sets the timer for the next one. */
  #startDue(): void {
    if (this.#closing.signal.aborted) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    const busy = new Map<string, number>();
    for (const delivery of this.#pending) {
      if (delivery.inFlight) busy.set(delivery.endpointId, (busy.get(delivery.endpointId) ?? 0) + 1);
    }
    let next = Number.POSITIVE_INFINITY;
    for (const delivery of [...this.#pending].sort((a, b) => a.dueAt - b.dueAt)) {
      const endpoint = this.#activeEndpoint(delivery);
      if (endpoint === undefined || delivery.inFlight) continue;
      if (delivery.dueAt > now) {
        next = Math.min(next, delivery.dueAt);
        continue;
      }
      const inFlight = busy.get(endpoint.id) ?? 0;
      if (inFlight >= CONCURRENT_PER_ENDPOINT) continue;
      busy.set(endpoint.id, inFlight + 1);
      void this.#attempt(delivery, endpoint);
    }
    if (Number.isFinite(next)) this.#timer = setTimeout(() => this.pump(), Math.max(1, next - now)).unref();
    this.#tellWaiting();
  }

  /** Brings every waiting attempt this many seconds nearer, as if that time had passed for the retry schedule alone. */
  advance(seconds: number): void {
    for (const delivery of this.#pending) delivery.dueAt -= seconds * 1000;
    this.pump();
  }

  /** Resolves when nothing is in flight and nothing that could be sent is due; later retries do not count. */
  settled(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#tellWaiting();
    return promise;
  }

  /** Queues a delivery anew, whatever became of it, with five fresh attempts under the same id. */
  requeue(delivery: Delivery): void {
    if (delivery.inFlight) return;
    delivery.status = 'PENDING';
    delivery.attemptsThisRound = 0;
    delivery.dueAt = performance.now();
    this.#pending.add(delivery);
  }

  /** Throws away what is pending for an endpoint that was deleted. */
  discard(endpointId: string): void {
    this.#finishPending(endpointId, 'DISCARDED');
    this.pump();
  }

  /** Ends attempts under way and forgets the timer. */
  close(): void {
    this.#closing.abort(new Error('The sandbox was stopped.'));
    clearTimeout(this.#timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #attempt(delivery: Delivery, endpoint: Endpoint): Promise<void> {
    delivery.inFlight = true;
    const at = this.#options.clock.now();
    const outcome = await postDelivery({
      url: endpoint.url,
      body: delivery.body,
      secret: endpoint.secret,
      type: delivery.type,
      deliveryId: delivery.id,
      at,
      signal: AbortSignal.any([AbortSignal.timeout(this.#options.timeoutMilliseconds), this.#closing.signal]),
    });
    delivery.inFlight = false;
    delivery.attempts.push({ at: at.toISOString(), ...outcome });
    this.#options.log.debug({ delivery: delivery.id, type: delivery.type, ...outcome }, 'webhook attempt');
    if (delivery.status === 'PENDING') this.#settle(delivery, endpoint, outcome);
    this.pump();
  }

  #settle(delivery: Delivery, endpoint: Endpoint, outcome: PostOutcome): void {
    if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300) {
      endpoint.consecutiveFailures = 0;
      if (delivery.repeats === 0) this.#finish(delivery, 'SUCCEEDED');
      delivery.repeats = Math.max(0, delivery.repeats - 1);
      return;
    }
    const minutes = RETRY_MINUTES[delivery.attemptsThisRound];
    delivery.attemptsThisRound += 1;
    if (minutes !== undefined) {
      delivery.dueAt = performance.now() + minutes * 60_000;
      return;
    }
    this.#finish(delivery, 'FAILED');
    endpoint.consecutiveFailures += 1;
    if (endpoint.consecutiveFailures >= FAILURES_BEFORE_DISABLING && endpoint.status === 'ACTIVE') {
      endpoint.status = 'DISABLED';
      endpoint.disabledAt = this.#options.clock.now().toISOString();
      endpoint.disabledReason = `${FAILURES_BEFORE_DISABLING} consecutive failed deliveries`;
      this.#finishPending(endpoint.id, 'FAILED');
    }
  }

  #finishPending(endpointId: string, status: 'FAILED' | 'DISCARDED'): void {
    for (const delivery of this.#pending) {
      if (delivery.endpointId === endpointId) this.#finish(delivery, status);
    }
  }

  #finish(delivery: Delivery, status: Exclude<Delivery['status'], 'PENDING'>): void {
    delivery.status = status;
    this.#pending.delete(delivery);
  }

  #activeEndpoint(delivery: Delivery): Endpoint | undefined {
    const endpoint = this.#options.state.endpoints.get(delivery.endpointId);
    return endpoint?.status === 'ACTIVE' ? endpoint : undefined;
  }

  #tellWaiting(): void {
    const now = performance.now();
    for (const delivery of this.#closing.signal.aborted ? [] : this.#pending) {
      const neverTried = delivery.attemptsThisRound === 0;
      const due = (neverTried || delivery.dueAt <= now) && this.#activeEndpoint(delivery) !== undefined;
      if (delivery.inFlight || due) return;
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
