/** Trainers (OpenTrain's participants), keyed on opentrainUserId: display names are masked and may change. */
import { isWorkEmail, type Participant } from '../platform/types.ts';
import { inChunks } from '../store/chunks.ts';
import type { Database } from '../store/database.ts';

export interface TrainerRow {
  id: string;
  display_name: string | null;
  country: string | null;
  profile_url: string | null;
  /** Lower case; null while OpenTrain has not told it (scope or consent absent). */
  work_email: string | null;
  /** An address OpenTrain sent that is not a Work Email: never used, shown to the admin. */
  refused_email: string | null;
  /** Who this is in the tool, once we know. */
  tool_user_id: string | null;
  /** OpenTrain's time of the newest evidence for the facts above. */
  updated_at: number;
}

export interface ContractTrainerRow {
  contract_id: string;
  trainer_id: string;
}

export async function allTrainers(database: Database): Promise<TrainerRow[]> {
  return database<TrainerRow>('trainers').select('*').orderBy('id');
}

export async function findTrainer(database: Database, id: string): Promise<TrainerRow | undefined> {
  return database<TrainerRow>('trainers').where({ id }).first();
}

export async function findTrainerByWorkEmail(database: Database, email: string): Promise<TrainerRow | undefined> {
  return database<TrainerRow>('trainers').where({ work_email: email.toLowerCase() }).first();
}

export async function allContractTrainers(database: Database): Promise<ContractTrainerRow[]> {
  return database<ContractTrainerRow>('contract_trainers').select('*');
}

/** Who works under these contracts. */
export async function contractTrainersOf(
  database: Database,
  contractIds: readonly string[],
): Promise<ContractTrainerRow[]> {
  return inChunks(contractIds, (chunk) =>
    database<ContractTrainerRow>('contract_trainers').whereIn('contract_id', chunk).select('*'),
  );
}

export async function findTrainers(database: Database, ids: readonly string[]): Promise<TrainerRow[]> {
  return inChunks(ids, (chunk) => database<TrainerRow>('trainers').whereIn('id', chunk).select('*'));
}

/** The trainers with one of these accounts in the tool. */
export async function trainersWithAccounts(database: Database, toolUserIds: readonly string[]): Promise<TrainerRow[]> {
  return inChunks(toolUserIds, (chunk) => database<TrainerRow>('trainers').whereIn('tool_user_id', chunk).select('*'));
}

/** The trainers who have the account or the Work Email of one of these: one of them at most should. */
export async function sharingAccounts(database: Database, trainers: readonly TrainerRow[]): Promise<TrainerRow[]> {
  const emails = trainers.flatMap(({ work_email }) => work_email ?? []);
  const byEmail = await inChunks(emails, (chunk) =>
    database<TrainerRow>('trainers').whereIn('work_email', chunk).select('*'),
  );
  const accounts = trainers.flatMap(({ tool_user_id }) => tool_user_id ?? []);
  return [...byEmail, ...(await trainersWithAccounts(database, accounts))];
}

/** The trainers of a contract. */
export async function trainersOfContract(database: Database, contractId: string): Promise<TrainerRow[]> {
  const ids = database<ContractTrainerRow>('contract_trainers').select('trainer_id').where({ contract_id: contractId });
  return database<TrainerRow>('trainers').whereIn('id', ids).orderBy('id');
}

/**
 * Stores a participant as OpenTrain knew them at `at` (its clock). Facts that this answer lacks keep their stored value, and so
 * do all when what is stored is newer: then only gaps are filled. Returns the stored Work Email, and the address that was refused, if any.
 */
export async function saveTrainer(
  database: Database,
  participant: Participant,
  at: Date,
): Promise<{ workEmail: string | null; refused: string | null }> {
  const stored = await findTrainer(database, participant.opentrainUserId);
  const offered = participant.workEmail?.trim().toLowerCase() || null;
  const accepted = offered && isWorkEmail(offered) ? offered : null;
  const refused = offered && !accepted ? offered : null;
  const older = stored !== undefined && at.getTime() < stored.updated_at;
  const newest = (told: string | null, known: string | null = null): string | null =>
    older ? (known ?? told) : (told ?? known);
  const workEmail = newest(accepted, stored?.work_email);
  const facts = {
    display_name: newest(participant.displayName, stored?.display_name),
    country: newest(participant.country, stored?.country),
    profile_url: newest(participant.profileUrl, stored?.profile_url),
    work_email: workEmail,
    refused_email: accepted && accepted === workEmail ? null : newest(refused, stored?.refused_email),
    updated_at: Math.max(at.getTime(), stored?.updated_at ?? 0),
  };
  // Who this is in the tool is written elsewhere, perhaps at this moment: it stays out of the merge.
  await database<TrainerRow>('trainers')
    .insert({ id: participant.opentrainUserId, ...facts })
    .onConflict('id')
    .merge(facts);
  const isNew = refused !== null && refused === facts.refused_email && refused !== stored?.refused_email;
  return { workEmail, refused: isNew ? refused : null };
}

/** Adds a trainer to a contract. Nobody is ever taken off one: absence from an answer is no evidence. */
export async function addContractTrainer(database: Database, contractId: string, trainerId: string): Promise<void> {
  await database<ContractTrainerRow>('contract_trainers')
    .insert({ contract_id: contractId, trainer_id: trainerId })
    .onConflict(['contract_id', 'trainer_id'])
    .ignore();
}

/** The trainers to whom these accounts of the tool belong by our record, by account. An account belongs to one trainer at most. */
export async function trainersByAccount(
  database: Database,
  toolUserIds: readonly string[],
): Promise<Map<string, string>> {
  const rows = await database<TrainerRow>('trainers').whereIn('tool_user_id', toolUserIds).select('*');
  return new Map(rows.map(({ id, tool_user_id }) => [tool_user_id ?? '', id]));
}

export async function setToolUserId(database: Database, trainerId: string, toolUserId: string): Promise<void> {
  await database<TrainerRow>('trainers').where({ id: trainerId }).update({ tool_user_id: toolUserId });
}

/** A trainer's account, as our record had it. */
export interface KnownAccount {
  trainerId: string;
  toolUserId: string;
  workEmail: string | null;
}

/** Forgets who everybody is in the tool, and returns what was known. */
export async function forgetToolUserIds(database: Database): Promise<KnownAccount[]> {
  const rows = (await allTrainers(database)).flatMap(({ id, tool_user_id, work_email }) =>
    tool_user_id === null ? [] : [{ trainerId: id, toolUserId: tool_user_id, workEmail: work_email }],
  );
  await database<TrainerRow>('trainers').whereNotNull('tool_user_id').update({ tool_user_id: null });
  return rows;
}
