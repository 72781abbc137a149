/** Days that would become less by much: what the tool has now, what OpenTrain accepted, and what an admin decided about just that. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('usage_held', (table) => {
    table.text('contract_id').notNullable();
    table.text('trainer_id').notNullable();
    table.text('work_date').notNullable();
    for (const total of ['total_seconds', 'tasks_completed', 'labels_completed']) table.bigInteger(total);
    for (const total of ['accepted_seconds', 'accepted_tasks', 'accepted_labels']) table.bigInteger(total);
    table.text('decision');
    table.bigInteger('held_at').notNullable();
    table.bigInteger('decided_at');
    table.primary(['contract_id', 'trainer_id', 'work_date']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('usage_held');
}
