/**
 * The migrations, in order. A new one is added at the end; one that was released is never changed. The code of each is loaded when it is
 * applied: every process starts by looking at their names, and hardly any applies one.
 */
import type { Knex } from 'knex';

export interface NamedMigration extends Knex.Migration {
  name: string;
}

function migration(name: string, load: () => Promise<Knex.Migration>): NamedMigration {
  return {
    name,
    up: async (knex) => (await load()).up(knex),
    down: async (knex) => (await load()).down?.(knex),
  };
}

export const migrations: readonly NamedMigration[] = [
  migration('0001-opentrain', () => import('./0001-opentrain.ts')),
  migration('0002-inbox-and-work', () => import('./0002-inbox-and-work.ts')),
  migration('0003-access', () => import('./0003-access.ts')),
  migration('0004-usage', () => import('./0004-usage.ts')),
  migration('0005-operations', () => import('./0005-operations.ts')),
  migration('0006-words', () => import('./0006-words.ts')),
  migration('0007-access-journal', () => import('./0007-access-journal.ts')),
  migration('0008-instants', () => import('./0008-instants.ts')),
  migration('0009-grants', () => import('./0009-grants.ts')),
  migration('0010-accounts', () => import('./0010-accounts.ts')),
  migration('0011-link-owners', () => import('./0011-link-owners.ts')),
  migration('0012-first-connection', () => import('./0012-first-connection.ts')),
  migration('0013-totals', () => import('./0013-totals.ts')),
  migration('0014-tool-database', () => import('./0014-tool-database.ts')),
  migration('0015-held-days', () => import('./0015-held-days.ts')),
  migration('0017-refusals', () => import('./0017-refusals.ts')),
  migration('0018-console-people', () => import('./0018-console-people.ts')),
  migration('0019-uncovered-work', () => import('./0019-uncovered-work.ts')),
  migration('0020-usage-by-page', () => import('./0020-usage-by-page.ts')),
  migration('0021-reminders', () => import('./0021-reminders.ts')),
  migration('0024-scale', () => import('./0024-scale.ts')),
  migration('0025-heartbeats', () => import('./0025-heartbeats.ts')),
  migration('0026-links-from-before', () => import('./0026-links-from-before.ts')),
  migration('0028-console-runs', () => import('./0028-console-runs.ts')),
  migration('0029-contract-reads', () => import('./0029-contract-reads.ts')),
  migration('0031-flags', () => import('./0031-flags.ts')),
  migration('0033-usage-by-job', () => import('./0033-usage-by-job.ts')),
  migration('0034-budget-thresholds', () => import('./0034-budget-thresholds.ts')),
];
