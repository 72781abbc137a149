/** What we know of OpenTrain: the install, links, contracts, trainers. Times are milliseconds since 1970 UTC. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('installs', (table) => {
    table.text('id').primary();
    table.text('status').notNullable();
    table.text('organization_id');
    table.text('scopes').notNullable();
    table.boolean('pii_consent').notNullable();
    table.text('token_fingerprint').notNullable();
    table.bigInteger('connected_at').notNullable();
    table.bigInteger('checked_at').notNullable();
    table.bigInteger('disconnected_at');
    table.text('disconnected_reason');
  });
  await knex.schema.createTable('secrets', (table) => {
    table.text('name').primary();
    table.text('ciphertext').notNullable();
    table.bigInteger('created_at').notNullable();
  });
  await knex.schema.createTable('project_links', (table) => {
    table.text('id').primary();
    table.text('job_id').index();
    table.text('external_project_id').notNullable();
    table.text('external_project_name');
    table.text('external_project_url');
    table.text('provisioning_mode').notNullable();
    table.text('label_unit').notNullable().defaultTo('annotations');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('removed_at');
    table.text('event_id');
  });
  await knex.schema.createTable('contracts', (table) => {
    table.text('id').primary();
    table.text('job_id').notNullable().index();
    table.text('status').notNullable();
    table.text('title');
    table.text('start_date');
    table.text('end_date');
    table.bigInteger('created_at').notNullable();
    table.text('event_id');
    table.bigInteger('state_at').notNullable();
    table.bigInteger('participants_read_at');
    table.bigInteger('ended_seen_at');
    table.bigInteger('final_reported_at');
    table.text('usage_problem');
    table.bigInteger('usage_problem_at');
  });
  await knex.schema.createTable('trainers', (table) => {
    table.text('id').primary();
    table.text('display_name');
    table.text('country');
    table.text('profile_url');
    table.text('work_email').index();
    table.text('refused_email');
    table.text('tool_user_id').index();
    table.integer('access_revision').notNullable().defaultTo(0);
    table.bigInteger('access_intent_at');
    table.bigInteger('updated_at').notNullable();
  });
  await knex.schema.createTable('contract_trainers', (table) => {
    table.text('contract_id').notNullable();
    table.text('trainer_id').notNullable().index();
    table.primary(['contract_id', 'trainer_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['contract_trainers', 'trainers', 'contracts', 'project_links', 'secrets', 'installs']) {
    await knex.schema.dropTable(table);
  }
}
