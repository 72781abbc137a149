/** What the tool's database is recognised by, and whether another one was found in its place. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('tool_database_signs', (table) => {
    table.text('kind').notNullable();
    table.text('sign_id').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['kind', 'sign_id', 'created_at']);
  });
  await knex.schema.createTable('other_tool_database', (table) => {
    table.integer('id').primary();
    table.bigInteger('since').notNullable();
    table.text('found').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('other_tool_database');
  await knex.schema.dropTable('tool_database_signs');
}
