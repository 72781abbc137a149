/** Tables and columns take the words of the glossary: queue items, places, submitted counts. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.renameTable('work', 'queue_items');
  await knex.schema.alterTable('access', (table) => table.renameColumn('scope', 'place'));
  await knex.schema.alterTable('audit_log', (table) => table.renameColumn('scope', 'place'));
  await knex.schema.alterTable('contracts', (table) => table.renameColumn('final_reported_at', 'final_submitted_at'));
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('contracts', (table) => table.renameColumn('final_submitted_at', 'final_reported_at'));
  await knex.schema.alterTable('audit_log', (table) => table.renameColumn('place', 'scope'));
  await knex.schema.alterTable('access', (table) => table.renameColumn('place', 'scope'));
  await knex.schema.renameTable('queue_items', 'work');
}
