/** Contracts and who works under them. */
import { isOneOf, listParameter } from '../../adapters/sql/value-list.ts';
import type { Contract } from '../platform/types.ts';
import { inChunks } from '../store/chunks.ts';
import { type Database, isSqlite } from '../store/database.ts';
import { type ContractStatus, type Evidence, judge, type KnownState } from './newer.ts';

export interface ContractRow {
  id: string;
  job_id: string;
  status: ContractStatus;
  title: string | null;
  start_date: string | null;
  end_date: string | null;
  created_at: number;
  /** The newest event that was applied. */
  event_id: string | null;
  /** OpenTrain's time of the evidence for `status`. */
  state_at: number;
  /** OpenTrain's time at which the last read that told `status` began; null: none did. */
  read_at: number | null;
  participants_read_at: number | null;
  /** When we learnt of the end. */
  ended_seen_at: number | null;
  /** When the final count was accepted. */
  final_submitted_at: number | null;
  /** Why usage cannot be sent at the moment, in words; null when it can. */
  usage_problem: string | null;
  usage_problem_at: number | null;
}

export async function allContracts(database: Database): Promise<ContractRow[]> {
  return database<ContractRow>('contracts').select('*').orderBy(['created_at', 'id']);
}

/** These contracts, as far as they are known. */
export async function findContracts(database: Database, ids: readonly string[]): Promise<ContractRow[]> {
  return inChunks(ids, (chunk) => database<ContractRow>('contracts').whereIn('id', chunk).orderBy('id').select('*'));
}

/** Every contract of these trainers. */
export async function contractsOfTrainers(database: Database, trainerIds: readonly string[]): Promise<ContractRow[]> {
  return inChunks(trainerIds, (chunk) =>
    database<ContractRow>('contracts')
      .whereIn('id', database('contract_trainers').select('contract_id').whereIn('trainer_id', chunk))
      .select('*'),
  );
}

export async function findContract(database: Database, id: string): Promise<ContractRow | undefined> {
  return database<ContractRow>('contracts').where({ id }).first();
}

export interface SavedContract {
  row: ContractRow;
  /** The status before, or null when the contract was not known. */
  previousStatus: ContractStatus | null;
  /** Only a read tells whether the stored status is true: see `newer.ts`. */
  readAgain: boolean;
}

/** Stores a contract if the evidence may replace what is there; returns what is stored afterwards. */
export async function saveContract(
  database: Database,
  contract: Contract,
  evidence: Evidence,
  seenAt: Date,
): Promise<SavedContract> {
  const stored = await findContract(database, contract.id);
  const { replaces, readAgain } = stored ? judge(known(stored), contract.status, evidence) : NEW;
  if (stored && !replaces) return { row: stored, previousStatus: stored.status, readAgain };
  const createdAt = contract.createdAt ? Date.parse(contract.createdAt) : Number.NaN;
  const row: ContractRow = {
    id: contract.id,
    job_id: contract.jobId,
    status: contract.status,
    title: contract.title ?? stored?.title ?? null,
    start_date: contract.startDate ?? stored?.start_date ?? null,
    end_date: contract.endDate,
    created_at: stored?.created_at ?? (Number.isNaN(createdAt) ? seenAt.getTime() : createdAt),
    event_id: evidence.eventId ?? stored?.event_id ?? null,
    state_at: Math.max(evidence.at.getTime(), stored?.state_at ?? 0),
    read_at: readAt(stored, contract.status, evidence),
    participants_read_at: stored?.participants_read_at ?? null,
    ended_seen_at: contract.status === 'ended' ? (stored?.ended_seen_at ?? seenAt.getTime()) : null,
    final_submitted_at: contract.status === 'ended' ? (stored?.final_submitted_at ?? null) : null,
    usage_problem: stored?.usage_problem ?? null,
    usage_problem_at: stored?.usage_problem_at ?? null,
  };
  await database<ContractRow>('contracts').insert(row).onConflict('id').merge(mergedColumns(row));
  return { row, previousStatus: stored?.status ?? null, readAgain };
}

function readAt(stored: ContractRow | undefined, status: ContractStatus, { at, eventId }: Evidence): number | null {
  if (eventId === null) return at.getTime();
  return stored?.status === status ? stored.read_at : null;
}

const NEW = { replaces: true, readAgain: false };

function known({ status, event_id, state_at, read_at }: ContractRow): KnownState {
  return { status, eventId: event_id, stateAt: state_at, readAt: read_at };
}

/** What evidence changes. The rest is written by others, perhaps at this moment, and stays out of the merge. */
function mergedColumns(row: ContractRow): Partial<ContractRow> {
  const { job_id, status, title, start_date, end_date, event_id, state_at, read_at, ended_seen_at } = row;
  const facts = { job_id, status, title, start_date, end_date, event_id, state_at, read_at, ended_seen_at };
  return status === 'active' ? { ...facts, final_submitted_at: null } : facts;
}

/** On SQLite nothing else is done meanwhile. */
const READS_PER_STATEMENT = 5_000;

/**
 * Notes that a read which began at `at` told what is stored of these contracts. Returns whether all of them still have this status.
 */
export async function noteRead(
  database: Database,
  ids: readonly string[],
  status: ContractStatus,
  at: Date,
): Promise<boolean> {
  const isListed = isOneOf(isSqlite(database) ? 'sqlite' : 'postgres', 'id', '?', 'text');
  const note = async (chunk: readonly string[]): Promise<[number]> => [
    await database<ContractRow>('contracts')
      .whereRaw(isListed, [listParameter(chunk)])
      .where({ status })
      .update({ read_at: at.getTime() }),
  ];
  const noted = await inChunks(ids, note, READS_PER_STATEMENT);
  return noted.reduce((sum, count) => sum + count, 0) === ids.length;
}

export async function updateContract(
  database: Database,
  id: string,
  change: Partial<
    Pick<ContractRow, 'participants_read_at' | 'final_submitted_at' | 'usage_problem' | 'usage_problem_at'>
  >,
): Promise<void> {
  await database<ContractRow>('contracts').where({ id }).update(change);
}
