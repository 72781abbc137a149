/** When each install was connected for the first time: a new token of the same install begins a connection, but not the first one. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('installs', (table) => {
    table.bigInteger('first_connected_at').notNullable().defaultTo(0);
  });
  await knex('installs').update({ first_connected_at: knex.ref('connected_at') });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('installs', (table) => {
    table.dropColumn('first_connected_at');
  });
}
