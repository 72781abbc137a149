/** What OpenTrain last accepted per (contract, trainer, day), what it refused, what changed later, and budgets. */
import type { Knex } from 'knex';

function totals(table: Knex.CreateTableBuilder): void {
  table.bigInteger('total_seconds');
  table.bigInteger('tasks_completed');
  table.bigInteger('labels_completed');
}

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage_days', (table) => {
    table.text('contract_id').notNullable();
    table.text('trainer_id').notNullable();
    table.text('work_date').notNullable().index();
    totals(table);
    table.bigInteger('accepted_at').notNullable();
    table.primary(['contract_id', 'trainer_id', 'work_date']);
  });
  await knex.schema.createTable('usage_sending', (table) => {
    table.text('contract_id').notNullable();
    table.text('trainer_id').notNullable();
    table.text('work_date').notNullable();
    table.text('sender').notNullable();
    table.primary(['contract_id', 'trainer_id', 'work_date']);
  });
  await knex.schema.createTable('usage_corrections', (table) => {
    table.increments('id');
    table.bigInteger('at').notNullable().index();
    table.text('contract_id').notNullable();
    table.text('trainer_id').notNullable();
    table.text('work_date').notNullable();
    table.bigInteger('seconds_change');
    table.bigInteger('tasks_change');
    table.bigInteger('labels_change');
  });
  await knex.schema.createTable('usage_refusals', (table) => {
    table.text('contract_id').notNullable();
    table.text('trainer_id').notNullable();
    table.text('work_date').notNullable();
    totals(table);
    table.text('message').notNullable();
    table.text('request_id');
    table.bigInteger('at').notNullable();
    table.primary(['contract_id', 'trainer_id', 'work_date']);
  });
  await knex.schema.createTable('usage_cuts', (table) => {
    table.text('trainer_id').notNullable();
    table.text('project_id').notNullable();
    table.text('work_date').notNullable();
    table.integer('capped_annotations').notNullable();
    table.bigInteger('capped_seconds').notNullable();
    table.bigInteger('clamped_seconds').notNullable();
    table.bigInteger('at').notNullable();
    table.primary(['trainer_id', 'project_id', 'work_date']);
  });
  await knex.schema.createTable('budgets', (table) => {
    table.text('contract_id').primary();
    table.text('state').notNullable();
    table.text('budget').notNullable();
    table.bigInteger('at').notNullable();
  });
  await knex.schema.createTable('budget_history', (table) => {
    table.increments('id');
    table.text('contract_id').notNullable().index();
    table.bigInteger('at').notNullable();
    table.text('source').notNullable();
    table.text('previous_state');
    table.text('state').notNullable();
    table.text('budget').notNullable();
  });
  await knex.schema.createTable('notices', (table) => {
    table.text('project_id').primary();
    table.text('notice').notNullable();
    table.bigInteger('shown_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'notices',
    'budget_history',
    'budgets',
    'usage_cuts',
    'usage_refusals',
    'usage_corrections',
    'usage_sending',
    'usage_days',
  ]) {
    await knex.schema.dropTable(table);
  }
}
