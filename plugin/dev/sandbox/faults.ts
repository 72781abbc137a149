/** Requests that go wrong on purpose: refused, cut off, their answer lost, spoilt or slow. */
import { matchesRequest, type RequestFilter } from './request-log.ts';

export interface RequestFault extends Pick<RequestFilter, 'method' | 'path'> {
  /** The status to answer with; `reset`: no answer at all; `cut`: the request takes effect, and half of its answer is sent. */
  status: number | 'reset' | 'cut';
  /** A web page is answered, as from a proxy, not the error envelope. */
  html?: boolean | undefined;
  /** How many requests are hit; default 1. */
  times?: number | undefined;
  /** Value of the `Retry-After` header: seconds or an HTTP date. */
  retryAfter?: number | string | undefined;
  /** The request takes effect, and only its answer is replaced. */
  processed?: boolean | undefined;
}

export interface RequestDelay extends Pick<RequestFilter, 'method' | 'path'> {
  milliseconds: number;
  times?: number | undefined;
}

export interface AnswerSpoil extends Pick<RequestFilter, 'method' | 'path'> {
  /** `contracts[0].status` */
  at: string;
  /** What is there instead; left out: the field is missing. */
  value?: unknown;
  times?: number | undefined;
}

interface FaultsOfRequest {
  fault: RequestFault | undefined;
  delayMilliseconds: number;
  spoil: AnswerSpoil | undefined;
}

export interface Faults {
  fail(fault: RequestFault): void;
  delay(delay: RequestDelay): void;
  spoil(spoil: AnswerSpoil): void;
  /** Takes the faults for one request: each one that matches is used up by one. */
  take(request: { method: string; path: string }): FaultsOfRequest;
  /** Everything works again. */
  clear(): void;
}

/** Makes an empty set of faults; those set first are used first. */
export function createFaults(): Faults {
  const failures: { rule: RequestFault; left: number }[] = [];
  const delays: { rule: RequestDelay; left: number }[] = [];
  const spoils: { rule: AnswerSpoil; left: number }[] = [];
  return {
    fail: (rule) => void failures.push({ rule, left: rule.times ?? 1 }),
    delay: (rule) => void delays.push({ rule, left: rule.times ?? 1 }),
    spoil: (rule) => void spoils.push({ rule, left: rule.times ?? 1 }),
    take: (request) => ({
      fault: useUp(failures, request),
      delayMilliseconds: useUp(delays, request)?.milliseconds ?? 0,
      spoil: useUp(spoils, request),
    }),
    clear: () => {
      failures.length = 0;
      delays.length = 0;
      spoils.length = 0;
    },
  };
}

function useUp<Rule extends Pick<RequestFilter, 'method' | 'path'>>(
  entries: { rule: Rule; left: number }[],
  request: { method: string; path: string },
): Rule | undefined {
  const hit = entries.find(({ rule: { method, path }, left }) => left > 0 && matchesRequest({ method, path }, request));
  if (hit === undefined) return undefined;
  hit.left -= 1;
  return hit.rule;
}
