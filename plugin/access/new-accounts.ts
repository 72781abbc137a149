/**
 * Accounts that joined the tool since the plugin's first start and belong to no contract and no confirmed colleague. In some tools
 * every member can make accounts, and keeps them when their own ends.
 */
import type { JoinedAccount, Reach } from '../../adapters/tool.ts';
import { type AuditRow, recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { trainersByAccount } from '../mirror/trainers.ts';
import type { Database } from '../store/database.ts';
import { firstStart } from './first-start.ts';

export interface NewAccountRow {
  tool_user_id: string;
  /** The e-mail address or the sign-in name; the id where the tool tells neither. */
  name: string;
  joined_at: number;
  /** Ids of the trainers who had access when it was made, separated by blanks. */
  suspects: string;
}

/** What the last look at the tool found, oldest first. */
export async function knownNewAccounts(database: Database): Promise<NewAccountRow[]> {
  return database<NewAccountRow>('new_accounts').select('*').orderBy(['joined_at', 'tool_user_id']);
}

/** Looks at the tool, and keeps what it finds. Returns null where the tool does not tell. Throws what the adapter throws. */
export async function lookForNewAccounts(context: PluginContext): Promise<NewAccountRow[] | null> {
  const { database } = context;
  const joined = (await context.tool.listJoined?.(await firstStart(context))) ?? null;
  const unknown = await unknownOf(database, joined ?? []);
  const rows = unknown.map((account): Omit<NewAccountRow, 'suspects'> => {
    const { toolUserId, email, signInName, joinedAt } = account;
    return { tool_user_id: toolUserId, name: email ?? signInName ?? toolUserId, joined_at: joinedAt.getTime() };
  });
  const suspects = rows.length === 0 ? () => [] : await suspectsIn(database);
  const found = rows.map((row) => ({ ...row, suspects: suspects(row.joined_at).join(' ') }));
  await database.transaction(async (transaction) => {
    await transaction('new_accounts').delete();
    if (found.length > 0) await transaction.batchInsert('new_accounts', found, 100);
  });
  return joined === null ? null : found;
}

async function unknownOf(database: Database, joined: readonly JoinedAccount[]): Promise<JoinedAccount[]> {
  const ids = joined.map(({ toolUserId }) => toolUserId);
  const owners = await trainersByAccount(database, ids);
  const colleagues: string[] = await database('colleagues').whereIn('tool_user_id', ids).pluck('tool_user_id');
  return joined.filter(({ toolUserId, privileged, closed, places }) => {
    const isOut = closed === true || (closed === null && places.length === 0);
    return !privileged && !isOut && !owners.has(toolUserId) && !colleagues.includes(toolUserId);
  });
}

/** Who had access at a time, by the audit log: from then on they could make accounts. */
async function suspectsIn(database: Database): Promise<(at: number) => string[]> {
  const rows: Pick<AuditRow, 'at' | 'trainer_id' | 'place' | 'after'>[] = await database<AuditRow>('audit_log')
    .whereNotNull('trainer_id')
    .whereNotNull('place')
    .orderBy('id')
    .select('at', 'trainer_id', 'place', 'after');
  return (at) => {
    const last = new Map<string, { trainer: string; state: string | null }>();
    for (const row of rows) {
      if (row.at > at || row.trainer_id === null) continue;
      last.set(JSON.stringify([row.trainer_id, row.place]), { trainer: row.trainer_id, state: row.after });
    }
    const had = [...last.values()].filter(({ state }) => state === 'active' || state === 'revoked-partial');
    return [...new Set(had.map(({ trainer }) => trainer))].sort();
  };
}

/** Closes an account that nobody knows: what it still reaches, as the tool tells. Throws {@link AdminError} for any other. */
export async function closeNewAccount(context: PluginContext, toolUserId: string, cause: string): Promise<Reach[]> {
  const row = await mustBeNew(context, toolUserId);
  const { tool, database, clock } = context;
  const [account] = await tool.findAccounts([{ toolUserId, email: row.name }]);
  const { capabilities } = await context.describeTool();
  if (capabilities.endKeys) await tool.endKeys({ toolUserId });
  const places = account?.places ?? [];
  const reaches = await tool.revoke({ toolUserId, email: row.name, places, closeAccount: true });
  const left = reaches.length === 0 ? '' : `; can still: ${reaches.map(({ what }) => what).join('; ')}`;
  const detail = `account ${toolUserId} of the tool (${row.name}), which nobody knew${left}`;
  await recordAudit(database, { at: clock.now(), cause, action: 'close-account', detail });
  await lookForNewAccounts(context);
  return reaches;
}

/** From now on this account is known as a colleague's. Throws {@link AdminError} when it is not one that nobody knows. */
export async function confirmColleague(context: PluginContext, toolUserId: string, cause: string): Promise<void> {
  const { name } = await mustBeNew(context, toolUserId);
  const { database, clock } = context;
  await database.transaction(async (transaction) => {
    const row = { tool_user_id: toolUserId, confirmed_at: clock.now().getTime(), cause };
    await transaction('colleagues').insert(row).onConflict('tool_user_id').ignore();
    await transaction('new_accounts').where({ tool_user_id: toolUserId }).delete();
    const detail = `account ${toolUserId} of the tool (${name}) is a colleague’s`;
    await recordAudit(transaction, { at: clock.now(), cause, action: 'confirm-colleague', detail });
  });
}

async function mustBeNew(context: PluginContext, toolUserId: string): Promise<NewAccountRow> {
  const row = (await lookForNewAccounts(context))?.find((known) => known.tool_user_id === toolUserId);
  if (row) return row;
  throw new AdminError(
    `Account ${toolUserId} is none of the accounts that nobody knows.`,
    '`opentrain-plugin accounts` lists them. What belongs to a trainer or a colleague is not changed this way.',
  );
}
