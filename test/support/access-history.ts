/** Histories of everything that can happen to access, played; and an independent account of who should have it in the end. */

import { ToolUnavailable } from '../../adapters/errors.ts';
import { type Capabilities, WHOLE_TOOL } from '../../adapters/tool.ts';
import { restoreRevoked, revokeAll } from '../../plugin/access/admin.ts';
import { acceptInvitation, resendInvitation } from '../../plugin/invitations/invitations.ts';
import { currentInstall, markDisconnected } from '../../plugin/mirror/installs.ts';
import { markDue } from '../../plugin/queue/items.ts';
import { projects, type Step, trainers } from './access-steps.ts';
import { AccessWorld, GOOD_PASSWORD, mailOf } from './access-world.ts';
import { type FreshStore, freshStore } from './store.ts';

const MINUTE_MS = 60_000;

/** SQLite, which is ten times as fast here, unless HISTORY_STORE says `postgres`. */
const storeKind = process.env.HISTORY_STORE === 'postgres' ? 'postgres' : 'sqlite';

/** To be called within a `describe`: one store for all of its histories. */
export function useHistoryStore(): () => FreshStore {
  let store: FreshStore;
  before(async () => {
    store = await freshStore(storeKind);
    // Nothing here needs to survive a power cut.
    if (storeKind === 'sqlite') await store.database.raw('PRAGMA synchronous = OFF');
  });
  after(() => store.drop());
  return () => store;
}

interface Told {
  id: string;
  tell: () => Promise<void>;
}

export class History {
  readonly world: AccessWorld;
  /** Who was hired at any time, by contract. */
  readonly hired = new Map<number, Set<string>>();
  readonly links: { id: string; job: number; project: string; managed: boolean; live: boolean }[] = [];
  readonly held = new Set<string>();
  /** Accounts that are not ours to change, as they were when that became so. */
  readonly untouchable = new Map<string, string>();
  /** Places that others gave by hand. */
  readonly givenByHand = new Map<string, string[]>();
  readonly #over = new Set<number>();
  #untold: Told[] = [];
  #told: Told[] = [];

  private constructor(world: AccessWorld) {
    this.world = world;
  }

  static async begin(store: FreshStore, capabilities: Partial<Capabilities>): Promise<History> {
    const history = new History(await AccessWorld.open(store, capabilities));
    await history.world.connect();
    const { tool } = history.world;
    const all = history.isWhole ? [WHOLE_TOOL] : projects;
    tool.add('owner@example.com', { places: all, privileged: true });
    tool.add('colleague@example.com', { places: all });
    tool.add('stranger@opentrain.work', { places: all });
    for (const { email } of tool.accounts.values()) history.#leaveAlone(email);
    return history;
  }

  get isWhole(): boolean {
    return this.world.tool.capabilities.accessLevel === 'tool';
  }

  #leaveAlone(email: string): void {
    if (!this.untouchable.has(email)) this.untouchable.set(email, this.fingerprint(email));
  }

  fingerprint(email: string): string {
    const account = this.world.tool.byEmail(email);
    return JSON.stringify(account && { ...account, places: [...account.places].sort() });
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const one of steps) await this.take(one);
  }

  /** OpenTrain is connected, everything was told, every grace is over, the tool works: and the plugin has had its say. */
  async settle(): Promise<void> {
    const { world } = this;
    this.#calm();
    world.later(MINUTE_MS);
    await world.connect({ id: 'last install' });
    await this.#tellAll();
    world.later(11 * MINUTE_MS);
    if (world.mustRead) await this.#read();
    await world.converge();
    await world.work();
  }

  /** The plugin does what is due, as time goes on, and nothing else: an event of this trainer was the last thing to happen. */
  async settleByWork(trainer: string): Promise<void> {
    const { world } = this;
    this.#calm();
    if (world.mustRead) {
      world.later(MINUTE_MS);
      await this.#read();
    }
    await markDue(world.store.database, { kind: 'access', key: trainer, detail: { cause: 'test' } }, world.date);
    for (let minutes = 0; minutes < 3; minutes += 1) {
      await world.work();
      world.later(MINUTE_MS);
    }
    await world.work();
  }

  #calm(): void {
    this.world.revive();
    for (const when of ['before', 'midway', 'after'] as const) this.world.tool[when] = () => undefined;
  }

  /** Everybody who still has an invitation uses it, or has a new one sent in place of an expired one: none leads nowhere. */
  async everybodyAccepts(): Promise<void> {
    const { world } = this;
    for (const { trainer_id, place, state } of await world.rows()) {
      if (state !== 'invited' || this.should(trainer_id, place) !== 'have it') continue;
      world.later(11 * MINUTE_MS);
      await resendInvitation(world.context, world.token(trainer_id));
      await world.work();
      await acceptInvitation(world.context, world.token(trainer_id), GOOD_PASSWORD);
    }
    await world.work();
  }

  async take(one: Step): Promise<void> {
    const { world } = this;
    const { tool } = world;
    if (world.isDead) world.revive();
    switch (one.type) {
      case 'hire':
        // Nobody is hired on a contract that has ended, and only what began can end.
        if (this.#over.has(one.contract)) return;
        return this.#happens(one.told, this.#hired(one.contract, one.trainer));
      case 'end':
        if (!this.hired.has(one.contract) || this.#over.has(one.contract)) return;
        this.#over.add(one.contract);
        return this.#happens(one.told, this.#ended(one.contract));
      case 'rehire':
        if (!this.#over.delete(one.contract)) return;
        return this.#happens(one.told, this.#hired(one.contract, one.trainer));
      case 'OpenTrain is read':
        return this.#read();
      case 'rehired unheard': {
        const { contract } = one;
        await this.take({ type: 'end', contract, told: false });
        world.later(MINUTE_MS);
        if (!this.#over.delete(contract)) return;
        world.later(MINUTE_MS);
        return this.#read();
      }
      case 'tell':
        return this.#tellOne(one.which, one.again);
      case 'link': {
        const id = `link ${this.links.length}`;
        this.links.push({ id, job: one.job, project: one.project, managed: one.managed, live: true });
        return world.link(id, `job ${one.job}`, one.project, one.managed ? 'MANAGED_ADAPTER' : undefined);
      }
      case 'unlink': {
        const link = this.links[one.link];
        if (!link?.live) return;
        link.live = false;
        return world.unlink(link.id);
      }
      case 'accept':
        return this.#accept(one.trainer);
      case 'made by hand':
        return this.#makeByHand(one);
      case 'promoted': {
        const account = tool.byEmail(mailOf(one.trainer));
        if (!account) return;
        account.privileged = true;
        return this.#leaveAlone(account.email);
      }
      case 'revoke all':
        for (const assignment of await world.activeAssignments()) this.held.add(assignment);
        return this.#try(revokeAll(world.context, 'revoke all'));
      case 'restore revoked':
        this.held.clear();
        await restoreRevoked(world.context, 'restore');
        return;
      case 'disconnect': {
        const install = await currentInstall(world.store.database);
        if (install) await markDisconnected(world.store.database, install.id, 'revoked', world.date);
        return;
      }
      case 'reconnect':
        world.later(1);
        return world.connect({ id: `install at ${world.now}` });
      case 'time passes':
        return world.later(one.minutes * MINUTE_MS);
      case 'converge':
        return this.#try(world.converge('all', { look: one.look }));
      case 'replicas':
        await Promise.all(
          [world.converge(), ...trainers.map((id) => world.converge([id]))].map((run) => this.#try(run)),
        );
        return this.#try(world.work());
      case 'plugin dies':
        return world.dieAt(one.toolCall, one.when);
      case 'call fails':
        return this.#failNext(one.toolCall, one.when);
      case 'during':
        tool.before = async (call) => {
          if (call !== one.toolCall) return;
          tool.before = () => undefined;
          await this.take(one.inner);
        };
    }
  }

  /** A failed convergence is tried again later, and so is what somebody died of; every other error is a defect. */
  async #try(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof ToolUnavailable) && !this.world.isDead) throw error;
    }
  }

  async #accept(person: string): Promise<void> {
    await this.#try(this.world.work());
    const mail = this.world.mails.findLast(({ to, text }) => to === mailOf(person) && text.includes('/invitations/'));
    if (mail) await this.#try(acceptInvitation(this.world.context, this.world.token(person), GOOD_PASSWORD));
  }

  async #makeByHand(one: Extract<Step, { type: 'made by hand' }>): Promise<void> {
    const { trainer: person, places, hasPassword, privileged } = one;
    const email = mailOf(person);
    if (this.world.tool.byEmail(email)) return;
    // Whom others let in after we took them out is others' business: not a case that this account of things decides.
    if ((await this.world.rows(person)).some(({ state }) => state.startsWith('revoked'))) return;
    const given = this.isWhole ? [WHOLE_TOOL] : places;
    this.world.tool.add(email, { places: given, password: hasPassword ? 'their own' : null, privileged });
    this.givenByHand.set(email, given);
    if (privileged) this.#leaveAlone(email);
  }

  #failNext(toolCall: string, when: 'before' | 'midway' | 'after'): void {
    const { tool } = this.world;
    tool[when] = (call) => {
      if (call !== toolCall) return;
      tool[when] = () => undefined;
      throw new ToolUnavailable(`${call} failed`);
    };
  }

  #hired(id: number, person: string): Told {
    const event = this.world.event();
    this.hired.set(id, (this.hired.get(id) ?? new Set()).add(person));
    return {
      id: `hire ${id} ${person}`,
      tell: () => this.world.hire(nameOf(id), jobOf(id), person, mailOf(person), event),
    };
  }

  #ended(id: number): Told {
    const event = this.world.event();
    return { id: `end ${id}`, tell: () => this.world.end(nameOf(id), jobOf(id), event) };
  }

  /** A reconcile reads every contract as it is now, whatever was told. */
  async #read(): Promise<void> {
    const { world } = this;
    world.mustRead = false;
    const read = { at: world.date, eventId: null };
    for (const [id, people] of this.hired) {
      if (this.#over.has(id)) await world.end(nameOf(id), jobOf(id), read);
      else for (const person of people) await world.hire(nameOf(id), jobOf(id), person, mailOf(person), read);
    }
  }

  async #happens(told: boolean, event: Told): Promise<void> {
    if (!told) {
      this.#untold.push(event);
      return;
    }
    this.#told.push(event);
    await event.tell();
  }

  /** A late event comes, out of its order, or one that was told comes again. */
  async #tellOne(which: number, again: boolean): Promise<void> {
    const from = again ? this.#told : this.#untold;
    const event = from[which % Math.max(1, from.length)];
    if (!event) return;
    if (!again) {
      this.#untold = this.#untold.filter((other) => other !== event);
      this.#told.push(event);
    }
    await event.tell();
  }

  async #tellAll(): Promise<void> {
    for (const event of this.#untold.reverse()) await event.tell();
    this.#untold = [];
  }

  /** What the trainer should have, by the contracts and links as they are: computed the simple way, once more. */
  should(person: string, place: string): 'have it' | 'not have it' | "be OpenTrain's business" {
    const mine = [...this.hired].filter(([id, people]) => people.has(person) && !this.#over.has(id));
    const covers = (link: (typeof this.links)[number], id: number): boolean =>
      link.live && link.job === id % 2 && (place === WHOLE_TOOL || link.project === place);
    const free = mine.filter(([id]) => !this.held.has(`${nameOf(id)} ${person}`));
    if (free.some(([id]) => this.links.some((link) => !link.managed && covers(link, id)))) return 'have it';
    return mine.some(([id]) => this.links.some((link) => link.managed && covers(link, id)))
      ? "be OpenTrain's business"
      : 'not have it';
  }
}

function nameOf(contract: number): string {
  return `contract ${contract}`;
}

function jobOf(contract: number): string {
  return `job ${contract % 2}`;
}
