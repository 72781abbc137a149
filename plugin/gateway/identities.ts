/** Whose a credential is: the tool says it, and is believed for a few seconds. */
import { hash } from 'node:crypto';
import type { AxiosInstance } from 'axios';
import { ToolUnavailable } from '../../adapters/errors.ts';
import type { WhoamiRule } from '../../adapters/gateway.ts';
import { httpClient } from '../../adapters/http-client.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Credential } from './credentials.ts';
import { Remembered } from './remembered.ts';

/** Access that ends is seen at once, in the store: this is how long a session that the tool itself ended is still taken for a person. */
const BELIEVED_MS = 10_000;
const MOST_CREDENTIALS = 10_000;
const TIMEOUT_MS = 30_000;

export interface Account {
  toolUserId: string;
  /** Lower case; null where the tool does not tell. */
  email: string | null;
}

export class Identities {
  readonly #rule: WhoamiRule;
  readonly #http: AxiosInstance;
  readonly #known: Remembered<Promise<Account | null>>;

  constructor({ baseUrl, rule, clock }: { baseUrl: string; rule: WhoamiRule; clock: Clock }) {
    this.#rule = rule;
    this.#known = new Remembered({ clock, forMs: BELIEVED_MS, most: MOST_CREDENTIALS });
    this.#http = httpClient().create({
      baseURL: baseUrl,
      timeout: TIMEOUT_MS,
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
    });
  }

  /** The account; null for nobody's. Throws {@link ToolUnavailable} when the tool does not say. */
  whose(credential: Credential): Promise<Account | null> {
    const key = digest(credential);
    const known = this.#known.get(key);
    if (known) return known;
    const asked = this.#ask(credential);
    this.#known.set(key, asked);
    asked.catch(() => this.#known.delete(key));
    return asked;
  }

  /** The tool has replaced this account's credential by another one, in answer to what the account asked. */
  renewed(credential: Credential, account: Account): void {
    this.#known.set(digest(credential), Promise.resolve(account));
  }

  async #ask({ headers }: Credential): Promise<Account | null> {
    const { path, read } = this.#rule;
    let answer: { status: number; data: unknown };
    try {
      answer = await this.#http.get<unknown>(path, { headers: { ...headers, accept: 'application/json' } });
    } catch (error) {
      throw new ToolUnavailable(`The tool does not say who asks: ${messageOf(error)}.`);
    }
    if (answer.status === 200) return read(answer.data);
    if (answer.status < 500 && answer.status !== 429) return null;
    throw new ToolUnavailable(`The tool does not say who asks: it answered ${answer.status}.`);
  }
}

/** What is kept in memory cannot be used to sign in. */
function digest({ key }: Credential): string {
  return hash('sha256', key, 'base64');
}
