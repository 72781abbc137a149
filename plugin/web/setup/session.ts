/** Who may use the set-up pages: the one browser in which the link of the terminal was used. All of it is in memory only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Clock } from '../../clock.ts';
import type { SigningKeys } from '../../keys.ts';
import { ConsoleCookie } from '../console/cookies.ts';
import { isFormToken, makeFormToken } from '../form-token.ts';
import { field } from '../forms.ts';

const LIFETIME_MS = 12 * 3_600_000;

export class SetupSession {
  /** Part of the link in the terminal; works once. */
  readonly ticket = randomBytes(32).toString('base64url');
  readonly #keys: SigningKeys = [randomBytes(32)];
  readonly #cookie: ConsoleCookie;
  readonly #clock: Clock;
  #isTicketUsed = false;
  #holder: Buffer | null = null;

  constructor(address: { publicUrl: string; basePath: string }, clock: Clock) {
    this.#cookie = new ConsoleCookie({ plugin: address }, 'setup');
    this.#clock = clock;
  }

  isTicketOpen(ticket: string): boolean {
    return !this.#isTicketUsed && isSame(hash(ticket), hash(this.ticket));
  }

  /** Uses the ticket up and makes this browser the one that may go on. Of two that try, one gets true. */
  begin(response: Response, ticket: string): boolean {
    if (!this.isTicketOpen(ticket)) return false;
    this.#isTicketUsed = true;
    const value = randomBytes(32).toString('base64url');
    this.#holder = hash(value);
    this.#cookie.set(response, value, LIFETIME_MS);
    return true;
  }

  isHolder(request: Request): boolean {
    const value = this.#cookie.read(request);
    return value !== null && this.#holder !== null && isSame(hash(value), this.#holder);
  }

  /** The token of forms about this subject. */
  formToken(subject: string): string {
    return makeFormToken(this.#keys, subject, this.#clock.now());
  }

  isToken(subject: string, token: unknown): boolean {
    return isFormToken(this.#keys, subject, token, this.#clock.now());
  }

  /** Lets a posted form through only with our token. Comes after `readForm`. */
  requireToken(subject: string, refuse: (response: Response) => void): RequestHandler {
    return (request, response, next) => {
      if (this.isToken(subject, field(request, 'form'))) return next();
      refuse(response);
    };
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return timingSafeEqual(one, other);
}
