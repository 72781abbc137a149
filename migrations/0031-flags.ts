/** Days as they were counted last, by trainer and project, and what people should look at in them. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('counted_days', (table) => {
    table.text('trainer_id').notNullable();
    table.text('project_id').notNullable();
    table.text('work_date').notNullable();
    table.bigInteger('tasks').notNullable();
    table.bigInteger('annotations').notNullable();
    table.bigInteger('most_annotations').notNullable();
    table.bigInteger('regions');
    table.bigInteger('seconds');
    table.bigInteger('without_time').notNullable();
    table.bigInteger('edited_by_others').notNullable();
    table.text('not_counted');
    table.bigInteger('first_at');
    table.bigInteger('last_at');
    table.text('unreadable');
    table.primary(['trainer_id', 'project_id', 'work_date']);
  });
  await knex.raw('CREATE INDEX counted_days_by_day ON counted_days (work_date, trainer_id)');
  await knex.raw('CREATE INDEX counted_days_unreadable ON counted_days (work_date) WHERE unreadable IS NOT NULL');
  await knex.schema.createTable('usage_flags', (table) => {
    table.text('trainer_id').notNullable();
    table.text('work_date').notNullable();
    table.text('kind').notNullable();
    table.double('value').notNullable();
    table.double('compared_with');
    table.text('project_ids').notNullable();
    table.primary(['trainer_id', 'work_date', 'kind']);
  });
  await knex.raw('CREATE INDEX usage_flags_by_day ON usage_flags (work_date)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('usage_flags');
  await knex.schema.dropTable('counted_days');
}
