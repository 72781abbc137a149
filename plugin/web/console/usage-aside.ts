/** What stands beside the totals: days to look at, work that was not counted, held back or refused, each with why, and later corrections. */
import type { PluginContext } from '../../context.ts';
import { ourProjectLinks } from '../../mirror/project-links.ts';
import { readFlagged } from '../../status/flagged.ts';
import { readNoWork } from '../../status/no-work.ts';
import { findUncovered, uncoveredWords } from '../../status/uncovered.ts';
import { contractNames, trainerNames } from '../../status/usage-groups.ts';
import { latestCorrections } from '../../usage/usage-corrections.ts';
import { cutSum } from '../../usage/usage-cuts.ts';
import { refusalsWithin } from '../../usage/usage-refusals.ts';
import type { UsageScope } from '../../usage/usage-scope.ts';
import { linked, trainerPath } from './trainer.ts';

const SHOWN = 50;

/** All of it within the scope; at most 50 of each, the latest first. */
export async function readUsageAside(context: PluginContext, scope: UsageScope) {
  const { database } = context;
  const refusals = await refusalsWithin(database, scope, SHOWN);
  const corrections = await latestCorrections(database, scope, SHOWN);
  const named = [...refusals, ...corrections];
  const contracts = await contractNames(database, [...new Set(named.map(({ contract_id }) => contract_id))]);
  const trainers = await trainerNames(database, [...new Set(named.map(({ trainer_id }) => trainer_id))]);
  const whose = (row: { contract_id: string; trainer_id: string; work_date: string }) => ({
    contract: contracts.get(row.contract_id) ?? row.contract_id,
    trainer: trainers.get(row.trainer_id) ?? row.trainer_id,
    explain: `/console/explain?${new URLSearchParams({ contract: row.contract_id, day: row.work_date })}`,
  });
  return {
    uncovered: await uncovered(context, scope),
    flags: (await readFlagged(context, scope, SHOWN)).map(linked),
    noWork: (await readNoWork(context, scope, SHOWN)).map((row) => ({ ...row, path: trainerPath(row.trainerId) })),
    cut: scope.contractIds || scope.jobIds ? { seconds: 0, annotations: 0 } : await cutSum(database, scope),
    held: await held(context, scope),
    refusals: refusals.map((row) => ({ ...row, ...whose(row) })),
    corrections: corrections.map((row) => ({ ...row, ...whose(row) })),
  };
}

/** None where only the work of contracts is asked for. */
async function uncovered(context: PluginContext, scope: UsageScope) {
  if (scope.contractIds) return [];
  const { jobIds } = scope;
  const links = jobIds ? await ourProjectLinks(context.database) : [];
  const projectIds = jobIds && links.flatMap((row) => (jobIds.includes(row.job_id ?? '') ? row.project_id : []));
  const days = { since: scope.from, until: scope.until };
  const rows = await findUncovered(context, { ...days, trainerIds: scope.trainerIds, projectIds }, SHOWN);
  return rows.map((row) => ({ ...row, ...uncoveredWords[row.cause], path: trainerPath(row.trainerId) }));
}

async function held({ database }: PluginContext, { jobIds, contractIds }: UsageScope) {
  const rows = database('contracts').whereNotNull('usage_problem').orderBy('id').limit(SHOWN);
  if (jobIds) rows.whereIn('job_id', jobIds);
  if (contractIds) rows.whereIn('id', contractIds);
  const found: { id: string; title: string | null; usage_problem: string }[] = await rows.select(
    'id',
    'title',
    'usage_problem',
  );
  return found.map(({ id, title, usage_problem }) => ({ name: title ?? id, problem: usage_problem }));
}
