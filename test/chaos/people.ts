/** The trainers: they accept their invitation on our page when its mail comes, and label for as long as the tool lets them. */
import type { ParsedMail } from 'mailparser';
import PQueue from 'p-queue';
import type { LocalPeople, LocalTrainer } from '../../adapters/local-tool.ts';
import { type Mailbox, recipients } from '../../plugin/dev/demo/mailbox.ts';

const PASSWORD = 'seven purple lanterns';
const PAGE_PATIENCE_MS = 8_000;
const FIRST_TRY_AGAIN_MS = 1_000;
const LONGEST_TRY_AGAIN_MS = 8_000;
/** What a run is about is not how many sign-ups at once the tool bears. */
const ACCEPTING_AT_ONCE = 8;

export interface PeopleCounts {
  accepted: number;
  labels: number;
  /** The tool refused to let somebody sign in or label. */
  turnedAway: number;
}

export class People {
  readonly counts: PeopleCounts = { accepted: 0, labels: 0, turnedAway: 0 };
  /** Labels that the tool took, by "e-mail project". */
  readonly labels = new Map<string, number>();
  readonly #tool: LocalPeople;
  readonly #mailbox: Mailbox;
  readonly #pluginUrl: string;
  readonly #projectsOf: (email: string) => readonly string[];
  readonly #accepting = new Set<Promise<void>>();
  readonly #places = new PQueue({ concurrency: ACCEPTING_AT_ONCE });
  readonly #latest = new Map<string, string>();
  /** Links that were closed when their owners had no contract (any more), or got in without them. */
  readonly #laidAside = new Map<string, string>();
  readonly #sessions = new Map<string, LocalTrainer>();
  #readMails = 0;
  #stopped = false;

  constructor(parts: {
    tool: LocalPeople;
    mailbox: Mailbox;
    pluginUrl: string;
    /** Those of the contracts that run on OpenTrain at this moment. */
    projectsOf: (email: string) => readonly string[];
  }) {
    const { tool, mailbox, pluginUrl, projectsOf } = parts;
    this.#projectsOf = projectsOf;
    this.#tool = tool;
    this.#mailbox = mailbox;
    this.#pluginUrl = pluginUrl;
  }

  /** Reads new mail; whoever finds an invitation begins to accept it, in place of an older one. */
  readMail(): void {
    for (const mail of this.#mailbox.mails.slice(this.#readMails)) {
      this.#readMails += 1;
      const urls = (mail.text ?? '').match(/https?:\/\/\S+/g) ?? [];
      const link = urls.find((url) => url.startsWith(`${this.#pluginUrl}/invitations/`));
      const [email] = recipients(mail);
      if (!link || !email || this.#latest.get(email) === link) continue;
      this.#latest.set(email, link);
      this.#laidAside.delete(email);
      this.#begin(link, email);
    }
  }

  /**
   * Whoever laid a link aside tries it again when there is work for them that they do not get into: the plugin may have heard of an
   * end since, and taken back what an acceptance that was cut off had given.
   */
  async tryLaidAside(emails: readonly string[] = [...this.#laidAside.keys()]): Promise<void> {
    for (const email of emails) {
      const link = this.#laidAside.get(email);
      if (!link || this.#projectsOf(email).length === 0 || (await this.#getsIn(email))) continue;
      if (this.#laidAside.delete(email)) this.#begin(link, email);
    }
  }

  #begin(link: string, email: string): void {
    const accepting = this.#accept(link, email).finally(() => this.#accepting.delete(accepting));
    this.#accepting.add(accepting);
  }

  /** Nobody is trying to accept an invitation at the moment, and all mail was read. */
  get isIdle(): boolean {
    return this.#accepting.size === 0 && this.#readMails === this.#mailbox.mails.length;
  }

  stop(): void {
    this.#stopped = true;
  }

  /**
   * Tries until the page says that it is done. A link that is closed is tried again, as people do, for as long as there is
   * work for them that they do not get into: the answer to an earlier try may have been lost. Else it is laid aside: whoever is
   * hired again before OpenTrain could tell of the end in between gets no new mail.
   */
  async #accept(link: string, email: string): Promise<void> {
    for (let tries = 0; !this.#stopped && this.#latest.get(email) === link; tries += 1) {
      const outcome = await this.#places.add(() => this.#tryToAccept(link, email).catch(() => 'try again' as const));
      if (outcome === 'accepted') this.counts.accepted += 1;
      if (outcome === 'accepted') return;
      if (outcome === 'closed' && (this.#projectsOf(email).length === 0 || (await this.#getsIn(email)))) {
        if (this.#latest.get(email) === link) this.#laidAside.set(email, link);
        return;
      }
      const wait = Math.min(LONGEST_TRY_AGAIN_MS, FIRST_TRY_AGAIN_MS * 2 ** tries);
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  async #tryToAccept(link: string, email: string): Promise<'accepted' | 'closed' | 'try again'> {
    const headers = { 'X-Forwarded-For': addressOf(email) };
    const signal = AbortSignal.timeout(PAGE_PATIENCE_MS);
    const page = await fetch(link, { headers, signal });
    if (page.status >= 500 || page.status === 429) return 'try again';
    const html = await page.text();
    const form = /name="form" value="([^"]*)"/.exec(html)?.[1];
    if (!form) return 'closed';
    const answer = await fetch(link, {
      method: 'POST',
      headers,
      signal,
      body: new URLSearchParams({ form, password: PASSWORD }),
    });
    if (answer.ok) return 'accepted';
    return answer.status === 410 || answer.status === 404 ? 'closed' : 'try again';
  }

  /** An account that was cut off in its making can be signed in to, and is in nothing. */
  async #getsIn(email: string): Promise<boolean> {
    const session = await this.#signInIfPossible(email);
    for (const projectId of session ? this.#projectsOf(email) : []) {
      const reached = await session?.reaches(projectId).catch(() => []);
      if (reached && reached.length > 0) return true;
    }
    return false;
  }

  /** Somebody labels one task of a project, if the tool lets them. */
  async label(email: string, projectId: string): Promise<void> {
    const session = this.#sessions.get(email) ?? (await this.#signInIfPossible(email));
    const isDone = await session?.annotate(projectId, { seconds: 5 + (this.counts.labels % 50) }).then(
      () => true,
      () => false,
    );
    if (!session || !isDone) {
      this.#sessions.delete(email);
      this.counts.turnedAway += 1;
      await this.tryLaidAside([email]);
      return;
    }
    this.#sessions.set(email, session);
    const key = `${email} ${projectId}`;
    this.labels.set(key, (this.labels.get(key) ?? 0) + 1);
    this.counts.labels += 1;
  }

  /** null too when the tool does not answer: it may be overloaded. */
  #signInIfPossible(email: string): Promise<LocalTrainer | null> {
    return this.signIn(email).catch(() => null);
  }

  /** Signs in to the tool with the password that everybody chooses; null when the tool refuses. */
  signIn(email: string): Promise<LocalTrainer | null> {
    return this.#tool.signIn({ email, password: PASSWORD });
  }
}

/** Everybody has an address of their own. */
function addressOf(email: string): string {
  let sum = 0;
  for (const character of email) sum = (sum * 31 + character.charCodeAt(0)) % 16_000_000;
  return `10.${Math.floor(sum / 65_536) % 256}.${Math.floor(sum / 256) % 256}.${sum % 256}`;
}

/** The Message-ID tells invitations apart: a mail that was sent twice because we died in between has the same one. */
export function invitationIdOf(mail: ParsedMail): string | null {
  return /<invitation-([^@>]+)@/.exec(mail.messageId ?? '')?.[1] ?? null;
}

/** Whether it is an invitation to accept, rather than a mail that only tells of access to a known account. */
export function hasInvitationLink(mail: ParsedMail): boolean {
  return /https?:\/\/\S+\/invitations\/\S+/.test(mail.text ?? '');
}
