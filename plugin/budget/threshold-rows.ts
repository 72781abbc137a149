/** The thresholds that admins set: a row for all jobs (without an id), and one for each job that has its own. */
import { recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import type { Database } from '../store/database.ts';
import { noThreshold, type Threshold, type Thresholds, thresholdText } from './thresholds.ts';

const ALL_JOBS = '';
const HIGHEST = { usedPercent: 100, daysLeft: 365 } as const;

interface ThresholdRow {
  job_id: string;
  used_percent: number | null;
  days_left: number | null;
  changed_at: number;
  changed_by: string;
}

/** All of them: one row a job that has its own. */
export async function readThresholds(database: Database): Promise<Thresholds> {
  const rows = await database<ThresholdRow>('budget_thresholds').orderBy('job_id').select('*');
  const jobs = new Map(rows.map((row) => [row.job_id, threshold(row)]));
  const all = jobs.get(ALL_JOBS) ?? noThreshold;
  jobs.delete(ALL_JOBS);
  return { all, jobs };
}

function threshold({ used_percent, days_left }: ThresholdRow): Threshold {
  return { usedPercent: used_percent, daysLeft: days_left };
}

/**
 * Sets the thresholds of a job, or of all jobs (null), and tells the audit log; without both parts there are none any more.
 * Throws {@link AdminError} for a job without contracts and for values out of range.
 */
export async function setThreshold(
  { database, clock }: Pick<PluginContext, 'database' | 'clock'>,
  jobId: string | null,
  wanted: Threshold,
  actor: string,
): Promise<void> {
  check(wanted);
  await database.transaction(async (transaction) => {
    if (jobId !== null && !(await transaction('contracts').where({ job_id: jobId }).first('id'))) {
      throw new AdminError('There is no contract of this job.', 'Open the Budgets page anew.');
    }
    const key = { job_id: jobId ?? ALL_JOBS };
    const known = await transaction<ThresholdRow>('budget_thresholds').where(key).first();
    const [before, after] = [thresholdText(known ? threshold(known) : noThreshold), thresholdText(wanted)];
    if (before === after) return;
    const row = { ...key, used_percent: wanted.usedPercent, days_left: wanted.daysLeft };
    const changed = { changed_at: clock.now().getTime(), changed_by: actor };
    if (after === thresholdText(noThreshold)) await transaction('budget_thresholds').where(key).delete();
    else
      await transaction('budget_thresholds')
        .insert({ ...row, ...changed })
        .onConflict('job_id')
        .merge();
    const detail = jobId === null ? 'all jobs' : `job ${jobId}`;
    await recordAudit(transaction, {
      ...{ at: clock.now(), cause: actor, action: 'set-budget-threshold' },
      ...{ before, after, detail },
    });
  });
}

function check(wanted: Threshold): void {
  for (const name of ['usedPercent', 'daysLeft'] as const) {
    const value = wanted[name];
    if (value === null || (Number.isInteger(value) && value >= 1 && value <= HIGHEST[name])) continue;
    throw new AdminError(
      name === 'usedPercent' ? 'This is not a percentage.' : 'This is not a number of days.',
      `Give a whole number from 1 to ${HIGHEST[name]}, or leave it empty.`,
    );
  }
}
