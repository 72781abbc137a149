/** Who shows a credential that the tool knows, and which of them are trainers. */
import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayRules } from '../../adapters/gateway.ts';
import type { PluginContext } from '../context.ts';
import { type Credential, credentialsOf } from './credentials.ts';
import { type Account, Identities } from './identities.ts';
import { KnownDatabase } from './known-database.ts';
import { placesOf, type TrainerPlaces } from './places.ts';
import { Remembered } from './remembered.ts';

/** A picture is asked for right after the task that shows it. */
const LAST_PLACES_MS = 60_000;
const MOST_TRAINERS = 10_000;

/** Everybody whose credentials a request shows. */
export interface Shown {
  accounts: readonly Account[];
  credentials: readonly Credential[];
}

export type Trainer = TrainerPlaces & { account: Account };

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock' | 'tool'>;

export class WhoAsks {
  readonly #parts: Parts;
  readonly #rules: Pick<GatewayRules, 'whoami'>;
  readonly #identities: Identities;
  readonly #knownDatabase: KnownDatabase;
  readonly #lastPlaces: Remembered<Trainer>;

  constructor(parts: Parts, rules: Pick<GatewayRules, 'whoami'>) {
    const { settings, clock } = parts;
    this.#parts = parts;
    this.#rules = rules;
    this.#identities = new Identities({ baseUrl: settings.tool.baseUrl, rule: rules.whoami, clock });
    this.#knownDatabase = new KnownDatabase(parts);
    this.#lastPlaces = new Remembered({ clock, forMs: LAST_PLACES_MS, most: MOST_TRAINERS });
  }

  /** Throws when the tool's database is another one: accounts' numbers mean other people there. */
  async shownBy(headers: IncomingHttpHeaders): Promise<Shown> {
    const credentials = credentialsOf(headers, this.#rules.whoami);
    const found = await Promise.all(credentials.map((credential) => this.#identities.whose(credential)));
    const known = found.filter((account) => account !== null);
    const accounts = [...new Map(known.map((account) => [account.toolUserId, account])).values()];
    if (accounts.length > 0) await this.#knownDatabase.insist();
    return { accounts, credentials };
  }

  /** The trainers among these accounts, with the projects that they may reach now. */
  async trainersAmong(accounts: readonly Account[]): Promise<Trainer[]> {
    const trainers: Trainer[] = [];
    for (const account of accounts) {
      const places = await placesOf(this.#parts, account);
      if (!places) continue;
      const trainer = { ...places, account };
      this.#lastPlaces.set(account.toolUserId, trainer);
      trainers.push(trainer);
    }
    return trainers;
  }

  /** What {@link trainersAmong} last said of this account. It may be over by now: nothing may be handed on because of it. */
  lastKnown({ toolUserId }: Account): Trainer | undefined {
    return this.#lastPlaces.get(toolUserId);
  }

  /** The tool has replaced this account's credential by another one, in answer to what the account asked. */
  renewed(credential: Credential, account: Account): void {
    this.#identities.renewed(credential, account);
  }
}
