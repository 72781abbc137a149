/** Does what an admin asked for in the console, and records what came of it. */
import type { Check } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { examine } from '../doctor/doctor.ts';
import { AdminError, messageOf } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import {
  beginRun,
  type ConsoleRun,
  type ConsoleRunKind,
  type ConsoleRunResult,
  findRun,
  finishRun,
  noteProgress,
} from '../queue/console-runs.ts';
import { namesOf } from '../report/names.ts';
import { createFormat } from '../text/format.ts';
import { readFacts } from '../usage/facts.ts';
import { type SyncResult, syncContracts } from '../usage/sync.ts';
import { differenceColumns, differenceRows, syncSummary } from '../usage/sync-rows.ts';
import { reconcile } from './reconcile.ts';
import { appliedColumns, appliedRows, planColumns, planRows, rehearsedPlan } from './reconcile-plan.ts';

/** How often progress is written down at most. */
const PROGRESS_EVERY_MS = 1_000;

type Work = (context: PluginContext, run: ConsoleRun, signal: AbortSignal) => Promise<ConsoleRunResult>;

const works: Readonly<Record<ConsoleRunKind, Work>> = {
  doctor: async (context) => checked(await examine(context, { testRemoval: false })),
  'removal-test': async (context) => checked(await examine(context, { testRemoval: true })),
  plan,
  reconcile: apply,
  differences: (context, run) => sync(context, run, true),
  sync: (context, run) => sync(context, run, false),
};

/**
 * Resolves when the outcome is recorded, good or bad: an admin asks again, nothing is tried again by itself. Throws when the signal
 * aborts, and what the store throws; then the run begins anew.
 */
export async function doConsoleRun(context: PluginContext, id: string, signal: AbortSignal): Promise<void> {
  const { database, clock, settings, log } = context;
  const run = await findRun(database, id);
  if (!run || run.finishedAt !== null) return;
  await beginRun(database, id, clock.now());
  try {
    const result = await works[run.kind](context, run, signal);
    await finishRun(database, id, { result }, clock.now());
  } catch (error) {
    if (signal.aborted) throw error;
    const told = forPeople(settings, error);
    const remedy = told instanceof AdminError ? told.remedy : 'The log says more. Run `opentrain-plugin doctor`.';
    log.warn({ run: id, kind: run.kind, error: messageOf(error) }, 'what was asked for in the console failed');
    await finishRun(database, id, { error: messageOf(told), remedy }, clock.now());
  }
}

function checked(checks: readonly Check[]): ConsoleRunResult {
  const count = (result: Check['result']): number => checks.filter((check) => check.result === result).length;
  const [failures, warnings] = [count('failure'), count('warning')];
  const isClean = failures + warnings === 0;
  return {
    summary: isClean ? 'All is well.' : `${failures} failures, ${warnings} warnings.`,
    ...{ isClean, changes: 0, more: 0 },
    columns: ['Result', 'What', 'Why', 'What to do'],
    rows: checks.map(({ result, title, why, remedy }) => [result, title, why, remedy]),
  };
}

async function plan(context: PluginContext, { actor }: ConsoleRun): Promise<ConsoleRunResult> {
  const all = await rehearsedPlan(context, actor);
  const changes = all.filter(({ action }) => action !== 'keep');
  const held = changes.filter(({ heldByPolicy }) => heldByPolicy).length;
  const toChange = changes.length - held;
  const policy = held > 0 ? ` ${held} in brackets are held by ACCESS_POLICY=${context.settings.accessPolicy}.` : '';
  return {
    summary:
      changes.length === 0
        ? 'Access is as it should be. Nothing to change.'
        : `${toChange} to change, ${all.length - changes.length} to keep. Nothing was changed yet.${policy}`,
    ...{ isClean: changes.length === 0, changes: toChange, more: 0 },
    columns: planColumns,
    rows: planRows(changes),
  };
}

async function apply(context: PluginContext, { actor }: ConsoleRun): Promise<ConsoleRunResult> {
  const { access } = await reconcile(context, actor, { look: true });
  const rows = await appliedRows(context, access);
  return {
    summary: rows.length === 0 ? 'Access was as it should be.' : `${rows.length} changed.`,
    ...{ isClean: true, changes: 0, more: 0 },
    ...{ columns: appliedColumns, rows },
  };
}

async function sync(context: PluginContext, run: ConsoleRun, dryRun: boolean): Promise<ConsoleRunResult> {
  const result = await syncContracts(context, { cause: run.actor, dryRun, progress: progressOf(context, run.id) });
  const names = namesOf(await readFacts(context));
  const format = createFormat(context.settings.usage.timezone, () => context.clock.now());
  const troubles = troublesOf(result).map(([contractId = '', ...rest]) => [names.contract(contractId), ...rest]);
  return {
    summary: [syncSummary(result, format), ...(troubles.length > 0 ? [`${troubles.length} need your eye.`] : [])].join(
      ' ',
    ),
    isClean: result.changes.length + troubles.length === 0 || (!dryRun && troubles.length === 0),
    ...{ changes: dryRun ? result.changes.length : 0, more: 0 },
    columns: differenceColumns,
    rows: [...troubles, ...differenceRows(result.changes, format, names)],
  };
}

/** What could not be sent, as rows for {@link differenceColumns}: the last column says why. */
function troublesOf({ refused, problems, unfinished }: SyncResult): string[][] {
  const row = (contractId: string, day: string, why: string): string[] => [contractId, '', day, '', '', '', why];
  return [
    ...refused.map(({ contractId, day, message }) => row(contractId, day, `refused: ${message}`)),
    ...problems.map(({ contractId, problem }) => row(contractId, '', problem)),
    ...unfinished.map(({ contractId, error }) => row(contractId, '', `must be tried again: ${messageOf(error)}`)),
  ];
}

/** Writes progress down, at most once a second. A write that fails is no reason to stop. */
function progressOf({ database, log }: PluginContext, id: string): (done: number, total: number) => void {
  let writtenAt = 0;
  return (done, total) => {
    if (performance.now() - writtenAt < PROGRESS_EVERY_MS && done < total) return;
    writtenAt = performance.now();
    noteProgress(database, id, done, total).catch((error) =>
      log.warn({ error: messageOf(error) }, 'no progress noted'),
    );
  };
}
