/** One account of the tool belongs to one trainer; accounts that an admin knows as a colleague's; when the plugin started first. */
import type { Knex } from 'knex';

interface Tied {
  id: string;
  tool_user_id: string;
}

export async function up(knex: Knex): Promise<void> {
  await untieDuplicates(knex);
  await knex.raw('CREATE UNIQUE INDEX trainers_tool_user_id ON trainers (tool_user_id) WHERE tool_user_id IS NOT NULL');
  await knex.schema.createTable('colleagues', (table) => {
    table.text('tool_user_id').primary();
    table.bigInteger('confirmed_at').notNullable();
    table.text('cause').notNullable();
  });
  await knex.schema.createTable('first_start', (table) => {
    table.integer('id').primary();
    table.bigInteger('at').notNullable();
  });
  await knex.schema.createTable('new_accounts', (table) => {
    table.text('tool_user_id').primary();
    table.text('name').notNullable();
    table.bigInteger('joined_at').notNullable();
    table.text('suspects').notNullable();
  });
  const first = await knex('audit_log').min({ at: 'at' }).first();
  const at = Number(first?.at ?? 0);
  if (at > 0) await knex('first_start').insert({ id: 1, at });
}

/**
 * The account stays with the trainer for whom we made it, or who has had access for the longest; the others are blocked, and are
 * let in again when they have proved their Work Email.
 */
async function untieDuplicates(knex: Knex): Promise<void> {
  const tied: Tied[] = await knex('trainers').whereNotNull('tool_user_id').orderBy('id').select('id', 'tool_user_id');
  for (const [account, trainers] of Map.groupBy(tied, (row) => row.tool_user_id)) {
    if (trainers.length < 2) continue;
    const ids = trainers.map(({ id }) => id);
    const oldest: { trainer_id: string } | undefined = await knex('access')
      .whereIn('trainer_id', ids)
      .orderBy([{ column: 'adopted' }, { column: 'since' }, { column: 'trainer_id' }])
      .first('trainer_id');
    const keeper = oldest?.trainer_id ?? ids[0];
    const others = ids.filter((id) => id !== keeper);
    await knex('trainers').whereIn('id', others).update({ tool_user_id: null });
    await knex('access')
      .whereIn('trainer_id', others)
      .whereIn('state', ['active', 'invited'])
      .update({
        state: 'blocked',
        reason: 'account-not-ours',
        remedy: `The account ${account} of the tool was recorded for this trainer and for trainer ${keeper}. Run reconcile: who has no account is invited.`,
      });
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('new_accounts');
  await knex.schema.dropTable('first_start');
  await knex.schema.dropTable('colleagues');
  await knex.raw('DROP INDEX trainers_tool_user_id');
}
