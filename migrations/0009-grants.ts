/**
 * Under which grant of OpenTrain a link was last seen, and since when it is not linked under the present one. What is stored now was
 * seen under the install that was connected last.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('project_links', (table) => {
    table.text('seen_under');
    table.bigInteger('not_linked_since');
  });
  const install: { id: string; token_fingerprint: string } | undefined = await knex('installs')
    .orderBy('connected_at', 'desc')
    .first('id', 'token_fingerprint');
  if (install) await knex('project_links').update({ seen_under: `${install.id}/${install.token_fingerprint}` });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('project_links', (table) => {
    table.dropColumns('seen_under', 'not_linked_since');
  });
}
