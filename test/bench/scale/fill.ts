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
  const dayList = Array.from({ length: days }, (_, index) => `('${dayBefore(now, index + 1)}')`).join(', ');
  const dayTable = isSqlite(database)
    ? `numbers CROSS JOIN (SELECT column1 AS day FROM (VALUES ${dayList})) AS d`
    : `numbers CROSS JOIN (VALUES ${dayList}) AS d(day)`;
  await run(
    contracts,
    'usage_days (contract_id, trainer_id, work_date, total_seconds, tasks_completed, labels_completed, accepted_at)',
    `'c' || i, 't' || (i % ${trainers}), d.day, 600, 10, 10, ${now}`,
    dayTable,
  );
  await database.raw(
    `INSERT INTO usage_day_totals (work_date, total_seconds, tasks_completed, labels_completed)
     SELECT work_date, SUM(total_seconds), SUM(tasks_completed), SUM(labels_completed) FROM usage_days GROUP BY work_date`,
  );
  await run(
    contracts,
    'budgets (contract_id, state, budget, at)',
    `'c' || i, CASE WHEN i % 20 = 0 THEN 'LOW' ELSE 'OK' END, '{"contractId":"c' || i || '","state":"OK"}', ${now}`,
  );
  await run(
    deliveries,
    'deliveries (id, event_id, event_type, body, headers, received_at, outcome, finished_at, attempts)',
    `'old' || i, CAST(i AS TEXT), 'contract.started', '{}', '{}', ${started} + i, 'done', ${now}, 1`,
  );
}
