/** Which days of work a page is about: a range of days, and whose. */
import type { Knex } from 'knex';
import type { Database } from '../store/database.ts';
import type { Day } from './days.ts';

export interface UsageScope {
  from: Day;
  /** The last day, included. */
  until: Day;
  /** null: of all jobs, contracts, trainers. An empty list is nobody's. */
  jobIds: readonly string[] | null;
  contractIds: readonly string[] | null;
  trainerIds: readonly string[] | null;
}

/** Whether the scope is everybody's. */
export function isEverybody({ jobIds, contractIds, trainerIds }: UsageScope): boolean {
  return jobIds === null && contractIds === null && trainerIds === null;
}

/** Whether the scope is everything of all jobs or of some: whatever the contract and the trainer. */
export function isByJob({ contractIds, trainerIds }: UsageScope): boolean {
  return contractIds === null && trainerIds === null;
}

/** Narrows a query over rows of (contract_id, trainer_id, work_date) that are called `u`. */
export function within(query: Knex.QueryBuilder, database: Database, scope: UsageScope): void {
  query.whereBetween('u.work_date', [scope.from, scope.until]);
  if (scope.trainerIds) query.whereIn('u.trainer_id', scope.trainerIds);
  if (scope.contractIds) query.whereIn('u.contract_id', scope.contractIds);
  if (scope.jobIds) query.whereIn('u.contract_id', database('contracts').select('id').whereIn('job_id', scope.jobIds));
}
