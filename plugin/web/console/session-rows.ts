/** The console's one-time sign-in tickets and its sessions. Only hashes of what people hold are kept. */
import { createHash } from 'node:crypto';
import type { Database } from '../../store/database.ts';

/** `viewer`: looks at every page and changes nothing. */
export type ConsoleRole = 'admin' | 'viewer';

/** Who signed in, and what they may do. */
export interface ConsolePerson {
  role: ConsoleRole;
  /** As the audit log names them: "console link", or "console ada@example.com". */
  actor: string;
}

/** Whoever can run commands where the plugin runs. */
export const LINK_HOLDER: ConsolePerson = { role: 'admin', actor: 'console link' };

interface TicketRow {
  id: string;
  expires_at: number;
  used_at: number | null;
}

export interface ConsoleSessionRow extends ConsolePerson {
  /** The hash of the cookie's value. */
  id: string;
  created_at: number;
  expires_at: number;
  /** The hash of the state that OpenTrain's consent screen is to echo; taken once. */
  connect_state: string | null;
}

/** What is stored in place of a secret that somebody holds. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Keeps a new ticket, and forgets tickets and sessions that ran out. */
export async function addTicket(database: Database, ticket: string, expiresAt: Date, now: Date): Promise<void> {
  await database<TicketRow>('console_tickets').where('expires_at', '<=', now.getTime()).delete();
  await database<ConsoleSessionRow>('console_sessions').where('expires_at', '<=', now.getTime()).delete();
  await database<TicketRow>('console_tickets').insert({ id: hashOf(ticket), expires_at: expiresAt.getTime() });
}

/** Whether the ticket can still be used; changes nothing. */
export async function isTicketOpen(database: Database, ticket: string, now: Date): Promise<boolean> {
  const row = await database<TicketRow>('console_tickets')
    .where({ id: hashOf(ticket) })
    .first();
  return row !== undefined && row.used_at === null && row.expires_at > now.getTime();
}

/** Uses the ticket up. Of two that try, one gets true. */
export async function useTicket(database: Database, ticket: string, now: Date): Promise<boolean> {
  const used = await database<TicketRow>('console_tickets')
    .where({ id: hashOf(ticket) })
    .whereNull('used_at')
    .where('expires_at', '>', now.getTime())
    .update({ used_at: now.getTime() });
  return used > 0;
}

/** Keeps a new session under the hash of its cookie. */
export async function addSession(
  database: Database,
  cookie: string,
  { role, actor }: ConsolePerson,
  { createdAt, expiresAt }: { createdAt: Date; expiresAt: Date },
): Promise<void> {
  await database<ConsoleSessionRow>('console_sessions').insert({
    id: hashOf(cookie),
    created_at: createdAt.getTime(),
    expires_at: expiresAt.getTime(),
    role,
    actor,
  });
}

/** The session of this cookie, if it has not run out. */
export async function findSession(
  database: Database,
  cookie: string,
  now: Date,
): Promise<ConsoleSessionRow | undefined> {
  return database<ConsoleSessionRow>('console_sessions')
    .where({ id: hashOf(cookie) })
    .where('expires_at', '>', now.getTime())
    .first();
}

export async function deleteSession(database: Database, id: string): Promise<void> {
  await database<ConsoleSessionRow>('console_sessions').where({ id }).delete();
}

/** Remembers the state given to OpenTrain's consent screen; an earlier one of this session is void. */
export async function setConnectState(database: Database, sessionId: string, state: string): Promise<void> {
  await database<ConsoleSessionRow>('console_sessions')
    .where({ id: sessionId })
    .update({ connect_state: hashOf(state) });
}

/** Whether this is the state that was given to the consent screen in this session; it is taken, once. */
export async function takeConnectState(database: Database, sessionId: string, state: string): Promise<boolean> {
  const taken = await database<ConsoleSessionRow>('console_sessions')
    .where({ id: sessionId, connect_state: hashOf(state) })
    .update({ connect_state: null });
  return taken > 0;
}
