/**
 * Whose work is it, and for which contract? The rules of usage, as a pure function over the tool's tally.
 *
 * A row of the tally (one account, one project, one day) goes to at most one contract, found in this order:
 *
 * | question                     | answer                                                                                    |
 * |------------------------------|-------------------------------------------------------------------------------------------|
 * | which trainer?               | the one with this id in the tool, else with this Work Email; nobody else is ever reported |
 * | which job?                   | the job of the project's link on that day (`link-periods.ts`); on a day that two links    |
 * |                              | share, the later one if the trainer has a contract there, else the earlier                |
 * | which contract?              | one of the trainer on that job whose dates include the day, both ends included; of several |
 * |                              | the one that started last, then was created last, then has the greatest id                 |
 * | which days?                  | all up to today in UTC; later ones wait                                                    |
 *
 * A contract's first and last day are those of the instants `startDate` and `endDate` in USAGE_TIMEZONE (`dayOfDate`). No start: no
 * lower bound. No end: open, unless the contract has ended; then the day on which we learnt of the end is the last.
 */
import type { TallyRow } from '../../adapters/tool.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import type { ContractTrainerRow, TrainerRow } from '../mirror/trainers.ts';
import { type Day, dayOf, dayOfDate } from './days.ts';
import { claimants, linkPeriods } from './link-periods.ts';
import type { Totals } from './totals.ts';

/** All that OpenTrain told us: every contract and link (but another tool's), removed and ended ones too, whatever is being reported. */
export interface Facts {
  contracts: readonly ContractRow[];
  contractTrainers: readonly ContractTrainerRow[];
  trainers: readonly TrainerRow[];
  links: readonly ProjectLinkRow[];
  /** USAGE_TIMEZONE. */
  timezone: string;
  /** Today in UTC. */
  today: Day;
}

/** A row of the tally with the answers. */
export interface Assignment {
  row: TallyRow;
  /** null: nobody that OpenTrain knows. */
  trainerId: string | null;
  /** null: no contract covers it, so it is not reported. */
  contractId: string | null;
  /** Other contracts of the trainer that could claim it because two links share the day. */
  otherContractIds: readonly string[];
  /** What the row is worth in this contract's units. */
  totals: Totals;
}

/** Answers the questions for every row that is not in the future. */
export function assign(rows: readonly TallyRow[], facts: Facts): Assignment[] {
  const findTrainer = trainerFinder(facts.trainers);
  const findContract = contractFinder(facts);
  const periods = linkPeriods(facts.links, facts.timezone);
  return rows
    .filter((row) => row.day <= facts.today)
    .map((row) => {
      const trainerId = findTrainer(row);
      const links = claimants(periods.get(row.projectId) ?? [], row.day);
      const claims = links.flatMap((link) => {
        const contractId = trainerId === null ? null : findContract(trainerId, link.job_id, row.day);
        return contractId === null ? [] : [{ link, contractId }];
      });
      const [claim, ...others] = claims;
      return {
        row,
        trainerId,
        contractId: claim?.contractId ?? null,
        otherContractIds: others.map(({ contractId }) => contractId).filter((id) => id !== claim?.contractId),
        totals: totalsOfRow(row, claim?.link ?? links[0]),
      };
    });
}

/** The counts of a row, its labels in the unit of the link: annotations, or regions where the admin chose so. */
function totalsOfRow(row: TallyRow, link: ProjectLinkRow | undefined): Totals {
  const labels = link?.label_unit === 'regions' ? row.regions : row.annotations;
  return { seconds: row.seconds, tasks: row.tasks, labels };
}

/** Whether a trainer can be recognised in the tool at all; if not, an empty tally says nothing about their work. */
export function isRecognisable(trainer: TrainerRow): boolean {
  return trainer.tool_user_id !== null || trainer.work_email !== null;
}

function trainerFinder(trainers: readonly TrainerRow[]): (row: TallyRow) => string | null {
  const byToolUserId = new Map<string, string>();
  const byEmail = new Map<string, string>();
  // Two trainers never share an account; if they should, the same one of them is always chosen.
  for (const trainer of trainers.toSorted((a, b) => (a.id < b.id ? 1 : -1))) {
    if (trainer.tool_user_id !== null) byToolUserId.set(trainer.tool_user_id, trainer.id);
    if (trainer.work_email !== null) byEmail.set(trainer.work_email.toLowerCase(), trainer.id);
  }
  return ({ toolUserId, email }) =>
    byToolUserId.get(toolUserId) ?? (email === null ? undefined : byEmail.get(email.toLowerCase())) ?? null;
}

interface Term {
  contract: ContractRow;
  from: Day;
  until: Day;
}

const BEGINNING: Day = '0000-00-00';
const OPEN: Day = '9999-99-99';

/** First and last day of a contract, both included. */
export function termOf(contract: ContractRow, timezone: string): Term {
  const endSeen =
    contract.status === 'ended' && contract.ended_seen_at !== null ? dayOf(contract.ended_seen_at, timezone) : null;
  return {
    contract,
    from: dayOfDate(contract.start_date, timezone) ?? BEGINNING,
    until: dayOfDate(contract.end_date, timezone) ?? endSeen ?? OPEN,
  };
}

/** Finds the contract of a trainer on a job that claims a day, or null. */
function contractFinder(facts: Facts): (trainerId: string, jobId: string | null, day: Day) => string | null {
  const terms = new Map(facts.contracts.map((contract) => [contract.id, termOf(contract, facts.timezone)]));
  const byTrainerAndJob = new Map<string, Map<string, Term[]>>();
  for (const { contract_id, trainer_id } of facts.contractTrainers) {
    const term = terms.get(contract_id);
    if (!term) continue;
    const byJob = byTrainerAndJob.get(trainer_id) ?? new Map<string, Term[]>();
    byTrainerAndJob.set(trainer_id, byJob);
    const { job_id } = term.contract;
    byJob.set(job_id, [...(byJob.get(job_id) ?? []), term].sort(startedLastFirst));
  }
  return (trainerId, jobId, day) => {
    const candidates = jobId === null ? [] : (byTrainerAndJob.get(trainerId)?.get(jobId) ?? []);
    return candidates.find(({ from, until }) => from <= day && day <= until)?.contract.id ?? null;
  };
}

function startedLastFirst(a: Term, b: Term): number {
  if (a.from !== b.from) return a.from < b.from ? 1 : -1;
  if (a.contract.created_at !== b.contract.created_at) return b.contract.created_at - a.contract.created_at;
  return a.contract.id < b.contract.id ? 1 : -1;
}
