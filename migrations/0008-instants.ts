/**
 * A contract's first and last day are now those of its instants in USAGE_TIMEZONE. Whoever had contracts before reads them again,
 * and counts all of their days once more, so that days that were missed are submitted.
 */
import type { Knex } from 'knex';

const items = [
  { kind: 'reconcile', key: 'all' },
  { kind: 'sync', key: 'whole' },
] as const;

export async function up(knex: Knex): Promise<void> {
  if ((await knex('contracts').first('id')) === undefined) return;
  const now = Date.now();
  const rows = items.map((item) => ({
    ...item,
    detail: JSON.stringify({ cause: 'upgrade: contract dates are instants' }),
    requested_at: now,
    due_at: now,
  }));
  await knex('queue_items').insert(rows).onConflict(['kind', 'key']).ignore();
}

export async function down(): Promise<void> {
  // A count too many is harmless.
}
