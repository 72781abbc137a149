/** Everything that can be made to happen in a running sandbox. The calls under `/sandbox/` call the same functions. */
import type { ReleaseOrder } from './events.ts';
import type { AnswerSpoil, Faults, RequestDelay, RequestFault } from './faults.ts';
import { createGrantControl, type GrantControl } from './grant-control.ts';
import { seededRandom } from './ids.ts';
import { createPeopleControl, type PeopleControl } from './people-control.ts';
import type { Platform } from './platform.ts';
import { Problem } from './problem.ts';
import { type LoggedRequest, matchesRequest, type RequestFilter } from './request-log.ts';

/** Each share is 0 to 1; what is left out is 0. */
export interface EventDice {
  dropRate?: number | undefined;
  duplicateRate?: number | undefined;
  spreadMilliseconds?: number | undefined;
  seed?: number | undefined;
}

export interface SandboxControl extends PeopleControl, GrantControl {
  /** Keeps events back until they are released. */
  holdEvents(): void;
  /** Sends what was kept back, strictly one after the other; resolves when each was tried once. */
  releaseEvents(order?: ReleaseOrder, seed?: number): Promise<void>;
  /** The next events happen, and are never sent. */
  dropNextEvents(count: number): void;
  /** Dice for every event from now on; the seed makes them repeatable. What is left out is 0. */
  setEventFaults(faults: EventDice): void;
  /** Shorthand: this share of events is never sent. */
  dropRate(rate: number, seed: number): void;
  /** Brings pending attempts nearer by this many seconds; the time of day stays. */
  advanceRetries(seconds: number): void;
  /** Sends a delivery again under its id, whatever became of it, while its endpoint is active. */
  redeliver(deliveryId: string): void;
  /** Resolves when no delivery is in flight or due. */
  settled(): Promise<void>;
  failRequests(fault: RequestFault): void;
  /** Changes or takes away one field of answers, which are sent as usual otherwise. */
  spoilAnswers(spoil: AnswerSpoil): void;
  delayRequests(delay: RequestDelay): void;
  /** Requests work again; events are sent as they happen. */
  clearFaults(): void;
  /** The requests that the API answered, oldest first. */
  requestLog(filter?: RequestFilter): LoggedRequest[];
  /** How many requests match. */
  countRequests(filter?: RequestFilter): number;
  clearRequestLog(): void;
}

/** The control of a running sandbox. */
export function createControl(platform: Platform, faults: Faults, log: LoggedRequest[]): SandboxControl {
  const { events, engine } = platform;
  const setEventFaults: SandboxControl['setEventFaults'] = ({ seed = 1, ...rates }) => {
    const { dropRate = 0, duplicateRate = 0, spreadMilliseconds = 0 } = rates;
    Object.assign(events.faults, { dropRate, duplicateRate, spreadMilliseconds, random: seededRandom(seed) });
  };
  const requestLog = (filter: RequestFilter = {}): LoggedRequest[] =>
    log.filter((request) => matchesRequest(filter, request));
  return {
    ...createPeopleControl(platform),
    ...createGrantControl(platform),
    holdEvents: () => events.hold(),
    releaseEvents: (order = 'as-happened', seed = 1) => events.release(order, seed),
    dropNextEvents: (count) => {
      events.faults.dropNext = count;
    },
    setEventFaults,
    dropRate: (dropRate, seed) => setEventFaults({ dropRate, seed }),
    advanceRetries: (seconds) => engine.advance(seconds),
    redeliver: (deliveryId) => {
      const delivery = platform.state.deliveries.get(deliveryId);
      if (delivery === undefined) throw new Problem('NOT_FOUND', `The sandbox has no delivery ${deliveryId}.`);
      engine.requeue(delivery);
      engine.pump();
    },
    settled: async () => {
      await events.settled();
      await engine.settled();
    },
    failRequests: (fault) => faults.fail(fault),
    spoilAnswers: (spoil) => faults.spoil(spoil),
    delayRequests: (delay) => faults.delay(delay),
    clearFaults: () => {
      faults.clear();
      events.faults.dropNext = 0;
      setEventFaults({});
    },
    requestLog,
    countRequests: (filter) => requestLog(filter).length,
    clearRequestLog: () => {
      log.length = 0;
    },
  };
}
