/** The migrations, in order. A new one is added at the end; one that was released is never changed. */
import type { Knex } from 'knex';
import * as opentrain from './0001-opentrain.ts';
import * as inbox from './0002-inbox-and-work.ts';
import * as access from './0003-access.ts';
import * as usage from './0004-usage.ts';
import * as operations from './0005-operations.ts';
import * as words from './0006-words.ts';
import * as accessJournal from './0007-access-journal.ts';
import * as instants from './0008-instants.ts';
import * as grants from './0009-grants.ts';
import * as accounts from './0010-accounts.ts';
import * as linkOwners from './0011-link-owners.ts';
import * as firstConnection from './0012-first-connection.ts';
import * as totals from './0013-totals.ts';
import * as toolDatabase from './0014-tool-database.ts';
import * as heldDays from './0015-held-days.ts';
import * as refusals from './0017-refusals.ts';
import * as consolePeople from './0018-console-people.ts';
import * as uncoveredWork from './0019-uncovered-work.ts';
import * as usageByPage from './0020-usage-by-page.ts';
import * as reminders from './0021-reminders.ts';
import * as scale from './0024-scale.ts';
import * as heartbeats from './0025-heartbeats.ts';
import * as linksFromBefore from './0026-links-from-before.ts';
import * as consoleRuns from './0028-console-runs.ts';
import * as contractReads from './0029-contract-reads.ts';
import * as flags from './0031-flags.ts';
import * as usageByJob from './0033-usage-by-job.ts';
import * as budgetThresholds from './0034-budget-thresholds.ts';

export interface NamedMigration extends Knex.Migration {
  name: string;
}

export const migrations: readonly NamedMigration[] = [
  { name: '0001-opentrain', ...opentrain },
  { name: '0002-inbox-and-work', ...inbox },
  { name: '0003-access', ...access },
  { name: '0004-usage', ...usage },
  { name: '0005-operations', ...operations },
  { name: '0006-words', ...words },
  { name: '0007-access-journal', ...accessJournal },
  { name: '0008-instants', ...instants },
  { name: '0009-grants', ...grants },
  { name: '0010-accounts', ...accounts },
  { name: '0011-link-owners', ...linkOwners },
  { name: '0012-first-connection', ...firstConnection },
  { name: '0013-totals', ...totals },
  { name: '0014-tool-database', ...toolDatabase },
  { name: '0015-held-days', ...heldDays },
  { name: '0017-refusals', ...refusals },
  { name: '0018-console-people', ...consolePeople },
  { name: '0019-uncovered-work', ...uncoveredWork },
  { name: '0020-usage-by-page', ...usageByPage },
  { name: '0021-reminders', ...reminders },
  { name: '0024-scale', ...scale },
  { name: '0025-heartbeats', ...heartbeats },
  { name: '0026-links-from-before', ...linksFromBefore },
  { name: '0028-console-runs', ...consoleRuns },
  { name: '0029-contract-reads', ...contractReads },
  { name: '0031-flags', ...flags },
  { name: '0033-usage-by-job', ...usageByJob },
  { name: '0034-budget-thresholds', ...budgetThresholds },
];
