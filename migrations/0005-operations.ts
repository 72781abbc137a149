/** What an admin looks at: counters, what is down since when, and the console's sessions. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('counters', (table) => {
    table.text('name').primary();
    table.bigInteger('count').notNullable();
    table.bigInteger('last_at').notNullable();
    table.text('last_detail');
  });
  await knex.schema.createTable('outages', (table) => {
    table.text('dependency').primary();
    table.bigInteger('since').notNullable();
    table.text('error').notNullable();
    table.bigInteger('retry_at').notNullable();
  });
  await knex.schema.createTable('console_tickets', (table) => {
    table.text('id').primary();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('used_at');
  });
  await knex.schema.createTable('console_sessions', (table) => {
    table.text('id').primary();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.text('connect_state');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['console_sessions', 'console_tickets', 'outages', 'counters'])
    await knex.schema.dropTable(table);
}
