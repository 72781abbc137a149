/** Every change of somebody's access becomes a row of a journal, in place of the marks on trainers and invitations. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('access_journal', (table) => {
    table.increments('id');
    table.text('trainer_id').notNullable().index();
    table.text('state').notNullable();
    table.text('plan').notNullable();
    table.text('cause').notNullable();
    table.bigInteger('begun_at').notNullable();
    table.bigInteger('finished_at');
  });
  await knex.raw(
    'CREATE UNIQUE INDEX access_journal_one_open ON access_journal (trainer_id) WHERE finished_at IS NULL',
  );
  await knex.schema.alterTable('audit_log', (table) => table.integer('journal_id'));
  await keepWhatIsOpen(knex);
  // Not knex's dropColumn, which on SQLite copies the whole table.
  await knex.raw('ALTER TABLE trainers DROP COLUMN access_revision');
  await knex.raw('ALTER TABLE trainers DROP COLUMN access_intent_at');
  await knex.raw('ALTER TABLE invitations DROP COLUMN claimed_at');
}

/** An intent of 0 said that nobody works on it any more; a claim without an intent was left by an acceptance. */
async function keepWhatIsOpen(knex: Knex): Promise<void> {
  const intents: { id: string; begun_at: number }[] = await knex('trainers')
    .whereNotNull('access_intent_at')
    .select('id', 'access_intent_at as begun_at');
  const claims: { id: string; begun_at: number }[] = await knex('invitations')
    .whereNotNull('claimed_at')
    .groupBy('trainer_id')
    .select('trainer_id as id')
    .max('claimed_at as begun_at');
  const open = new Map([...claims, ...intents].map(({ id, begun_at }) => [id, begun_at]));
  for (const [trainerId, begunAt] of open) {
    await knex('access_journal').insert({
      trainer_id: trainerId,
      state: begunAt === 0 ? 'unknown' : 'running',
      plan: 'a change that an earlier version of the plugin began',
      cause: 'upgrade',
      begun_at: begunAt,
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('invitations', (table) => table.bigInteger('claimed_at'));
  await knex.schema.alterTable('trainers', (table) => {
    table.integer('access_revision').notNullable().defaultTo(0);
    table.bigInteger('access_intent_at');
  });
  await knex('trainers')
    .whereIn('id', knex('access_journal').whereNull('finished_at').select('trainer_id'))
    .update({ access_intent_at: 0 });
  await knex.raw('ALTER TABLE audit_log DROP COLUMN journal_id');
  await knex.schema.dropTable('access_journal');
}
