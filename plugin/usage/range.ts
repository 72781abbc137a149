/** Which contracts a sync looks at, from which day on, and what must be tallied for that. Pure. */
import { AdminError } from '../errors.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import { type Facts, termOf } from './attribution.ts';
import { type Day, earliest } from './days.ts';

/** No annotation is older: where a contract has no start date, work is looked for from here on. */
const OLDEST_DAY: Day = '2000-01-01';

export interface RangeOptions {
  /** Only these contracts. */
  contractIds?: readonly string[];
  /** Only days from this one on. */
  since?: Day;
}

export interface InRange {
  contract: ContractRow;
  /** Days before this one are left alone; null: the whole contract. */
  since: Day | null;
}

export interface SyncRange {
  contracts: InRange[];
  projectIds: string[];
  /** The first day to tally. */
  from: Day;
}

/**
 * | asked for     | contracts                                                          | days                     |
 * |---------------|--------------------------------------------------------------------|--------------------------|
 * | nothing       | all                                                                | all                      |
 * | contracts     | these                                                              | all, or from `since` on  |
 * | `since` alone | the active ones: an ended one has a queue item of its own           | from `since` on          |
 *
 * To these come the other contracts of the same trainers that share a project with them: a day that goes to one of them is taken
 * from the other in the same run.
 * Throws {@link AdminError} for a contract that is not known.
 */
export function rangeOf(facts: Facts, options: RangeOptions): SyncRange {
  const chosen = chooseContracts(facts.contracts, options);
  const related = new Set([...chosen, ...relatedContracts(facts, chosen)]);
  const contracts = [...related].map((contract) => ({ contract, since: options.since ?? null }));
  const jobs = new Set(contracts.map(({ contract }) => contract.job_id));
  const projectIds = facts.links
    .filter((link) => link.job_id !== null && jobs.has(link.job_id))
    .map((link) => link.project_id);
  const firstDays = contracts.map(({ contract, since }) => since ?? termOf(contract, facts.timezone).from);
  const first = earliest(facts.today, ...firstDays);
  return { contracts, projectIds: [...new Set(projectIds)].sort(), from: first < OLDEST_DAY ? OLDEST_DAY : first };
}

function chooseContracts(contracts: readonly ContractRow[], { contractIds, since }: RangeOptions): ContractRow[] {
  if (contractIds) {
    const known = new Map(contracts.map((contract) => [contract.id, contract]));
    return contractIds.map((id) => {
      const contract = known.get(id);
      if (contract) return contract;
      throw new AdminError(
        `There is no contract ${id} here.`,
        'See `opentrain-plugin status`; `opentrain-plugin reconcile` reads the contracts from OpenTrain again.',
      );
    });
  }
  if (!since) return [...contracts];
  return contracts.filter(({ status }) => status === 'active');
}

/** Whether a contract has ended and OpenTrain has not accepted its final count yet. */
export function awaitsFinalCount(contract: ContractRow): boolean {
  return contract.status === 'ended' && contract.final_submitted_at === null;
}

/** The other contracts of the same trainers that share a project with these. */
export function relatedContracts(facts: Facts, chosen: readonly ContractRow[]): ContractRow[] {
  const chosenIds = new Set(chosen.map(({ id }) => id));
  if (chosenIds.size === facts.contracts.length) return [];
  const trainersOf = Map.groupBy(facts.contractTrainers, (row) => row.contract_id);
  const trainerIds = new Set(chosen.flatMap(({ id }) => (trainersOf.get(id) ?? []).map((row) => row.trainer_id)));
  const jobs = jobsSharingProjects(facts, new Set(chosen.map(({ job_id }) => job_id)));
  return facts.contracts.filter(
    (contract) =>
      !chosenIds.has(contract.id) &&
      jobs.has(contract.job_id) &&
      (trainersOf.get(contract.id) ?? []).some((row) => trainerIds.has(row.trainer_id)),
  );
}

function jobsSharingProjects({ links }: Facts, jobs: ReadonlySet<string>): Set<string> {
  const projects = new Set(
    links.filter(({ job_id }) => job_id !== null && jobs.has(job_id)).map((link) => link.project_id),
  );
  const sharing = links.filter((link) => projects.has(link.project_id)).flatMap(({ job_id }) => job_id ?? []);
  return new Set([...jobs, ...sharing]);
}
