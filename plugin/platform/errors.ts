/** What can go wrong with a call to OpenTrain (contract: "Base, auth, errors"), each handled as what it is. */
import { AdminError } from '../errors.ts';
import type { Scope } from './types.ts';

export interface RefusalDetails {
  /** "POST /contracts/ctr_1/usage" */
  call: string;
  status: number;
  code: string;
  message: string;
  /** Support asks for it; null when the answer had none. */
  requestId: string | null;
  /** What the operation needs; null when any token will do, or it is not known. */
  scope?: Scope | null;
}

/** OpenTrain answered with a 4xx. Trying the same again will not help (except after the cause was mended). */
export class OpenTrainRefused extends Error {
  override name = 'OpenTrainRefused';
  readonly call: string;
  readonly status: number;
  readonly code: string;
  readonly requestId: string | null;
  readonly scope: Scope | null;
  constructor(details: RefusalDetails) {
    const needs = details.status === 403 && details.scope ? `; it needs the scope ${details.scope}` : '';
    const request = details.requestId ? `, request ${details.requestId}` : '';
    super(
      `OpenTrain refused ${details.call}: ${details.message} (${details.status} ${details.code}${request})${needs}`,
    );
    this.call = details.call;
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.scope = details.scope ?? null;
  }
}

/** OpenTrain did not answer, answered 5xx or 429, or its answer could not be read: later may work. */
export class OpenTrainUnavailable extends Error {
  override name = 'OpenTrainUnavailable';
  readonly call: string;
  readonly requestId: string | null;
  /** null when there was no answer. */
  readonly status: number | null;
  /** Milliseconds that OpenTrain asked us to wait, when it did. */
  readonly retryAfterMs: number | null;
  constructor(
    call: string,
    message: string,
    details: { requestId?: string | null; status?: number | null; retryAfterMs?: number | null } = {},
  ) {
    const request = details.requestId ? ` (request ${details.requestId})` : '';
    super(`OpenTrain did not complete ${call}: ${message}${request}`);
    this.call = call;
    this.requestId = details.requestId ?? null;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}

/** Something else than OpenTrain's API answered: a web page, a redirect, a proxy. Calling again at once would not help. */
export class NotOpenTrain extends OpenTrainUnavailable {
  override name = 'NotOpenTrain';
}

/** OpenTrain does not accept our token, or nothing of this install: no call can work until an admin has mended that. */
export class TokenRefused extends AdminError {
  override name = 'TokenRefused';
  constructor(why: string, cause?: unknown) {
    super(
      `OpenTrain accepts no calls of this connection: ${why}. Members of the tool keep their access.`,
      'The install, the platform app or the employer account may be inactive: check them on OpenTrain, connect again and paste the new token.',
      { cause },
    );
  }
}

/** OpenTrain did what was asked, and what we need of its answer cannot be read: contract drift, not an outage. */
export class AnswerUnreadable extends AdminError {
  override name = 'AnswerUnreadable';
  constructor(call: string) {
    super(
      `OpenTrain did ${call}, but its answer cannot be read (contract drift).`,
      'Look for a newer version of the plugin; `opentrain-plugin doctor` compares with OpenTrain’s description.',
    );
  }
}

/** OpenTrain revoked our token: nothing is called with it any more. */
export class Disconnected extends AdminError {
  override name = 'Disconnected';
  constructor(reason: string) {
    super(
      `The connection to OpenTrain was ended: ${reason}. Members of the tool keep their access until you decide.`,
      'Connect again on OpenTrain and paste the new token (console → Connection, or `setup`); or remove everybody with `revoke-all`.',
    );
  }
}
