/** Which `start` processes run, and when each kind of regular work was done last: so that silence is not taken for health. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('heartbeats', (table) => {
    table.text('owner').primary();
    table.text('version').notNullable();
    table.bigInteger('started_at').notNullable();
    table.bigInteger('seen_at').notNullable();
  });
  await knex.schema.createTable('last_done', (table) => {
    table.text('name').primary();
    table.bigInteger('at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('last_done');
  await knex.schema.dropTable('heartbeats');
}
