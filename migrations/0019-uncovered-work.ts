/** Work of trainers that no contract covers, as of the last sync of its day: it is shown with its cause, and never submitted. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('uncovered_work', (table) => {
    table.text('trainer_id').notNullable();
    table.text('project_id').notNullable();
    table.text('work_date').notNullable();
    table.text('cause').notNullable();
    table.bigInteger('tasks');
    table.bigInteger('labels');
    table.bigInteger('seconds');
    table.primary(['trainer_id', 'project_id', 'work_date']);
  });
  // Heartbeats have a table of their own.
  await knex.schema.dropTable('last_seen');
  await knex.raw('CREATE INDEX uncovered_work_by_day ON uncovered_work (work_date)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.createTable('last_seen', (table) => {
    table.text('name').primary();
    table.bigInteger('at').notNullable();
  });
  await knex.schema.dropTable('uncovered_work');
}
