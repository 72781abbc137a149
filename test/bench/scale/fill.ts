/** Fills a store with trainers, contracts, usage and deliveries by bulk SQL, on both databases. */
import { type Database, isSqlite } from '../../../plugin/store/database.ts';

export interface Size {
  trainers: number;
  /** One a trainer is active; the others are ended, with their final count in. */
  contracts: number;
  jobs: number;
  /** Days of accepted usage of each contract. */
  days: number;
  deliveries: number;
}

export const BIG: Size = { trainers: 10_000, contracts: 20_000, jobs: 300, days: 50, deliveries: 100_000 };

/** A twentieth of {@link BIG}, with as many trainers a job. */
export const SMALL: Size = { trainers: 2_500, contracts: 2_500, jobs: 75, days: 5, deliveries: 1_000 };

const DAY_MS = 86_400_000;
const AUDIT_PER_TRAINER = 10;
const CORRECTIONS_PER_CONTRACT = 2;
const BUDGET_POINTS = 30;
/** A statement of the store may take 15 s. */
const DAYS_PER_STATEMENT = 5;
/** Whole days before `now`, as YYYY-MM-DD. */
export function dayBefore(now: number, days: number): string {
  return new Date(now - days * DAY_MS).toISOString().slice(0, 10);
}

/** The contract's job, which is also its project's id, by the contract's number. */
export function jobOf(contract: number, { jobs }: Size): number {
  return contract % jobs;
}

/** Rows of numbers below `count`, as a WITH clause: `numbers(i)`. */
function numbers(database: Database, count: number): string {
  return isSqlite(database)
    ? `WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count - 1})`
    : `WITH numbers(i) AS (SELECT generate_series(0, ${count - 1}))`;
}

/** Fills an empty, migrated store. `now`: milliseconds since 1970 UTC. */
export async function fill(database: Database, size: Size, now: number): Promise<void> {
  const run = async (count: number, into: string, select: string, from = 'numbers'): Promise<void> => {
    // SQLite takes the clause in front of INSERT, PostgreSQL too.
    await database.raw(`${numbers(database, count)} INSERT INTO ${into} SELECT ${select} FROM ${from}`);
  };
  const { trainers, contracts, jobs, days, deliveries } = size;
  const started = now - (days + 1) * DAY_MS;
  const startDay = dayBefore(now, days + 1);
  const endDay = dayBefore(now, 1);
  const install = { id: 'inst', status: 'connected', organization_id: 'org', token_fingerprint: 'none' };
  await database('installs').insert({
    ...install,
    scopes: '["participants:email"]',
    pii_consent: true,
    connected_at: started,
    first_connected_at: started,
    checked_at: now,
  });
  await run(
    jobs,
    'project_links (id, job_id, external_project_id, project_id, external_project_name, provisioning_mode, created_at)',
    `'l' || i, 'job' || i, CAST(i AS TEXT), CAST(i AS TEXT), 'Project ' || i, 'PARTNER_WEBHOOK', ${started}`,
  );
  await run(
    trainers,
    'trainers (id, display_name, work_email, tool_user_id, updated_at)',
    `'t' || i, 'Trainer ' || i, 't' || i || '@opentrain.work', CAST(i + 1 AS TEXT), ${started}`,
  );
  const ended = (yes: string, no: string): string => `CASE WHEN i < ${trainers} THEN ${no} ELSE ${yes} END`;
  await run(
    contracts,
    'contracts (id, job_id, status, title, start_date, end_date, created_at, state_at, participants_read_at, ended_seen_at, final_submitted_at)',
    `'c' || i, 'job' || (i % ${jobs}), ${ended("'ended'", "'active'")}, 'Contract ' || i, '${startDay}T00:00:00.000Z',
     ${ended(`'${endDay}T00:00:00.000Z'`, 'NULL')}, ${started}, ${started}, ${started}, ${ended(`${now}`, 'NULL')}, ${ended(`${now}`, 'NULL')}`,
  );
  await run(contracts, 'contract_trainers (contract_id, trainer_id)', `'c' || i, 't' || (i % ${trainers})`);
  await run(
    trainers,
    'access (trainer_id, place, state, adopted, owned, since)',
    `'t' || i, '*', 'active', ${isSqlite(database) ? '0, 1' : 'false, true'}, ${started}`,
  );
  for (let first = 0; first < days; first += DAYS_PER_STATEMENT) {
    const count = Math.min(DAYS_PER_STATEMENT, days - first);
    const dayList = Array.from({ length: count }, (_, index) => `('${dayBefore(now, first + index + 1)}')`).join(', ');
    const dayTable = isSqlite(database)
      ? `numbers CROSS JOIN (SELECT column1 AS day FROM (VALUES ${dayList})) AS d`
      : `numbers CROSS JOIN (VALUES ${dayList}) AS d(day)`;
    await run(
      contracts,
      'usage_days (contract_id, trainer_id, work_date, total_seconds, tasks_completed, labels_completed, accepted_at)',
      `'c' || i, 't' || (i % ${trainers}), d.day, 600, 10, 10, ${now}`,
      dayTable,
    );
  }
  await database.raw(
    `INSERT INTO usage_day_totals (work_date, total_seconds, tasks_completed, labels_completed, trainers)
     SELECT work_date, SUM(total_seconds), SUM(tasks_completed), SUM(labels_completed), COUNT(DISTINCT trainer_id) FROM usage_days GROUP BY work_date`,
  );
  await database.raw(
    `INSERT INTO usage_job_days (job_id, work_date, total_seconds, tasks_completed, labels_completed)
     SELECT job_id, work_date, SUM(total_seconds), SUM(tasks_completed), SUM(labels_completed) FROM usage_days
     JOIN contracts ON contracts.id = contract_id GROUP BY job_id, work_date`,
  );
  await fillBudgets(database, run, size, now);
  await run(
    trainers * AUDIT_PER_TRAINER,
    'audit_log (at, cause, action, trainer_id, work_email, place, before, after)',
    `${started} + i, 'event ' || i || ' (contract.started)', 'invite', 't' || (i % ${trainers}), 't' || (i % ${trainers}) || '@opentrain.work', '*', 'none', 'invited'`,
  );
  await run(
    Math.round(contracts * CORRECTIONS_PER_CONTRACT),
    'usage_corrections (at, contract_id, trainer_id, work_date, seconds_change, tasks_change, labels_change)',
    `${now} - CAST(i % 30 AS BIGINT) * ${DAY_MS} - i, 'c' || (i % ${contracts}), 't' || (i % ${trainers}), '${endDay}', 60, 1, 1`,
  );
  await run(
    deliveries,
    'deliveries (id, event_id, event_type, body, headers, received_at, outcome, finished_at, attempts)',
    `'old' || i, CAST(i AS TEXT), 'contract.started', '{}', '{}', ${started} + i, 'done', ${now}, 1`,
  );
}

/** Every twentieth budget is LOW; the history has one point a day of each, as after thinning. */
async function fillBudgets(
  database: Database,
  run: (count: number, into: string, select: string, from?: string) => Promise<void>,
  { contracts, trainers }: Size,
  now: number,
): Promise<void> {
  const state = `CASE WHEN i % 20 = 0 THEN 'LOW' ELSE 'OK' END`;
  const budget = (consumed: string): string =>
    `'{"contractId":"c' || i || '","state":"' || ${state} || '","paymentType":"HOURLY","fundedVolume":1000,"consumedVolume":' || ${consumed} || ',"consumedFraction":0.5}'`;
  await run(
    contracts,
    'budgets (contract_id, state, budget, at, consumed_fraction, funded_until)',
    `'c' || i, ${state}, ${budget('(500 + i % 100)')}, ${now}, 0.5, ${now} + CAST(i AS BIGINT) * ${DAY_MS}`,
  );
  const points = Array.from({ length: BUDGET_POINTS }, (_, index) => `(${BUDGET_POINTS - index})`).join(', ');
  const pointTable = isSqlite(database)
    ? `numbers CROSS JOIN (SELECT column1 AS ago FROM (VALUES ${points})) AS p`
    : `numbers CROSS JOIN (VALUES ${points}) AS p(ago)`;
  await run(
    trainers,
    'budget_history (contract_id, at, source, previous_state, state, budget)',
    `'c' || i, ${now} - CAST(p.ago AS BIGINT) * ${DAY_MS}, 'usage', ${state}, ${state}, ${budget('(500 - p.ago)')}`,
    pointTable,
  );
}
