/** The trainers: they accept their invitation on our page when its mail comes, and label for as long as the tool lets them. */
import { DatabaseSync } from 'node:sqlite';
import type { ParsedMail } from 'mailparser';
import { z } from 'zod';
import type { LocalTool } from '../../adapters/tool.ts';
import { type Mailbox, recipients } from '../../plugin/demo/mailbox.ts';

export const PASSWORD = 'seven purple lanterns';
const PAGE_PATIENCE_MS = 8_000;
const TRY_AGAIN_MS = 1_000;

export interface PeopleCounts {
  accepted: number;
  labels: number;
  /** The tool refused to let somebody sign in or label. */
  turnedAway: number;
}

export class People {
  readonly counts: PeopleCounts = { accepted: 0, labels: 0, turnedAway: 0 };
  readonly #tool: LocalTool;
  readonly #mailbox: Mailbox;
  readonly #pluginUrl: string;
  readonly #isUnderContract: (email: string) => boolean;
  readonly #accepting = new Set<Promise<void>>();
  readonly #latest = new Map<string, string>();
  #readMails = 0;
  #nextTask = new Map<string, number>();
  #stopped = false;

  constructor(parts: {
    tool: LocalTool;
    mailbox: Mailbox;
    pluginUrl: string;
    isUnderContract: (email: string) => boolean;
  }) {
    const { tool, mailbox, pluginUrl, isUnderContract } = parts;
    this.#isUnderContract = isUnderContract;
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
      const accepting = this.#accept(link, email).finally(() => this.#accepting.delete(accepting));
      this.#accepting.add(accepting);
    }
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
   * work for them that they do not get into: the answer to an earlier try may have been lost.
   */
  async #accept(link: string, email: string): Promise<void> {
    while (!this.#stopped && this.#latest.get(email) === link) {
      const outcome = await this.#tryToAccept(link, email).catch(() => 'try again' as const);
      if (outcome === 'accepted') this.counts.accepted += 1;
      if (outcome === 'accepted') return;
      if (outcome === 'closed' && (!this.#isUnderContract(email) || (await this.#signIn(email)))) return;
      await new Promise((done) => setTimeout(done, TRY_AGAIN_MS));
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

  /** Somebody labels one task of a project, if the tool lets them. */
  async label(email: string, projectId: string): Promise<void> {
    const session = await this.#signIn(email);
    if (!session) {
      this.counts.turnedAway += 1;
      return;
    }
    const key = `${email} ${projectId}`;
    const number = this.#nextTask.get(key) ?? 0;
    const answer = await this.#post(
      `/api/projects/${projectId}/tasks/${number}/annotations`,
      { seconds: 5 + (number % 50), skip: false },
      session,
    );
    if (!answer.ok) {
      this.counts.turnedAway += 1;
      return;
    }
    this.#nextTask.set(key, number + 1);
    this.counts.labels += 1;
  }

  async #signIn(email: string): Promise<string | null> {
    const answer = await this.#post('/api/sign-in', { email, password: PASSWORD });
    return answer.ok ? z.object({ token: z.string() }).parse(await answer.json()).token : null;
  }

  #post(path: string, body: unknown, session = ''): Promise<Response> {
    return fetch(`${this.#tool.baseUrl}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${session}` },
      body: JSON.stringify(body),
    });
  }
}

/** Everybody has an address of their own. */
function addressOf(email: string): string {
  let sum = 0;
  for (const character of email) sum = (sum * 31 + character.charCodeAt(0)) % 16_000_000;
  return `10.${Math.floor(sum / 65_536) % 256}.${Math.floor(sum / 256) % 256}.${sum % 256}`;
}

export interface ToolTruth {
  /** By e-mail: the projects, and whether the account may sign in. */
  accounts: Map<string, { projects: string[]; isClosed: boolean }>;
  /** Annotations by "e-mail project". */
  labels: Map<string, number>;
}

/** What the tool's own database says. */
export function readTool(tool: LocalTool): ToolTruth {
  const database = new DatabaseSync(tool.databaseUrl.replace(/^sqlite:/, ''), { readOnly: true });
  try {
    const accounts = z.array(z.object({ email: z.string(), is_closed: z.number(), projects: z.string() })).parse(
      database
        .prepare(
          `SELECT email, is_closed, (SELECT coalesce(group_concat(project_id), '') FROM member WHERE account_id = account.id) AS projects
             FROM account WHERE NOT is_admin`,
        )
        .all(),
    );
    const labels = z.array(z.object({ email: z.string(), project_id: z.number(), labels: z.number() })).parse(
      database
        .prepare(
          `SELECT email, project_id, count(*) AS labels FROM annotation JOIN task ON task.id = task_id
             JOIN account ON account.id = account_id WHERE NOT is_skipped GROUP BY email, project_id`,
        )
        .all(),
    );
    return {
      accounts: new Map(
        accounts.map(({ email, is_closed, projects }) => [
          email,
          { projects: projects === '' ? [] : projects.split(',').sort(), isClosed: is_closed === 1 },
        ]),
      ),
      labels: new Map(labels.map((row) => [`${row.email} ${row.project_id}`, row.labels])),
    };
  } finally {
    database.close();
  }
}

/** The Message-ID tells invitations apart: a mail that was sent twice because we died in between has the same one. */
export function invitationIdOf(mail: ParsedMail): string | null {
  return /<invitation-([^@>]+)@/.exec(mail.messageId ?? '')?.[1] ?? null;
}

/** Whether it is an invitation to accept, rather than a mail that only tells of access to a known account. */
export function hasInvitationLink(mail: ParsedMail): boolean {
  return /https?:\/\/\S+\/invitations\/\S+/.test(mail.text ?? '');
}
