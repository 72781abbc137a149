/** The inbox of deliveries, our endpoints at OpenTrain, and the work that is due. */
import type { Knex } from 'knex';

/** A row that is worked on: due when `due_at` has come and nobody holds the lease. */
function queueColumns(table: Knex.CreateTableBuilder): void {
  table.bigInteger('due_at');
  table.integer('attempts').notNullable().defaultTo(0);
  table.text('lease_owner');
  table.bigInteger('lease_until');
  table.text('last_error');
  table.bigInteger('failing_since');
}

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('deliveries', (table) => {
    table.text('id').primary();
    table.text('event_id').notNullable();
    table.text('event_type').notNullable();
    table.text('body').notNullable();
    table.text('headers').notNullable();
    table.bigInteger('received_at').notNullable().index();
    table.text('outcome');
    table.bigInteger('finished_at');
    queueColumns(table);
    table.index(['due_at', 'event_id']);
  });
  await knex.schema.createTable('work', (table) => {
    table.text('kind').notNullable();
    table.text('key').notNullable();
    table.integer('revision').notNullable().defaultTo(1);
    table.text('detail').notNullable().defaultTo('{}');
    table.bigInteger('requested_at').notNullable();
    queueColumns(table);
    table.primary(['kind', 'key']);
    table.index(['due_at']);
  });
  await knex.schema.createTable('webhook_endpoints', (table) => {
    table.text('id').primary();
    table.text('url').notNullable();
    table.text('status').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('checked_at').notNullable();
    table.bigInteger('accepted_until');
  });
  await knex.schema.createTable('schedule_slots', (table) => {
    table.text('name').notNullable();
    table.bigInteger('slot').notNullable();
    table.primary(['name', 'slot']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['schedule_slots', 'webhook_endpoints', 'work', 'deliveries']) await knex.schema.dropTable(table);
}
