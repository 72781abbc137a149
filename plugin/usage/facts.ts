/** Reads from the store all that attribution needs to know: of everything, or of some contracts only. */
import type { TallyRow } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { allContracts, type ContractRow, contractsOfTrainers, findContracts } from '../mirror/contracts.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import {
  allContractTrainers,
  allTrainers,
  contractTrainersOf,
  findTrainers,
  sharingAccounts,
  type TrainerRow,
  trainersWithAccounts,
} from '../mirror/trainers.ts';
import { type Facts, termOf } from './attribution.ts';
import { todayInUtc } from './days.ts';
import { relatedContracts } from './range.ts';
import { acceptedBeforeStart } from './usage-days.ts';

/** Every contract, trainer and link of ours, removed ones included. */
export async function readFacts(context: PluginContext): Promise<Facts> {
  const { database } = context;
  return {
    contracts: await withEarlierTerms(context, await allContracts(database)),
    contractTrainers: await allContractTrainers(database),
    trainers: await allTrainers(database),
    ...(await readCommon(context)),
  };
}

/**
 * What the attribution of these contracts' work depends on, and no more: they and the contracts that share a project and a
 * trainer with them; the trainers of all of these; every contract of those trainers; every link. An unknown id is left out.
 */
export async function readFactsOf(context: PluginContext, contractIds: readonly string[]): Promise<Facts> {
  const { database } = context;
  const common = await readCommon(context);
  const chosen = await findContracts(database, contractIds);
  const near = await withContractsOfTrainers(context, chosen);
  const reached = [...chosen, ...relatedContracts({ ...common, ...near, trainers: [] }, chosen)];
  const all = await withContractsOfTrainers(context, reached);
  const own = await findTrainers(database, [...new Set(all.contractTrainers.map((row) => row.trainer_id))]);
  const contracts = await withEarlierTerms(context, all.contracts, true);
  return { ...common, ...all, contracts, trainers: distinct([...own, ...(await sharingAccounts(database, own))]) };
}

/**
 * A rehire may reuse the contract's id and begin it anew (contract: "Contracts"): the days before, of which OpenTrain accepted work, stay
 * the contract's own, and their work is not taken away.
 */
async function withEarlierTerms(
  { database, settings }: PluginContext,
  contracts: ContractRow[],
  isSome = false,
): Promise<ContractRow[]> {
  const accepted = await acceptedBeforeStart(database, isSome ? contracts.map(({ id }) => id) : undefined);
  return contracts.map((row) => {
    const first = accepted.get(row.id);
    return first !== undefined && first < termOf(row, settings.usage.timezone).from
      ? { ...row, start_date: first }
      : row;
  });
}

/**
 * Adds the trainers who have an account in the tally that somebody else has the address of: an account's id goes before its
 * address (`attribution.ts`).
 */
export async function withAccountOwners(
  { database }: PluginContext,
  facts: Facts,
  rows: readonly TallyRow[],
): Promise<Facts> {
  const emails = new Set(facts.trainers.flatMap(({ work_email }) => work_email?.toLowerCase() ?? []));
  const known = new Set(facts.trainers.flatMap(({ tool_user_id }) => tool_user_id ?? []));
  const byAddress = rows.filter(
    ({ email, toolUserId }) => email !== null && emails.has(email.toLowerCase()) && !known.has(toolUserId),
  );
  const owners = await trainersWithAccounts(database, [...new Set(byAddress.map(({ toolUserId }) => toolUserId))]);
  return { ...facts, trainers: distinct([...facts.trainers, ...owners]) };
}

async function readCommon({ database, settings, clock }: PluginContext) {
  const links = await ourProjectLinks(database);
  return { links, timezone: settings.usage.timezone, today: todayInUtc(clock.now()) };
}

/** These contracts, all others of their trainers, and who works under each of these. */
async function withContractsOfTrainers({ database }: PluginContext, contracts: readonly ContractRow[]) {
  const staff = await contractTrainersOf(
    database,
    contracts.map(({ id }) => id),
  );
  const others = await contractsOfTrainers(database, [...new Set(staff.map((row) => row.trainer_id))]);
  const all = distinct([...contracts, ...others]);
  const contractTrainers = await contractTrainersOf(
    database,
    all.map(({ id }) => id),
  );
  return { contracts: all, contractTrainers };
}

function distinct<Row extends ContractRow | TrainerRow>(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The jobs that a live link leads to: OpenTrain takes totals for their contracts only (contract: "Usage"). */
export function linkedJobs({ links }: Facts): Set<string> {
  const linked = links.filter((link) => link.removed_at === null && link.not_linked_since === null);
  return new Set(linked.flatMap(({ job_id }) => job_id ?? []));
}
