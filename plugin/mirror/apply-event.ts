/**
 * An event as a doorbell: it brings our record of OpenTrain's state up to date and marks what is due. It never acts on the
 * tool itself. Applying it twice, late or in another order leads to the same state.
 */
import type { Knex } from 'knex';
import { z } from 'zod';
import { recordAudit } from '../audit/audit-log.ts';
import { SIGNATURE_TOLERANCE_SECONDS } from '../platform/signature.ts';
import { contractEventDataSchema, type OpenTrainEvent, projectLinkSchema } from '../platform/types.ts';
import { type Mark, markDue } from '../queue/items.ts';
import { causeOfEvent } from '../webhooks/read-delivery.ts';
import { allContracts, type SavedContract, saveContract } from './contracts.ts';
import { currentInstall, markDisconnected } from './installs.ts';
import { endMail, markAccessOfContract, markAccessOfJob } from './mark-access.ts';
import type { ContractStatus } from './newer.ts';
import { recordTrainer } from './participants.ts';
import {
  findProjectLink,
  jobsOfOtherTools,
  liveLinksOfJob,
  markLinkRemoved,
  saveProjectLink,
} from './project-links.ts';
import { addContractTrainer } from './trainers.ts';
import { isOurs } from './whose-link.ts';

interface Moment {
  event: OpenTrainEvent;
  /** When it happened, by OpenTrain's clock. */
  at: Date;
  /** The same, for comparing with reads of the API: it may be later than `now`, by as much as two clocks may differ. */
  happenedAt: Date;
  now: Date;
  /** For the audit log: "event 1042 (contract.started)". */
  cause: string;
}

/** Applies an event in the given transaction. Returns what came of it, in words for the inbox. */
export async function applyEvent(transaction: Knex.Transaction, event: OpenTrainEvent, now: Date): Promise<string> {
  const createdAt = Date.parse(event.createdAt);
  // What is dated ahead counts as of now: else nothing that follows would be newer.
  const at = new Date(Math.min(Number.isNaN(createdAt) ? now.getTime() : createdAt, now.getTime()));
  const latest = now.getTime() + SIGNATURE_TOLERANCE_SECONDS * 1_000;
  const happenedAt = new Date(Math.min(Number.isNaN(createdAt) ? now.getTime() : createdAt, latest));
  const moment: Moment = { event, at, happenedAt, now, cause: causeOfEvent(event.id, event.type) };
  switch (event.type) {
    case 'contract.started':
    case 'contract.ended':
      return applyContractEvent(transaction, moment);
    case 'project_link.created':
      return applyLinkCreated(transaction, moment);
    case 'project_link.removed':
      return applyLinkRemoved(transaction, moment);
    case 'install.revoked':
      return applyInstallRevoked(transaction, moment);
    case 'milestone.funded':
    case 'milestone.budget_low':
    case 'milestone.budget_depleted':
      return applyBudgetEvent(transaction, moment);
    default:
      return `ignored: this version does not know ${event.type}`;
  }
}

/** An event of which not even id, type and time can be read may be about anything: everything is read from the API. */
export async function applyUnreadable(transaction: Knex.Transaction, type: string, now: Date): Promise<string> {
  await markDue(
    transaction,
    { kind: 'reconcile', key: 'all', detail: { cause: `an unreadable event (${type})` } },
    now,
  );
  return 'it cannot be read as an event; links and contracts are read again';
}

async function applyContractEvent(transaction: Knex.Transaction, moment: Moment): Promise<string> {
  const { event, at, happenedAt, now, cause } = moment;
  const data = contractEventDataSchema.safeParse(event.data);
  if (!data.success) return rereadEverything(transaction, moment, 'its contract cannot be read');
  const { freelancer, projectLink } = data.data;
  const link = projectLink && (await findProjectLink(transaction, projectLink.id));
  if (projectLink && !link) {
    await saveProjectLink(transaction, projectLink, now);
    await rereadEverything(transaction, moment, 'whose link this is only the API and the tool tell');
  }
  const jobId = data.data.contract.jobId;
  if (link && !isOurs(link) && (await liveLinksOfJob(transaction, jobId)).length === 0) {
    return `ignored: link ${link.id} is another tool's`;
  }
  const status = event.type === 'contract.ended' ? ('ended' as const) : ('active' as const);
  const contract = { ...data.data.contract, status };
  const saved = await saveContract(transaction, contract, { at: happenedAt, eventId: event.id }, now);
  let workEmail: string | null = null;
  if (freelancer) {
    workEmail = await recordTrainer(transaction, freelancer, { at, now, cause });
    await addContractTrainer(transaction, contract.id, freelancer.opentrainUserId);
  }
  const marks: Mark[] = endMail(saved, now);
  if (!workEmail) marks.push({ kind: 'participants', key: contract.id, detail: { cause } });
  if (saved.row.status === 'ended' && saved.row.final_submitted_at === null) {
    marks.push({ kind: 'usage', key: contract.id, detail: { cause } });
  }
  await markAccessOfContract(transaction, contract.id, cause, now, marks);
  const outcome = outcomeOf(saved, status);
  return saved.readAgain ? rereadEverything(transaction, moment, outcome) : outcome;
}

function outcomeOf({ row: { id, status }, readAgain }: SavedContract, told: ContractStatus): string {
  if (status === told)
    return `contract ${id} is ${status}${readAgain ? ', and was read as active in this moment' : ''}`;
  if (!readAgain) return `contract ${id} stays ${status}: newer state is known`;
  return told === 'active'
    ? `contract ${id} started after the end that is known`
    : `contract ${id} stays active: it was read as active after this end`;
}

async function applyLinkCreated(transaction: Knex.Transaction, moment: Moment): Promise<string> {
  const link = linkOf(moment.event);
  if (link) await saveProjectLink(transaction, link, moment.now);
  return rereadEverything(transaction, moment, link ? `link ${link.id} created` : 'a link was created');
}

async function applyLinkRemoved(transaction: Knex.Transaction, moment: Moment): Promise<string> {
  const { event, now, at, cause } = moment;
  const link = linkOf(event);
  const linkId = link?.id ?? event.resourceId;
  if (!linkId) return rereadEverything(transaction, moment, 'it does not say which link was removed');
  if (link) await saveProjectLink(transaction, link, now);
  await markLinkRemoved(transaction, linkId, at);
  const jobId = link?.jobId ?? event.jobId ?? (await findProjectLink(transaction, linkId))?.job_id;
  if (jobId) await markAccessOfJob(transaction, jobId, cause, now);
  return `link ${linkId} removed`;
}

function linkOf(event: OpenTrainEvent) {
  const nested = z.object({ projectLink: projectLinkSchema }).safeParse(event.data);
  if (nested.success) return nested.data.projectLink;
  return projectLinkSchema.safeParse(event.data).data;
}

async function applyInstallRevoked(transaction: Knex.Transaction, moment: Moment): Promise<string> {
  const { event, at, now, cause } = moment;
  const install = await currentInstall(transaction);
  if (!install) return 'ignored: there is no install';
  // A reconnect revokes the old grant too: an older event, or one for another install, is not about the token we use now.
  if (event.resourceId !== null && event.resourceId !== install.id)
    return `install ${event.resourceId} is not ours any more`;
  if (at.getTime() < install.connected_at) return 'ignored: the install was connected again since';
  const changed = await markDisconnected(transaction, install.id, `revoked on OpenTrain (${cause})`, now);
  if (changed) {
    const detail =
      'No more calls with this token. Members keep their access until you decide: connect again, or revoke-all.';
    await recordAudit(transaction, { at: now, cause, action: 'disconnect', detail });
    await markDue(transaction, { kind: 'try-token', key: install.id, detail: { cause } }, now);
  }
  return 'disconnected: members stay as they are';
}

const budgetDataSchema = z.object({
  contract: z.object({ id: z.string() }).nullish(),
  budget: z.object({ contractId: z.string() }).nullish(),
});

async function applyBudgetEvent(transaction: Knex.Transaction, moment: Moment): Promise<string> {
  const { event, now, cause } = moment;
  const data = budgetDataSchema.safeParse(event.data).data;
  const named = data?.contract?.id ?? data?.budget?.contractId;
  const contracts = await allContracts(transaction);
  const others = await jobsOfOtherTools(transaction);
  const jobId = contracts.find(({ id }) => id === named)?.job_id ?? event.jobId;
  if (jobId && others.has(jobId)) return `ignored: job ${jobId} is another tool's`;
  const ids = named
    ? [named]
    : contracts.filter(({ id, job_id }) => id === event.resourceId || job_id === event.jobId).map(({ id }) => id);
  for (const key of ids) await markDue(transaction, { kind: 'budget', key, detail: { source: cause } }, now);
  return ids.length > 0 ? `budget of ${ids.join(', ')} is read again` : 'ignored: no contract of ours';
}

async function rereadEverything(transaction: Knex.Transaction, moment: Moment, why: string): Promise<string> {
  await markDue(transaction, { kind: 'reconcile', key: 'all', detail: { cause: moment.cause } }, moment.now);
  return `${why}; links and contracts are read again`;
}

/** What deliveries of the inbox are applied by. */
export const eventRules = { applyEvent, applyUnreadable };
