/** Usage a page at a time, whoever it is of: by day, refusals by trainer, and names in their order. */
import type { Knex } from 'knex';

const indexes: Readonly<Record<string, string>> = {
  usage_days_by_day: 'usage_days (work_date, contract_id, trainer_id)',
  usage_refusals_by_trainer: 'usage_refusals (trainer_id, work_date)',
  contracts_by_name: 'contracts ((LOWER(COALESCE(title, id))), id)',
  trainers_by_name: 'trainers ((LOWER(COALESCE(display_name, id))), id)',
};

export async function up(knex: Knex): Promise<void> {
  for (const [name, columns] of Object.entries(indexes)) await knex.raw(`CREATE INDEX ${name} ON ${columns}`);
  // The first of them begins with the same column.
  await knex.schema.alterTable('usage_days', (table) => table.dropIndex('work_date'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('usage_days', (table) => table.index('work_date'));
  for (const name of Object.keys(indexes)) await knex.raw(`DROP INDEX ${name}`);
}
