/** What the tool said when it refused to let a trainer accept: for the admin, while the invitation is open. */
import type { Knex } from 'knex';

const columns = ['refusal', 'refusal_remedy'] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('invitations', (table) => {
    for (const column of columns) table.text(column).nullable();
    table.bigInteger('refused_at').nullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('invitations', (table) => table.dropColumns(...columns, 'refused_at'));
}
