/** What OpenTrain holds, for good, of contracts that lost a shared day when their job lost its last link. */
import type { PluginContext } from '../context.ts';
import type { Assignment, Facts } from './attribution.ts';
import { linkedJobs } from './facts.ts';
import { keyOf, type Totals } from './totals.ts';
import { acceptedDays, totalsOf, workDayOf } from './usage-days.ts';

/** Their accepted totals, by `keyOf`. */
export async function frozenTotals(
  context: PluginContext,
  facts: Facts,
  assignments: readonly Assignment[],
): Promise<Map<string, Totals>> {
  const linked = linkedJobs(facts);
  const jobOf = new Map(facts.contracts.map((contract) => [contract.id, contract.job_id]));
  const others = new Set(assignments.flatMap(({ otherContractIds }) => otherContractIds));
  const frozen = [...others].filter((id) => !linked.has(jobOf.get(id) ?? ''));
  const rows = frozen.length === 0 ? [] : await acceptedDays(context.database, frozen);
  return new Map(rows.map((row) => [keyOf(workDayOf(row)), totalsOf(row)]));
}
