/**
 * Reads OpenTrain's state into the store: links, and for each link its active and ended contracts. Calls: one for the install,
 * one for the links, two a link, one for each contract whose trainers are not known yet.
 *
 * `GET /contracts` returns at most 200 and has no cursor, so who is missing from it is left as known: absence is no evidence.
 * A link missing from the (complete) list is asked for by id, and only a 404 counts as removed.
 */
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { recordAudit } from '../store/audit-log.ts';
import { findContract, saveContract, updateContract } from '../store/contracts.ts';
import { currentInstall, saveInstall } from '../store/installs.ts';
import { allProjectLinks, markLinkRemoved, type ProjectLinkRow, saveProjectLink } from '../store/project-links.ts';
import { serialized } from '../store/serialize.ts';
import { addContractTrainer, saveTrainer } from '../store/trainers.ts';
import { markDue } from '../store/work.ts';
import { markAccessOfContract, markAccessOfJob } from '../webhooks/mark-access.ts';
import { OpenTrainRefused } from './errors.ts';
import { readPartnerToken } from './token.ts';
import type { Contract } from './types.ts';

export interface Refreshed {
  links: number;
  linksRemoved: number;
  contractsRead: number;
  contractsChanged: number;
}

/** Throws OpenTrainUnavailable or OpenTrainRefused when the links cannot be read; then nothing was concluded from it. */
export async function refreshFromOpenTrain(context: PluginContext, cause: string): Promise<Refreshed> {
  await refreshInstall(context);
  const links = await context.openTrain.projectLinks();
  const now = context.clock.now();
  for (const link of links.value) await saveProjectLink(context.database, link, now);
  const seen = new Set(links.value.map(({ id }) => id));
  const missing = (await allProjectLinks(context.database)).filter(
    (row) => row.removed_at === null && !seen.has(row.id),
  );
  let linksRemoved = 0;
  for (const row of missing) if (await confirmRemoved(context, row, cause)) linksRemoved += 1;

  const contracts = new Map<string, { contract: Contract; asOf: Date }>();
  for (const link of links.value) {
    if (!link.jobId) continue;
    for (const status of ['active', 'ended'] as const) {
      const { value, asOf } = await context.openTrain.contracts({ projectLinkId: link.id, status });
      for (const contract of value) contracts.set(contract.id, { contract, asOf });
    }
  }
  let contractsChanged = 0;
  for (const { contract, asOf } of contracts.values()) {
    if (await storeContract(context, contract, asOf, cause)) contractsChanged += 1;
  }
  return { links: links.value.length, linksRemoved, contractsRead: contracts.size, contractsChanged };
}

/** Asks OpenTrain whether our token still stands and what it may do, and stores the answer. */
export async function refreshInstall(context: PluginContext): Promise<void> {
  const token = await readPartnerToken(context);
  const install = await context.openTrain.currentInstall();
  if (install.status !== 'ACTIVE') {
    throw new AdminError(
      `The install on OpenTrain is ${install.status}.`,
      'Connect again on OpenTrain and paste the new token.',
    );
  }
  await saveInstall(context.database, install, token, context.clock.now());
}

async function confirmRemoved(context: PluginContext, row: ProjectLinkRow, cause: string): Promise<boolean> {
  try {
    await context.openTrain.projectLink(row.id);
    return false;
  } catch (error) {
    if (!(error instanceof OpenTrainRefused) || error.status !== 404) throw error;
  }
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    await markLinkRemoved(transaction, row.id, now);
    if (row.job_id) await markAccessOfJob(transaction, row.job_id, cause, now);
  });
  return true;
}

/** Stores one contract and reads its trainers where they are not known. Returns whether anything about it was new. */
async function storeContract(context: PluginContext, contract: Contract, asOf: Date, cause: string): Promise<boolean> {
  const { database } = context;
  const known = await findContract(database, contract.id);
  if (!known && contract.status === 'ended' && (await settledBeforeUs(context, contract))) return false;
  const now = context.clock.now();
  const saved = await serialized(database, async (transaction) => {
    const result = await saveContract(transaction, contract, { at: asOf, eventId: null }, now);
    if (result.previousStatus !== result.row.status) await markAccessOfContract(transaction, contract.id, cause, now);
    if (result.row.status === 'ended' && result.row.final_reported_at === null) {
      await markDue(transaction, { kind: 'usage', key: contract.id, detail: { cause, final: true } }, now);
    }
    return result;
  });
  if (await lacksWorkEmail(context, contract.id)) await refreshParticipants(context, contract.id, cause);
  return saved.previousStatus !== saved.row.status;
}

/** An ended contract from before we were connected is settled: it is neither counted again nor off-boarded. */
async function settledBeforeUs(context: PluginContext, contract: Contract): Promise<boolean> {
  const install = await currentInstall(context.database);
  if (!install || !contract.endDate) return false;
  const endedDay = contract.endDate.slice(0, 10);
  return endedDay < new Date(install.connected_at).toISOString().slice(0, 10);
}

/** Whether a contract has no trainer yet, or one without a Work Email. */
async function lacksWorkEmail(context: PluginContext, contractId: string): Promise<boolean> {
  const rows: { work_email: string | null }[] = await context
    .database('contract_trainers')
    .join('trainers', 'trainers.id', 'contract_trainers.trainer_id')
    .where({ contract_id: contractId })
    .select('work_email');
  return rows.length === 0 || rows.some((row) => row.work_email === null);
}

/** Reads a contract's participants and marks their access as due. A contract that is gone (404) is left as known. */
export async function refreshParticipants(context: PluginContext, contractId: string, cause: string): Promise<void> {
  let participants: Awaited<ReturnType<typeof context.openTrain.participants>>;
  try {
    participants = await context.openTrain.participants(contractId);
  } catch (error) {
    if (error instanceof OpenTrainRefused && error.status === 404) return;
    throw error;
  }
  const now = context.clock.now();
  await serialized(context.database, async (transaction) => {
    for (const participant of participants) {
      const refused = await saveTrainer(transaction, participant, now);
      if (refused) {
        const entry = { at: now, cause, action: 'refuse-address', trainerId: participant.opentrainUserId };
        await recordAudit(transaction, { ...entry, detail: `${refused} does not end in @opentrain.work` });
      }
      await addContractTrainer(transaction, contractId, participant.opentrainUserId);
    }
    await updateContract(transaction, contractId, { participants_read_at: now.getTime() });
    await markAccessOfContract(transaction, contractId, cause, now);
  });
}
