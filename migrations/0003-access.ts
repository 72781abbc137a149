/** Who has access, invitations, and the audit log of everything done to anybody's access. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('access', (table) => {
    table.text('trainer_id').notNullable();
    table.text('scope').notNullable();
    table.text('state').notNullable();
    table.text('reason');
    table.text('remedy');
    table.boolean('adopted').notNullable().defaultTo(false);
    table.boolean('owned').notNullable().defaultTo(false);
    table.bigInteger('since').notNullable();
    table.primary(['trainer_id', 'scope']);
  });
  await knex.schema.createTable('access_holds', (table) => {
    table.text('trainer_id').notNullable();
    table.text('contract_id').notNullable();
    table.bigInteger('at').notNullable();
    table.primary(['trainer_id', 'contract_id']);
  });
  await knex.schema.createTable('invitations', (table) => {
    table.text('id').primary();
    table.text('trainer_id').notNullable().index();
    table.text('kind').notNullable();
    table.text('state').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('claimed_at');
    table.bigInteger('used_at');
    table.bigInteger('mailed_at');
    table.text('mail_error');
  });
  // Two processes that plan the same hire at once cannot both invite.
  await knex.raw("CREATE UNIQUE INDEX invitations_one_open ON invitations (trainer_id) WHERE state = 'open'");
  await knex.schema.createTable('password_resets', (table) => {
    table.text('id').primary();
    table.text('trainer_id').notNullable().index();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable();
    table.bigInteger('used_at');
  });
  await knex.schema.createTable('audit_log', (table) => {
    table.increments('id');
    table.bigInteger('at').notNullable().index();
    table.text('cause').notNullable();
    table.text('action').notNullable();
    table.text('trainer_id').index();
    table.text('work_email');
    table.text('scope');
    table.text('before');
    table.text('after');
    table.text('detail');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['audit_log', 'password_resets', 'invitations', 'access_holds', 'access'])
    await knex.schema.dropTable(table);
}
