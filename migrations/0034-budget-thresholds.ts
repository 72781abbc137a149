/**
 * From when on an admin wants to be told of a budget, and how much of each is used; a stored budget gets it with its next read, within
 * the hour. And an index for the days that were counted in a project.
 */
import type { Knex } from 'knex';

const indexes = [
  ['budgets_by_use', 'budgets (consumed_fraction)'],
  ['budgets_by_end', 'budgets (funded_until)'],
  ['counted_days_by_project', 'counted_days (project_id, work_date)'],
] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('budget_thresholds', (table) => {
    // Empty: all jobs that have none of their own.
    table.text('job_id').primary();
    table.integer('used_percent');
    table.integer('days_left');
    table.bigInteger('changed_at').notNullable();
    table.text('changed_by').notNullable();
  });
  await knex.schema.alterTable('budgets', (table) => {
    table.double('consumed_fraction');
  });
  for (const [name, on] of indexes) await knex.raw(`CREATE INDEX ${name} ON ${on}`);
}

export async function down(knex: Knex): Promise<void> {
  for (const [name] of indexes) await knex.raw(`DROP INDEX ${name}`);
  await knex.raw('ALTER TABLE budgets DROP COLUMN consumed_fraction');
  await knex.schema.dropTable('budget_thresholds');
}
