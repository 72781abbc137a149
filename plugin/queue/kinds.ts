/**
 * Every kind of queue item, declared once: marking, handling, `status`, the console and `retry` read this table.
 *
 * | group    | taken                                                                        |
 * |----------|------------------------------------------------------------------------------|
 * | access   | at once: who is let in or removed waits for nothing else                      |
 * | ordinary | at once                                                                      |
 * | count    | when no item of the group `access` is under way or could be done, and no backlog of deliveries may bring one |
 */
import { z } from 'zod';
import type { Dependency } from './outages.ts';

export type Group = 'access' | 'ordinary' | 'count';

/** What holds for every item of one kind; `Detail` is what {@link markDue} takes and the handler is given. */
export interface QueueKind<Detail = unknown> {
  /** What an item needs: while one of them is down, it waits. */
  needs: readonly Dependency[];
  /** How many runs of this kind one process has at once. */
  atOnce: number;
  /** So many due items at most are one run, which reads once for all of them; one when absent. */
  together?: number;
  group: Group;
  /** An item that takes longer is aborted, fails, and frees its place. */
  timeLimitMs: number;
  /** What the item is, in words an admin would use. */
  words: (key: string) => string;
  /** What is stored with the item as JSON. */
  detail: z.ZodType<Detail>;
}

const MINUTE_MS = 60_000;
const MAIL_LIMIT_MS = 5 * MINUTE_MS;
const LIMIT_MS = 15 * MINUTE_MS;
/** Whole contracts of many trainers are counted and submitted in this time at the latest. */
const LONGEST_SYNC_MS = 180 * MINUTE_MS;

/** What asked for it: "event 1042 (contract.ended)", "timer", "start". For the log and the audit log. */
const caused = z.object({ cause: z.string() });
const none = z.object({});
/** After `until` (epoch ms) nobody is told any more: what is still so is due anew. Absent where an earlier version marked it. */
const alerted = z.object({ what: z.string(), remedy: z.string(), until: z.number().optional() });

const declared = {
  endpoint: {
    needs: ['opentrain'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'check of the webhook endpoint',
    detail: caused,
  },
  'endpoint-retire': {
    needs: ['opentrain'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: (key) => `removal of the old webhook endpoint ${key}`,
    detail: none,
  },
  'try-token': {
    needs: ['opentrain'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'a last try of the token that OpenTrain says is revoked',
    detail: caused,
  },
  reconcile: {
    needs: ['opentrain'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: 4 * LIMIT_MS,
    words: () => 'comparison of everything with OpenTrain',
    detail: caused,
  },
  participants: {
    needs: ['opentrain'],
    atOnce: 4,
    group: 'access',
    timeLimitMs: LIMIT_MS,
    words: (key) => `trainers of contract ${key}`,
    detail: caused,
  },
  access: {
    needs: ['tool'],
    atOnce: 4,
    together: 25,
    group: 'access',
    timeLimitMs: LIMIT_MS,
    words: (key) => `access of trainer ${key}`,
    detail: caused,
  },
  'access-all': {
    needs: ['tool'],
    atOnce: 1,
    group: 'access',
    timeLimitMs: 4 * LIMIT_MS,
    words: () => 'access of everybody',
    detail: caused,
  },
  'end-keys': {
    needs: ['tool'],
    atOnce: 4,
    group: 'access',
    timeLimitMs: LIMIT_MS,
    words: (key) => `ending older keys to the account of trainer ${key}`,
    detail: none,
  },
  links: {
    needs: ['tool'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'asking the tool about linked projects',
    detail: caused,
  },
  'invite-link': {
    needs: ['tool'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'renewing the tool’s invite link',
    detail: caused,
  },
  'new-accounts': {
    needs: ['tool'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'looking for accounts that nobody knows',
    detail: caused,
  },
  'invitation-mail': {
    needs: ['mail'],
    atOnce: 4,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: () => 'mail with an invitation',
    detail: none,
  },
  alerts: {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'marking alerts as due',
    detail: caused,
  },
  'alert-mail': {
    needs: ['mail'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: (key) => `mail with an alert about ${key}`,
    detail: alerted,
  },
  'alert-webhook': {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: (key) => `alert to the webhook about ${key}`,
    detail: alerted,
  },
  reminders: {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'marking reminders of invitations as due',
    detail: caused,
  },
  reminder: {
    needs: ['mail'],
    atOnce: 4,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: () => 'mail with a reminder of an invitation',
    detail: none,
  },
  'password-mail': {
    needs: ['mail'],
    atOnce: 4,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: () => 'mail with a link for a new password',
    detail: none,
  },
  usage: {
    needs: ['opentrain', 'tool'],
    atOnce: 2,
    together: 25,
    group: 'count',
    timeLimitMs: 4 * LIMIT_MS,
    words: (key) => `usage of contract ${key}`,
    detail: caused,
  },
  sync: {
    needs: ['opentrain', 'tool'],
    atOnce: 1,
    group: 'count',
    timeLimitMs: LONGEST_SYNC_MS,
    words: (key) => `${key} usage of all contracts`,
    detail: caused,
  },
  budget: {
    needs: ['opentrain'],
    atOnce: 2,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: (key) => `budget of contract ${key}`,
    detail: z.object({ source: z.string() }),
  },
  notice: {
    needs: ['tool'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: (key) => `budget notice on project ${key}`,
    detail: none,
  },
  'budget-mail': {
    needs: ['mail'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: (key) => `mail about the budget of contract ${key.split(':')[0]}`,
    detail: none,
  },
  report: {
    needs: ['mail'],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: (key) => `mail with the report of ${key}`,
    detail: caused,
  },
  budgets: {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'marking this minute’s budgets as due',
    detail: caused,
  },
  'missed-night': {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'check for a night without a count',
    detail: caused,
  },
  silence: {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: LIMIT_MS,
    words: () => 'check whether deliveries still arrive',
    detail: caused,
  },
  'contract-ended-mail': {
    needs: ['mail'],
    atOnce: 2,
    group: 'ordinary',
    timeLimitMs: MAIL_LIMIT_MS,
    words: (key) => `mail about the end of contract ${key}`,
    detail: none,
  },
  'console-run': {
    needs: [],
    atOnce: 2,
    group: 'ordinary',
    timeLimitMs: LONGEST_SYNC_MS,
    words: () => 'what an admin asked for in the console',
    detail: none,
  },
  pruning: {
    needs: [],
    atOnce: 1,
    group: 'ordinary',
    timeLimitMs: 4 * LIMIT_MS,
    words: () => 'deletion of what is past its age',
    detail: caused,
  },
} as const satisfies Record<string, QueueKind>;

export type Kind = keyof typeof declared;

/** What is stored with an item of this kind. */
export type DetailOf<K extends Kind> = z.output<(typeof declared)[K]['detail']>;

/** The kinds of which several items are one run. */
export type GroupedKind = { [K in Kind]: (typeof declared)[K] extends { together: number } ? K : never }[Kind];

/** The kinds whose detail is only what asked for it: a timer or a start can mark them. */
export type CausedKind = { [K in Kind]: DetailOf<K> extends { cause: string } ? K : never }[Kind];

export const kinds: { readonly [K in Kind]: QueueKind<DetailOf<K>> } = declared;

/** Whether this version knows the kind: the store may hold items that a newer version marked. */
export function isKind(name: string): name is Kind {
  return Object.hasOwn(kinds, name);
}

/** What an item is, in words an admin would use. */
export function itemWords(kind: string, key: string): string {
  return isKind(kind) ? kinds[kind].words(key) : `item ${key} of the unknown kind “${kind}”`;
}

/** What an item of this kind needs. */
export function needsOf(kind: string): readonly Dependency[] {
  return isKind(kind) ? kinds[kind].needs : [];
}
