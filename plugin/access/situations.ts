/** Reads from our store, and where records differ from the tool, everything that a plan depends on. */
import type { Person, ToolAccount } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { allContracts, type ContractRow } from '../mirror/contracts.ts';
import { currentInstall, type InstallRow } from '../mirror/installs.ts';
import { ourProjectLinks, type ProjectLinkRow } from '../mirror/project-links.ts';
import {
  allContractTrainers,
  allTrainers,
  type ContractTrainerRow,
  type TrainerRow,
  trainersByAccount,
} from '../mirror/trainers.ts';
import { isOurs } from '../mirror/whose-link.ts';
import type { Database } from '../store/database.ts';
import { type AccessHoldRow, accessHolds, accessRows } from './access-rows.ts';
import { desiredAccess } from './desired.ts';
import { type InvitationRow, openInvitations } from './invitation-rows.ts';
import { EMPTY_JOURNAL, isBusy, isInterrupted, type Journal, journals } from './journal.ts';
import { differs, type Facts, type Situation } from './plan.ts';

export interface TrainerSituation extends Situation {
  displayName: string | null;
  journal: Journal;
  /** Somebody is changing this trainer's access at this moment: it is not ours to change until that is over. */
  busy: boolean;
}

export interface AccessReading {
  facts: Facts;
  situations: TrainerSituation[];
  contracts: ContractRow[];
  assignments: ContractTrainerRow[];
  links: ProjectLinkRow[];
  holds: AccessHoldRow[];
  /** The tool's database is away: what needs it is completed later. */
  withoutDatabase: boolean;
}

/** What our store says of these trainers. The tool is only asked what it can do (and that answer is kept for a while). */
export async function readAccess(
  context: PluginContext,
  trainerIds: readonly string[] | 'all',
): Promise<AccessReading> {
  const { database, clock, settings } = context;
  const { capabilities, remedies, databaseProblem } = await context.describeTool();
  const only = trainerIds === 'all' ? undefined : trainerIds;
  // Before all that it guards: what is recorded after this makes a plan on this reading out of date.
  const journal = await journals(database, only);
  const openTrain = await readOpenTrain(database, only);
  const install = await currentInstall(database);
  const now = clock.now();
  const holds = await accessHolds(database, only);
  const desired = desiredAccess({
    ...openTrain,
    holds,
    accessLevel: capabilities.accessLevel,
    graceMs: settings.linkRemovalGraceSeconds * 1000,
    now: now.getTime(),
  });
  const rows = Map.groupBy(await accessRows(database, only), (row) => row.trainer_id);
  const invitations = new Map((await openInvitations(database, only)).map((row) => [row.trainer_id, row]));
  const situations = openTrain.trainers.map((trainer): TrainerSituation => {
    const changes = journal.get(trainer.id) ?? EMPTY_JOURNAL;
    const invitation = invitations.get(trainer.id);
    return {
      trainerId: trainer.id,
      displayName: trainer.display_name,
      workEmail: trainer.work_email,
      refusedEmail: trainer.refused_email,
      toolUserId: trainer.tool_user_id,
      desired: desired.get(trainer.id) ?? new Map(),
      rows: rows.get(trainer.id) ?? [],
      invited: invitation !== undefined && leadsOn(invitation, now),
      interrupted: isInterrupted(changes, now),
      account: undefined,
      journal: changes,
      busy: isBusy(changes, now),
    };
  });
  const connected = install?.status !== 'disconnected';
  const facts = { connected, capabilities, remedies, emailRemedy: emailRemedy(install) };
  return { facts, situations, holds, withoutDatabase: databaseProblem !== undefined, ...openTrain };
}

/** Whether it can be accepted, or was mailed: from an expired one the trainer gets a new one. */
function leadsOn({ expires_at, mailed_at }: InvitationRow, now: Date): boolean {
  return expires_at > now.getTime() || mailed_at !== null;
}

export interface OpenTrainRows {
  trainers: TrainerRow[];
  assignments: ContractTrainerRow[];
  contracts: ContractRow[];
  links: ProjectLinkRow[];
}

export async function readOpenTrain(database: Database, only: readonly string[] | undefined): Promise<OpenTrainRows> {
  if (!only) {
    return {
      trainers: await allTrainers(database),
      assignments: await allContractTrainers(database),
      contracts: await allContracts(database),
      links: await ourProjectLinks(database),
    };
  }
  const trainers = await database<TrainerRow>('trainers').whereIn('id', only).select('*');
  const assignments = await database<ContractTrainerRow>('contract_trainers').whereIn('trainer_id', only).select('*');
  const contractIds = [...new Set(assignments.map((assignment) => assignment.contract_id))];
  const contracts = await database<ContractRow>('contracts').whereIn('id', contractIds).select('*');
  const jobIds = [...new Set(contracts.map((contract) => contract.job_id))];
  const links = await database<ProjectLinkRow>('project_links').whereIn('job_id', jobIds).select('*');
  return { trainers, assignments, contracts, links: links.filter(isOurs) };
}

/** Why a Work Email is not told, by what the install lacks (contract: "Privacy"). */
function emailRemedy(install: InstallRow | undefined): string {
  if (install && !install.scopes.includes('"participants:email"')) {
    return 'The token lacks the scope participants:email: add it to the platform app on OpenTrain, then connect again.';
  }
  if (install && !install.pii_consent) {
    return 'The consent to share Work Emails was not given: connect again on OpenTrain and tick it.';
  }
  return 'OpenTrain has not told this trainer’s Work Email yet: it is asked again with every reconcile.';
}

/**
 * Asks the tool, in one call, about those whose records differ from what they should be, or about everybody in the reading.
 * Throws what the adapter throws.
 */
export async function lookAtTool(
  context: PluginContext,
  { facts, situations }: AccessReading,
  everybody: boolean,
): Promise<TrainerSituation[]> {
  const wanted = (situation: TrainerSituation): boolean =>
    situation.workEmail !== null &&
    facts.connected &&
    (differs(situation, facts) || (everybody && concerns(situation)));
  const people = situations.filter(wanted).map(({ toolUserId, workEmail }) => ({ toolUserId, email: workEmail ?? '' }));
  if (people.length === 0) return situations;
  const found = await findAccounts(context, people);
  const owners = await trainersByAccount(
    context.database,
    found.map(({ toolUserId }) => toolUserId),
  );
  const accountsFor = (trainerId: string): ToolAccount[] =>
    found.filter(({ toolUserId }) => (owners.get(toolUserId) ?? trainerId) === trainerId);
  return situations.map((situation) =>
    wanted(situation) ? { ...situation, account: accountOf(situation, accountsFor(situation.trainerId)) } : situation,
  );
}

/** One call; a second one only for those whose account is gone under the id that we know: another may have their e-mail now. */
async function findAccounts(context: PluginContext, people: readonly Person[]): Promise<ToolAccount[]> {
  const accounts = await context.tool.findAccounts(people);
  const gone = people.filter(
    ({ toolUserId }) => toolUserId !== null && !accounts.some((account) => account.toolUserId === toolUserId),
  );
  if (gone.length === 0) return accounts;
  return [...accounts, ...(await context.tool.findAccounts(gone.map((person) => ({ ...person, toolUserId: null }))))];
}

function concerns({ desired, rows }: Situation): boolean {
  return desired.size > 0 || rows.length > 0;
}

/** Ids outlive e-mail addresses in some tools, so the id decides where we know it. */
export function accountOf(
  person: { toolUserId: string | null; workEmail: string | null },
  accounts: readonly ToolAccount[],
): ToolAccount | null {
  const byId = accounts.find((account) => account.toolUserId === person.toolUserId);
  return byId ?? accounts.find((account) => account.email !== null && account.email === person.workEmail) ?? null;
}
