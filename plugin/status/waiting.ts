/** Work that is due or failing, and deliveries by what came of them. */
import type { PluginContext } from '../context.ts';
import { listItems, type QueueItem } from '../queue/items.ts';
import type { Dependency } from '../queue/outages.ts';
import type { DeliveryRow } from '../webhooks/deliveries.ts';

export interface ItemStatus {
  kind: string;
  key: string;
  /** In words: "access of trainer usr_1". */
  what: string;
  requestedAt: number;
  /** null while it is being done. */
  dueAt: number | null;
  attempts: number;
  error: string | null;
  failingSince: number | null;
  /** What it needs that is down at the moment. */
  waitingFor: Dependency[];
}

export interface DeliveryStatus {
  /** Received in the time that is kept. */
  received: number;
  /** Stored, not yet worked off. */
  due: number;
  failing: number;
}

interface ItemWords {
  words: (key: string) => string;
  needs: readonly Dependency[];
}

/** The same kinds and needs as the handlers have. */
const kinds: Readonly<Record<string, ItemWords>> = {
  access: { words: (key) => `access of trainer ${key}`, needs: ['tool'] },
  'access-all': { words: () => 'access of everybody', needs: ['tool'] },
  'invitation-mail': { words: () => 'mail with an invitation', needs: ['mail'] },
  'end-keys': { words: (key) => `ending older keys to the account of trainer ${key}`, needs: ['tool'] },
  'invite-link': { words: () => 'renewing the tool’s invite link', needs: ['tool'] },
  'new-accounts': { words: () => 'looking for accounts that nobody knows', needs: ['tool'] },
  'password-mail': { words: () => 'mail with a link for a new password', needs: ['mail'] },
  participants: { words: (key) => `trainers of contract ${key}`, needs: ['opentrain'] },
  reconcile: { words: () => 'comparing everything with OpenTrain', needs: ['opentrain'] },
  endpoint: { words: () => 'looking after the webhook endpoint', needs: ['opentrain'] },
  'endpoint-retire': { words: (key) => `retiring webhook endpoint ${key}`, needs: ['opentrain'] },
  usage: { words: (key) => `usage of contract ${key}`, needs: ['opentrain', 'tool'] },
  sync: { words: (key) => `${key} usage of all contracts`, needs: ['opentrain', 'tool'] },
  budget: { words: (key) => `budget of contract ${key}`, needs: ['opentrain'] },
  notice: { words: (key) => `budget notice on project ${key}`, needs: ['tool'] },
  'budget-mail': { words: (key) => `mail about the budget of contract ${key.split(':')[0]}`, needs: ['mail'] },
  report: { words: (key) => `mail with the report of ${key}`, needs: ['mail'] },
};

/** What this kind of work needs. */
export function needsOf(kind: string): readonly Dependency[] {
  return kinds[kind]?.needs ?? [];
}

/** What a piece of work is, in words an admin would use. */
export function itemWords(kind: string, key: string): string {
  return kinds[kind]?.words(key) ?? `${kind} ${key}`;
}

/** All work, failing first, then by when it is due. `down`: what does not answer at the moment. */
export async function readQueue(context: PluginContext, down: readonly Dependency[]): Promise<ItemStatus[]> {
  return (await listItems(context.database)).map((row) => itemStatus(row, down));
}

function itemStatus(row: QueueItem, down: readonly Dependency[]): ItemStatus {
  return {
    kind: row.kind,
    key: row.key,
    what: itemWords(row.kind, row.key),
    requestedAt: row.requested_at,
    dueAt: row.due_at,
    attempts: row.attempts,
    error: row.last_error,
    failingSince: row.failing_since,
    waitingFor: needsOf(row.kind).filter((dependency) => down.includes(dependency)),
  };
}

/** How many deliveries there are, by what came of them. */
export async function readDeliveries({ database }: PluginContext): Promise<DeliveryStatus> {
  const deliveries = () => database<DeliveryRow>('deliveries').count({ rows: '*' });
  const [all, due, failing] = [
    await deliveries().first(),
    await deliveries().whereNull('finished_at').whereNull('failing_since').first(),
    await deliveries().whereNull('finished_at').whereNotNull('failing_since').first(),
  ];
  return { received: Number(all?.rows), due: Number(due?.rows), failing: Number(failing?.rows) };
}
