/** When a read of the API last told a contract's status: a late event from before it does not overwrite it. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('contracts', (table) => {
    table.bigInteger('read_at');
  });
  // What no event told, a read did. For the others the next reconcile notes it.
  await knex('contracts')
    .whereNull('event_id')
    .update({ read_at: knex.ref('state_at') });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('contracts', (table) => {
    table.dropColumns('read_at');
  });
}
