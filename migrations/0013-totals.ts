/** Sums of accepted usage by day, kept beside the days, and the deliveries that are not finished: what /metrics reads. */
import type { Knex } from 'knex';

const SUMS = ['total_seconds', 'tasks_completed', 'labels_completed'] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage_day_totals', (table) => {
    table.text('work_date').primary();
    for (const sum of SUMS) table.bigInteger(sum);
  });
  const sums = SUMS.map((sum) => `SUM(${sum})`).join(', ');
  await knex.raw(
    `INSERT INTO usage_day_totals (work_date, ${SUMS.join(', ')}) SELECT work_date, ${sums} FROM usage_days GROUP BY work_date`,
  );
  await knex.raw('CREATE INDEX deliveries_open ON deliveries (failing_since) WHERE finished_at IS NULL');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP INDEX deliveries_open');
  await knex.schema.dropTable('usage_day_totals');
}
