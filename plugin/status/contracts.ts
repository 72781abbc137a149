/** Which contracts still owe a count. */
import type { ContractRow } from '../mirror/contracts.ts';
import type { Database } from '../store/database.ts';
import { heldContracts } from '../usage/held-days.ts';

export interface ContractsStatus {
  active: number;
  ended: number;
  /** Ended, and the final count has not been accepted yet. */
  finalCountsDue: { id: string; title: string | null; endedSeenAt: number | null }[];
  /** Contracts whose usage cannot be sent at the moment; `isHeld`: an admin has to decide. */
  problems: { id: string; title: string | null; problem: string; since: number | null; isHeld: boolean }[];
}

/** How many contracts there are, and which still owe something. */
export async function readContracts(database: Database): Promise<ContractsStatus> {
  const contracts = () => database<ContractRow>('contracts');
  const groups = await contracts().select('status').groupBy('status').count({ rows: '*' });
  const counts = new Map(groups.map(({ status, rows }) => [status, Number(rows)]));
  const due = await contracts()
    .where({ status: 'ended' })
    .whereNull('final_submitted_at')
    .orderBy(['created_at', 'id'])
    .select('id', 'title', 'ended_seen_at');
  const failing = await contracts()
    .whereNotNull('usage_problem')
    .orderBy(['created_at', 'id'])
    .select('id', 'title', 'usage_problem', 'usage_problem_at');
  const held = failing.length === 0 ? new Set() : await heldContracts(database);
  return {
    active: counts.get('active') ?? 0,
    ended: counts.get('ended') ?? 0,
    finalCountsDue: due.map(({ id, title, ended_seen_at }) => ({ id, title, endedSeenAt: ended_seen_at })),
    problems: failing.flatMap(({ id, title, usage_problem, usage_problem_at }) =>
      usage_problem ? [{ id, title, problem: usage_problem, since: usage_problem_at, isHeld: held.has(id) }] : [],
    ),
  };
}
