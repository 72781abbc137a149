/** Reads who works under a contract. */

import { recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import type { Answer } from '../platform/http.ts';
import { isGone } from '../platform/is-gone.ts';
import type { Participant } from '../platform/types.ts';
import type { Database } from '../store/database.ts';
import { serialized } from '../store/serialize.ts';
import { type ContractRow, updateContract } from './contracts.ts';
import { currentInstall } from './installs.ts';
import { markAccessOfContract } from './mark-access.ts';
import { addContractTrainer, saveTrainer } from './trainers.ts';

/** How many work under a contract, and of how many no Work Email is known. */
interface Staff {
  contract_id: string;
  trainers: number | string;
  nameless: number | string | null;
}

/**
 * Those of the contracts whose participants may tell something new when asked for: a trainer, or a Work Email that may now be
 * told. Two statements, however many contracts.
 */
export async function withParticipantsDue(
  database: Database,
  contracts: readonly ContractRow[],
): Promise<ContractRow[]> {
  const rows: Staff[] = await database('contract_trainers')
    .join('trainers', 'trainers.id', 'contract_trainers.trainer_id')
    .groupBy('contract_id')
    .select('contract_id', database.raw('COUNT(*) AS trainers'))
    .select(database.raw('SUM(CASE WHEN work_email IS NULL THEN 1 ELSE 0 END) AS nameless'));
  const staff = new Map(rows.map((row) => [row.contract_id, row]));
  const install = await currentInstall(database);
  const emailsAreTold = Boolean(install?.pii_consent) && (install?.scopes ?? '').includes('participants:email');
  return contracts.filter(({ id, status, participants_read_at }) => {
    const trainers = Number(staff.get(id)?.trainers ?? 0);
    if (participants_read_at === null && trainers === 0) return true;
    if (status === 'ended') return false;
    return trainers === 0 || (emailsAreTold && Number(staff.get(id)?.nameless ?? 0) > 0);
  });
}

/**
 * Reads a contract's participants and marks their access as due. A contract that is gone (404) is left as known. Throws what
 * the client throws.
 */
export async function refreshParticipants(context: PluginContext, contractId: string, cause: string): Promise<void> {
  let participants: Answer<Participant[]>;
  try {
    participants = await context.openTrain.participants(contractId);
  } catch (error) {
    if (isGone(error)) return;
    throw error;
  }
  const now = context.clock.now();
  await serialized(context.database, async (transaction) => {
    for (const participant of participants.value) {
      await recordTrainer(transaction, participant, { at: participants.asOf, now, cause });
      await addContractTrainer(transaction, contractId, participant.opentrainUserId);
    }
    await updateContract(transaction, contractId, { participants_read_at: now.getTime() });
    await markAccessOfContract(transaction, contractId, cause, now);
  });
}

/**
 * Stores a trainer as told at `at` by OpenTrain's clock. An address that is not a Work Email is refused and audited (contract:
 * "Privacy"). Returns their Work Email; null while it is not known.
 */
export async function recordTrainer(
  transaction: Database,
  participant: Participant,
  { at, now, cause }: { at: Date; now: Date; cause: string },
): Promise<string | null> {
  const { workEmail, refused } = await saveTrainer(transaction, participant, at);
  if (!refused) return workEmail;
  const entry = { at: now, cause, action: 'refuse-address', trainerId: participant.opentrainUserId };
  await recordAudit(transaction, { ...entry, detail: `${refused} does not end in @opentrain.work` });
  return workEmail;
}
