/** Which database of the tool is ours: the signs that we know it by, and the admin's word when another one takes its place. */
import { ToolError } from '../../adapters/errors.ts';
import type { DatabaseSign, ToolAdapter } from '../../adapters/tool.ts';
import { recordAudit } from '../audit/audit-log.ts';
import type { Clock } from '../clock.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { findTrainers, forgetToolUserIds, type KnownAccount, setToolUserId } from '../mirror/trainers.ts';
import { markDue } from '../queue/items.ts';
import type { Database } from '../store/database.ts';
import { accessRows, saveAccess } from './access-rows.ts';
import { newSigns, type Recognition, recognise } from './recognise.ts';

interface SignRow {
  kind: DatabaseSign['kind'];
  sign_id: string;
  created_at: number;
}

interface OtherRow {
  id: 1;
  since: number;
  /** In words: what the other database shows. */
  found: string;
}

/** Another database than the known one. */
export interface OtherDatabase {
  since: number;
  found: string;
}

export const OTHER_DATABASE =
  'The tool’s database is another one than before: nothing is counted, and nobody is let in or removed.';
export const OTHER_DATABASE_REMEDY =
  'If TOOL_DATABASE_URL or the tool changed by mistake, set it back: work goes on by itself. If this is the right database from now on, confirm it with `opentrain-plugin sync --accept-database`, or in the console under Usage → Held.';

/** Thrown instead of counting, or of changing anybody's access, in a database that nobody confirmed. */
export class AnotherDatabase extends AdminError {
  override name = 'AnotherDatabase';
  constructor() {
    super(OTHER_DATABASE, OTHER_DATABASE_REMEDY);
  }
}

/** Since when another database is in the place of ours, as last seen; null while it is ours. */
export async function otherDatabase(database: Database): Promise<OtherDatabase | null> {
  return (await database<OtherRow>('other_tool_database').first()) ?? null;
}

/** The signs that the database is known by. */
export async function keptSigns(database: Database): Promise<DatabaseSign[]> {
  const rows = await database<SignRow>('tool_database_signs').select('*');
  return rows.map(({ kind, sign_id, created_at }) => ({ kind, id: sign_id, createdAt: new Date(created_at) }));
}

type Parts = { database: Database; clock: Clock };

/** Looks at the tool's database, keeps what is new, and records when it is another one. Throws what the adapter throws. */
export async function lookAtDatabase(tool: ToolAdapter, { database, clock }: Parts): Promise<Recognition> {
  const found = (await tool.readSigns?.()) ?? null;
  const kept = await keptSigns(database);
  const recognition = recognise(kept, found);
  if (found === null) return recognition;
  const other = await otherDatabase(database);
  if (recognition === 'another') {
    if (!other) await recordOther(database, found, clock.now());
    return recognition;
  }
  await keep(database, newSigns(kept, found));
  if (other) await database('other_tool_database').delete();
  return recognition;
}

/** Throws {@link AnotherDatabase} when it is another one; a database that cannot be read is what it was last seen to be. */
export async function insistOnOurDatabase(tool: ToolAdapter, parts: Parts, mustRead: boolean): Promise<void> {
  let recognition: Recognition = 'not-told';
  try {
    recognition = await lookAtDatabase(tool, parts);
  } catch (error) {
    if (mustRead || !(error instanceof ToolError)) throw error;
  }
  if (recognition === 'another' || (recognition === 'not-told' && (await otherDatabase(parts.database)))) {
    throw new AnotherDatabase();
  }
}

/**
 * From now on the database that is there is ours. Trainers' accounts are known by their ids, which mean other people in another
 * database: all are forgotten, but for those that have the trainer's Work Email there. A removal that was recorded says nothing of this
 * database: whoever is open in it is removed anew. Everything is counted anew; what that would take away is held. Throws
 * {@link AdminError} when the database is the known one.
 */
export async function acceptDatabase(context: PluginContext, cause: string): Promise<OtherDatabase> {
  const { database, clock, tool } = context;
  const signs = (await tool.readSigns?.()) ?? [];
  const { other, accounts } = await database.transaction(async (transaction) => {
    const confirmed = await otherDatabase(transaction);
    if (!confirmed) throw new AdminError('The tool’s database is the known one.', 'There is nothing to confirm.');
    await transaction('tool_database_signs').delete();
    await keep(transaction, signs);
    await transaction('other_tool_database').delete();
    const forgotten = await forgetToolUserIds(transaction);
    const detail = `${confirmed.found}; ${forgotten.length} trainers’ accounts are looked for anew`;
    await recordAudit(transaction, { at: clock.now(), cause, action: 'accept-database', detail });
    return { other: confirmed, accounts: forgotten };
  });
  await rememberSameAccounts(context, accounts);
  await recordWhoIsStillIn(context);
  await markDue(database, { kind: 'access-all', key: 'all', detail: { cause } }, clock.now());
  await markDue(database, { kind: 'sync', key: 'whole', detail: { cause } }, clock.now());
  return other;
}

async function rememberSameAccounts({ database, tool }: PluginContext, known: readonly KnownAccount[]): Promise<void> {
  const people = known.map(({ toolUserId, workEmail }) => ({ toolUserId, email: workEmail ?? '' }));
  const found = new Map((await tool.findAccounts(people)).map((account) => [account.toolUserId, account]));
  for (const { trainerId, toolUserId, workEmail } of known) {
    const email = found.get(toolUserId)?.email;
    if (email && email === workEmail) await setToolUserId(database, trainerId, toolUserId);
  }
}

/** Those whom the record calls removed and whose accounts are open here are recorded as active: the next convergence removes them. */
async function recordWhoIsStillIn({ database, clock, tool }: PluginContext): Promise<void> {
  const removed = (await accessRows(database)).filter(
    ({ state }) => state === 'revoked' || state === 'revoked-partial',
  );
  const trainers = await findTrainers(database, [...new Set(removed.map(({ trainer_id }) => trainer_id))]);
  const people = trainers.flatMap(({ tool_user_id, work_email }) =>
    work_email === null ? [] : [{ toolUserId: tool_user_id, email: work_email }],
  );
  const open = (await tool.findAccounts(people)).filter(({ closed, privileged }) => closed === false && !privileged);
  const addresses = new Set(open.flatMap(({ email }) => email ?? []));
  const stillIn = new Set(trainers.filter(({ work_email }) => addresses.has(work_email ?? '')).map(({ id }) => id));
  for (const row of removed.filter(({ trainer_id }) => stillIn.has(trainer_id))) {
    const since = clock.now().getTime();
    await saveAccess(database, { ...row, state: 'active', reason: null, remedy: null, since });
  }
}

async function keep(database: Database, signs: readonly DatabaseSign[]): Promise<void> {
  const rows = signs.map(({ kind, id, createdAt }) => ({ kind, sign_id: id, created_at: createdAt.getTime() }));
  for (let start = 0; start < rows.length; start += 200) {
    const some = rows.slice(start, start + 200);
    await database<SignRow>('tool_database_signs').insert(some).onConflict(['kind', 'sign_id', 'created_at']).ignore();
  }
}

async function recordOther(database: Database, signs: readonly DatabaseSign[], now: Date): Promise<void> {
  const found = wordsOf(signs);
  await database.transaction(async (transaction) => {
    await transaction<OtherRow>('other_tool_database')
      .insert({ id: 1, since: now.getTime(), found })
      .onConflict('id')
      .ignore();
    await recordAudit(transaction, {
      at: now,
      cause: 'comparison of the database',
      action: 'other-database',
      detail: found,
    });
  });
}

/** "organization 1 of 2026-01-05, account 1 of 2026-01-05, 3 projects". */
function wordsOf(signs: readonly DatabaseSign[]): string {
  const named = signs.filter(({ kind }) => kind !== 'project');
  const projects = signs.length - named.length;
  const words = named.map(({ kind, id, createdAt }) => `${kind} ${id} of ${createdAt.toISOString().slice(0, 16)}Z`);
  return [...words, `${projects} ${projects === 1 ? 'project' : 'projects'}`].join(', ');
}
