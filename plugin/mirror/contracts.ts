/** Contracts and who works under them. */
import type { Contract } from '../platform/types.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';

export type ContractStatus = 'active' | 'ended';

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
  participants_read_at: number | null;
  /** When we learnt of the end. */
  ended_seen_at: number | null;
  /** When the final count was accepted. */
  final_submitted_at: number | null;
  /** Why usage cannot be sent at the moment, in words; null when it can. */
  usage_problem: string | null;
  usage_problem_at: number | null;
}

/** What tells us a contract's state: an event (ordered by its id) or a read of the API. */
export interface Evidence {
  /** OpenTrain's clock. */
  at: Date;
  eventId: string | null;
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

/** Whether event id `a` is later than `b`; ids increase, but their form is not documented, so digits compare as numbers. */
export function isLaterEvent(a: string, b: string): boolean {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return BigInt(a) > BigInt(b);
  return a > b;
}

/**
 * Whether evidence may replace what is stored. An older event never overwrites a newer one, nor a later read; a read never
 * overwrites an event that happened after the read began; and a `started` never reopens an ended contract by itself: a rehire may
 * reuse the id, so that one newer than the end has the contract read again, and the read decides.
 */
export function overrides(stored: ContractRow, status: ContractStatus, evidence: Evidence): boolean {
  if (evidence.eventId !== null) {
    if (stored.event_id !== null && !isLaterEvent(evidence.eventId, stored.event_id)) return false;
    if (stored.status === 'ended' && status === 'active') return false;
    // An end is final whenever it happened: only other facts may come from a read that was made later.
    return status === 'ended' || evidence.at.getTime() >= stored.state_at;
  }
  return evidence.at.getTime() > stored.state_at;
}

export interface SavedContract {
  row: ContractRow;
  /** The status before, or null when the contract was not known. */
  previousStatus: ContractStatus | null;
}

/** Stores a contract if the evidence may replace what is there; returns what is stored afterwards. */
export async function saveContract(
  database: Database,
  contract: Contract,
  evidence: Evidence,
  seenAt: Date,
): Promise<SavedContract> {
  const stored = await findContract(database, contract.id);
  if (stored && !overrides(stored, contract.status, evidence)) return { row: stored, previousStatus: stored.status };
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
    participants_read_at: stored?.participants_read_at ?? null,
    ended_seen_at: contract.status === 'ended' ? (stored?.ended_seen_at ?? seenAt.getTime()) : null,
    final_submitted_at: contract.status === 'ended' ? (stored?.final_submitted_at ?? null) : null,
    usage_problem: stored?.usage_problem ?? null,
    usage_problem_at: stored?.usage_problem_at ?? null,
  };
  await database<ContractRow>('contracts').insert(row).onConflict('id').merge(mergedColumns(row));
  return { row, previousStatus: stored?.status ?? null };
}

/** What evidence changes. The rest is written by others, perhaps at this moment, and stays out of the merge. */
function mergedColumns(row: ContractRow): Partial<ContractRow> {
  const { job_id, status, title, start_date, end_date, event_id, state_at, ended_seen_at } = row;
  const facts = { job_id, status, title, start_date, end_date, event_id, state_at, ended_seen_at };
  return status === 'active' ? { ...facts, final_submitted_at: null } : facts;
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
