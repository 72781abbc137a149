/** Links stored before their addresses were compared with the tool's: people have access by them, whatever their address says. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('project_links', (table) => {
    table.integer('from_before').notNullable().defaultTo(0);
  });
  await knex('project_links').whereNull('owner').update({ from_before: 1 });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('project_links', (table) => {
    table.dropColumns('from_before');
  });
}
