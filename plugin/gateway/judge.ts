/** What becomes of a request of somebody who is signed in: the rules decide, and what they want to know is found out. */
import type { IncomingMessage } from 'node:http';
import type { Asker, GatewayRules, Whereabouts } from '../../adapters/gateway.ts';
import type { PluginContext } from '../context.ts';
import { type Decision, decide, type GatewayRequest, type RefusalReason } from './decide.ts';
import { type ReadBody, readJson } from './read-body.ts';
import { type Target, writeTarget } from './request.ts';
import { WhereaboutsOfThings } from './whereabouts.ts';
import type { Shown, Trainer, WhoAsks } from './who-asks.ts';

/** A trainer's annotation with painted regions is some megabytes. */
const MOST_BODY_BYTES = 16 * 1024 * 1024;

export interface Refused {
  reason: RefusalReason;
  why: string;
  /** Absent: nobody who is signed in. */
  trainer?: Trainer;
  projectId?: string | null;
}

export type Verdict =
  | ({ value: 'refuse' } & Refused)
  | {
      value: 'pass';
      /** Path and query for the tool. */
      target: string;
      /** Instead of the request's own body. */
      body?: Buffer;
      /** What of the answer is handed on. Absent: all. */
      filter?: (answer: unknown) => unknown;
    };

export class Judge {
  readonly #rules: GatewayRules;
  readonly #whoAsks: WhoAsks;
  readonly #whereabouts: WhereaboutsOfThings;

  constructor(parts: Pick<PluginContext, 'tool' | 'clock'>, rules: GatewayRules, whoAsks: WhoAsks) {
    this.#rules = rules;
    this.#whoAsks = whoAsks;
    this.#whereabouts = new WhereaboutsOfThings(parts);
  }

  /** Whoever is no trainer passes unchanged. Throws what the store and the tool throw. */
  async judge(request: IncomingMessage, target: Target, { accounts }: Shown): Promise<Verdict> {
    const [trainer] = await this.#whoAsks.trainersAmong(accounts);
    if (!trainer) return { value: 'pass', target: target.raw };
    const refuse = (reason: RefusalReason, why: string): Verdict => ({ value: 'refuse', reason, why, trainer });
    if (accounts.length > 1) return refuse('malformed', 'The request shows the credentials of two people.');
    const asker = askerOf(trainer);
    const decision = await this.#decide(request, target, asker);
    if (decision.value === 'refuse') return { ...decision, trainer };
    if (decision.value !== 'pass') return refuse('not-allowed', 'The body is too large, or no JSON.');
    const { rule, path, query, body } = decision;
    return {
      value: 'pass',
      target: writeTarget(path, query),
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      ...(rule.answer && request.method !== 'HEAD' ? { filter: (answer) => rule.answer?.(answer, asker) } : {}),
    };
  }

  /** Whether the tool may be asked before the verdict, where the rule allows that: this trainer might have the file a moment ago. */
  mayAskAhead(request: IncomingMessage, target: Target, { accounts }: Shown): boolean {
    const [account, ...others] = accounts;
    const last = account && this.#whoAsks.lastKnown(account);
    if (!last || others.length > 0 || request.method !== 'GET') return false;
    const decision = decide(this.#rules, asked(request, target), askerOf(last), new Map());
    // The verdict may be that the request passes as it was sent.
    return decision.value === 'pass' && writeTarget(decision.path, decision.query) === target.raw;
  }

  /** Asks the rules, and finds out what they want to know. */
  async #decide(request: IncomingMessage, target: Target, asker: Asker): Promise<Decision> {
    const known = new Map<string, Whereabouts | null>();
    let current = asked(request, target);
    for (;;) {
      const decision = decide(this.#rules, current, asker, known);
      if (decision.value === 'look-up') {
        for (const [key, where] of await this.#whereabouts.find(decision.things)) known.set(key, where);
      } else if (decision.value === 'read-body') {
        const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
        if (!isJson || request.headers['content-encoding'] !== undefined) return decision;
        const read = await bodyOf(request);
        if (read.value !== 'read') return decision;
        current = { ...current, body: read.body };
      } else return decision;
    }
  }
}

function bodyOf(request: IncomingMessage): Promise<ReadBody> {
  return new Promise((read, failed) => readJson(request, MOST_BODY_BYTES, { read, failed }));
}

function asked({ headers, method = 'GET' }: IncomingMessage, { path, query }: Target): GatewayRequest {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return { method, path, query, hasBody };
}

function askerOf({ account, projects }: Trainer): Asker {
  return { toolUserId: account.toolUserId, projects };
}
