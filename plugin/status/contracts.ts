/** Which contracts still owe a count. */
import type { ContractRow } from '../mirror/contracts.ts';

export interface ContractsStatus {
  active: number;
  ended: number;
  /** Ended, and the final count has not been accepted yet. */
  finalCountsDue: { id: string; title: string | null; endedSeenAt: number | null }[];
  /** Contracts whose usage cannot be sent at the moment. */
  problems: { id: string; title: string | null; problem: string; since: number | null }[];
}

/** How many contracts there are, and which still owe something. */
export function contractsStatus(contracts: readonly ContractRow[]): ContractsStatus {
  const ended = contracts.filter(({ status }) => status === 'ended');
  return {
    active: contracts.length - ended.length,
    ended: ended.length,
    finalCountsDue: ended
      .filter((row) => row.final_submitted_at === null)
      .map(({ id, title, ended_seen_at }) => ({ id, title, endedSeenAt: ended_seen_at })),
    problems: contracts.flatMap(({ id, title, usage_problem, usage_problem_at }) =>
      usage_problem ? [{ id, title, problem: usage_problem, since: usage_problem_at }] : [],
    ),
  };
}
