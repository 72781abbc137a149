/** To which tool a link belongs, the tool's id of its project, and what the tool said of it last. Nothing is known of stored links yet. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('project_links', (table) => {
    table.text('owner');
    table.text('project_id').notNullable().defaultTo('');
    table.text('project_state');
    table.bigInteger('project_asked_at');
  });
  await knex('project_links').update({ project_id: knex.ref('external_project_id') });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('project_links', (table) => {
    table.dropColumns('owner', 'project_id', 'project_state', 'project_asked_at');
  });
}
