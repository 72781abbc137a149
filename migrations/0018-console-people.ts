/** Who is signed in to the console, and whether they may change anything; when `start` and its regular work were last seen. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('console_sessions', (table) => {
    table.text('role').notNullable().defaultTo('admin');
    table.text('actor').notNullable().defaultTo('console link');
  });
  await knex.schema.createTable('last_seen', (table) => {
    table.text('name').primary();
    table.bigInteger('at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('last_seen');
  await knex.raw('ALTER TABLE console_sessions DROP COLUMN actor');
  await knex.raw('ALTER TABLE console_sessions DROP COLUMN role');
}
