/** Sums of accepted usage by job and day, and indexes by day of what stands beside them: what the usage page reads. */
import type { Knex } from 'knex';

const SUMS = ['total_seconds', 'tasks_completed', 'labels_completed'] as const;
const indexes = [
  ['usage_refusals_by_day', 'usage_refusals (work_date)'],
  ['usage_cuts_by_day', 'usage_cuts (work_date)'],
] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage_job_days', (table) => {
    table.text('job_id').notNullable();
    table.text('work_date').notNullable();
    for (const sum of SUMS) table.bigInteger(sum);
    table.primary(['job_id', 'work_date']);
  });
  const sums = SUMS.map((sum) => `SUM(${sum})`).join(', ');
  await knex.raw(
    `INSERT INTO usage_job_days (job_id, work_date, ${SUMS.join(', ')}) SELECT job_id, work_date, ${sums} FROM usage_days
     JOIN contracts ON contracts.id = usage_days.contract_id GROUP BY job_id, work_date`,
  );
  for (const [name, on] of indexes) await knex.raw(`CREATE INDEX ${name} ON ${on}`);
}

export async function down(knex: Knex): Promise<void> {
  for (const [name] of indexes) await knex.raw(`DROP INDEX ${name}`);
  await knex.schema.dropTable('usage_job_days');
}
