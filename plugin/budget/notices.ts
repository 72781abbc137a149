/**
 * Budget notices to annotators, on the projects of the tool. What a project should show follows from the store alone:
 *
 * | active contracts of the jobs linked to the project | notice                              |
 * |-----------------------------------------------------|-------------------------------------|
 * | all OK, or no budget known                          | none                                |
 * | some LOW                                            | their funded work is nearly used up |
 * | some DEPLETED                                       | their funded work is used up        |
 *
 * Nobody's name is in it: everybody on the project reads it.
 */
import type { PluginContext } from '../context.ts';
import { type ContractRow, findContracts } from '../mirror/contracts.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import type { BudgetState } from '../platform/types.ts';
import { markDue } from '../queue/items.ts';
import type { Database } from '../store/database.ts';
import { spentBudgets } from './budget-rows.ts';
import { allNotices, findNotice, saveNotice } from './notice-rows.ts';

export interface BudgetOfContract {
  contract: ContractRow;
  state: BudgetState;
}

/** The notice for a project with these contracts, or null when none is needed. Pure. */
export function noticeText(budgets: readonly BudgetOfContract[]): string | null {
  const named = (state: BudgetState): string[] =>
    budgets
      .filter((budget) => budget.state === state)
      .map(({ contract }) => `• ${contract.title ? `${contract.title} (${contract.id})` : contract.id}`)
      .sort();
  const [depleted, low] = [named('DEPLETED'), named('LOW')];
  const parts: string[] = [];
  if (depleted.length > 0) {
    parts.push(
      'The funded work of these contracts is used up. If you work under one of them, please stop labelling until more is funded: further work may not be paid.',
      ...depleted,
    );
  }
  if (low.length > 0) {
    parts.push('More than 80 % of the funded work of these contracts is used up. Labelling can go on for now.', ...low);
  }
  return parts.length === 0 ? null : parts.join('\n');
}

/** Makes the project show what it should, if it does not. Throws what the adapter throws. */
export async function showNotice(context: PluginContext, projectId: string): Promise<void> {
  const wanted = (await wantedNotices(context, [projectId])).get(projectId) ?? null;
  const shown = await findNotice(context.database, projectId);
  if (wanted === shown) return;
  const { capabilities } = await context.describeTool();
  if (!capabilities.notices) return;
  // A project that was deleted shows nothing any more.
  const exists = (await context.tool.findProject(projectId)) !== null;
  if (exists) await context.tool.setNotice(projectId, wanted);
  await saveNotice(context.database, projectId, exists ? wanted : null, context.clock.now());
}

/** Marks the notice of each of these projects as due that does not show what it should: contracts end, links come and go. */
export async function markStaleNotices(context: PluginContext, projectIds: readonly string[] | 'all'): Promise<void> {
  const wanted = await wantedNotices(context, projectIds);
  const shown = new Map((await allNotices(context.database)).map((row) => [row.project_id, row.notice]));
  const looked = projectIds === 'all' ? [...wanted.keys(), ...shown.keys()] : projectIds;
  const stale = [...new Set(looked)].filter((id) => wanted.get(id) !== shown.get(id));
  for (const key of stale) await markDue(context.database, { kind: 'notice', key }, context.clock.now());
}

/** The notices that these projects should show, by project id. Reads only the contracts whose budget is not OK. */
async function wantedNotices(
  { database }: PluginContext,
  projectIds: readonly string[] | 'all',
): Promise<Map<string, string>> {
  const looked = new Set(projectIds === 'all' ? [] : projectIds);
  const live = (await ourProjectLinks(database)).filter(
    ({ removed_at, project_id }) => removed_at === null && (projectIds === 'all' || looked.has(project_id)),
  );
  const jobIds = [...new Set(live.flatMap(({ job_id }) => job_id ?? []))];
  const spent = await spentContracts(database, projectIds === 'all' ? undefined : jobIds);
  const byJob = Map.groupBy(spent, ({ contract }) => contract.job_id);
  const notices = new Map<string, string>();
  for (const [projectId, links] of Map.groupBy(live, (link) => link.project_id)) {
    const text = noticeText(links.flatMap((link) => byJob.get(link.job_id ?? '') ?? []));
    if (text !== null) notices.set(projectId, text);
  }
  return notices;
}

/** The active contracts, of all jobs or of these, whose budget is LOW or DEPLETED. */
async function spentContracts(database: Database, jobIds: readonly string[] | undefined): Promise<BudgetOfContract[]> {
  const states = new Map((await spentBudgets(database, jobIds)).map((row) => [row.contract_id, row.state]));
  const contracts = await findContracts(database, [...states.keys()]);
  return contracts.map((contract) => ({ contract, state: states.get(contract.id) ?? 'OK' }));
}
