/** What admins asked for in the console that takes a while: who asked, how far it is, and what came of it. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('console_runs', (table) => {
    table.text('id').primary();
    table.text('kind').notNullable();
    table.text('actor').notNullable();
    table.bigInteger('asked_at').notNullable();
    table.bigInteger('started_at');
    table.bigInteger('finished_at');
    table.integer('done').notNullable().defaultTo(0);
    table.integer('total').notNullable().defaultTo(0);
    table.text('result');
    table.text('error');
    table.text('remedy');
    table.index(['kind', 'asked_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('console_runs');
}
