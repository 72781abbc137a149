/** What the console reads on a large store: indexes, how many trainers worked each day, and when each budget is used up. */
import type { Knex } from 'knex';

const indexes = [
  ['usage_days_by_trainer', 'usage_days (trainer_id, work_date)'],
  ['usage_corrections_by_day', 'usage_corrections (work_date)'],
  ['budget_history_by_contract', 'budget_history (contract_id, at)'],
  ['deliveries_by_time', 'deliveries (received_at, id)'],
  ['contracts_by_status', 'contracts (status)'],
  ['contracts_not_settled', "contracts (id) WHERE status = 'ended' AND final_submitted_at IS NULL"],
  ['contracts_with_problem', 'contracts (id) WHERE usage_problem IS NOT NULL'],
  ['budgets_spent', "budgets (contract_id) WHERE state <> 'OK'"],
  ['access_to_attend', "access (trainer_id) WHERE state IN ('blocked', 'revoked-partial')"],
] as const;

export async function up(knex: Knex): Promise<void> {
  for (const [name, on] of indexes) await knex.raw(`CREATE INDEX ${name} ON ${on}`);
  await knex.schema.alterTable('usage_day_totals', (table) => {
    table.bigInteger('trainers').notNullable().defaultTo(0);
  });
  await knex.raw(
    'UPDATE usage_day_totals SET trainers = (SELECT COUNT(DISTINCT trainer_id) FROM usage_days WHERE usage_days.work_date = usage_day_totals.work_date)',
  );
  await knex.schema.alterTable('budgets', (table) => {
    table.bigInteger('funded_until');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE budgets DROP COLUMN funded_until');
  await knex.raw('ALTER TABLE usage_day_totals DROP COLUMN trainers');
  for (const [name] of indexes) await knex.raw(`DROP INDEX ${name}`);
}
