/** What `status` and the console's overview show, computed from the store: neither OpenTrain nor the tool is called. */

import { knownNewAccounts } from '../access/new-accounts.ts';
import { otherDatabase } from '../access/tool-database.ts';
import { allCounters } from '../audit/counters.ts';
import { readWarnedBudgets } from '../budget/warned-budgets.ts';
import type { StoreContext } from '../context.ts';
import { allProjectLinks } from '../mirror/project-links.ts';
import { ownerByAddress, standingOf } from '../mirror/whose-link.ts';
import { readSignsOfLife } from '../queue/heartbeats.ts';
import { manifest } from '../settings/manifest.ts';
import type { Settings } from '../settings/settings.ts';
import { sqliteFile } from '../settings/sqlite-file.ts';
import type { Database } from '../store/database.ts';
import { webAddress } from '../text/web-address.ts';
import { readRefusals } from '../usage/refused-days.ts';
import { readConnection, readOutages } from './connection.ts';
import { readContracts } from './contracts.ts';
import { workByKind } from './counts.ts';
import { readTrainers } from './people.ts';
import { problemsOf } from './problems.ts';
import type { LinkStatus, Status, StatusTotals } from './status-types.ts';
import { trainersByState, trainersToAttend } from './trainer-list.ts';
import { readUncovered } from './uncovered.ts';
import { readUnreadable } from './unreadable.ts';
import { readDeliveries, readQueue } from './waiting.ts';

/** Failing items come first, so that no problem is left out unless more items fail. */
const ITEMS_READ = 1_000;

/**
 * `everything`: every trainer, budget and queue item. `attention`: every problem, and of the rest the first ones with how many there
 * are, in a time that does not grow with the number of trainers and contracts.
 */
export type Extent = 'everything' | 'attention';

/** The status now. Throws what the store throws. */
export async function readStatus(context: StoreContext, extent: Extent = 'everything'): Promise<Status> {
  const { database, settings } = context;
  const whole = extent === 'everything';
  const outages = await readOutages(context);
  const down = outages.map(({ dependency }) => dependency);
  // What takes longest on a large store, at the same time.
  const [trainers, budgets, deliveries, totals] = await Promise.all([
    whole ? readTrainers(context) : trainersToAttend(context),
    readWarnedBudgets(context, whole ? 'all' : 'attention'),
    readDeliveries(context),
    readTotals(database),
  ]);
  const known = {
    at: context.clock.now().getTime(),
    version: manifest.version,
    accessPolicy: settings.accessPolicy,
    tool: { adapter: settings.tool.adapter, url: settings.tool.publicUrl },
    store: { at: storeAt(settings), from: settings.databaseUrlFrom },
    counting: settings.tool.databaseUrl ? ('on' as const) : ('off' as const),
    otherDatabase: await otherDatabase(database),
    life: await readSignsOfLife(database, context.clock.now()),
    mail: settings.mail.smtpUrl ? ('on' as const) : ('off' as const),
    connection: await readConnection(context),
    uncovered: await readUncovered(context),
    unreadable: await readUnreadable(context),
    outages,
    links: await readLinks(context),
    contracts: await readContracts(database),
    trainers,
    budgets,
    refusals: await readRefusals(context),
    queue: await readQueue(context, down, whole ? undefined : ITEMS_READ),
    totals,
    deliveries,
    newAccounts: await knownNewAccounts(database),
    counters: (await allCounters(database)).map(({ name, count, last_at, last_detail }) => ({
      name,
      count,
      lastAt: last_at,
      lastDetail: last_detail,
    })),
  };
  return { ...known, problems: problemsOf(known) };
}

async function readTotals(database: Database): Promise<StatusTotals> {
  const byKind = new Map<string, number>();
  for (const { kind, count } of await workByKind(database)) byKind.set(kind, (byKind.get(kind) ?? 0) + count);
  return {
    trainers: Object.fromEntries(await trainersByState(database)),
    queue: Object.fromEntries(byKind),
  };
}

/** The file, or server and database. */
function storeAt({ databaseUrl }: Settings): string {
  const file = sqliteFile(databaseUrl);
  if (file) return file;
  const { host, pathname } = new URL(databaseUrl);
  return `PostgreSQL ${host}${pathname}`;
}

async function readLinks({ database, settings }: StoreContext): Promise<LinkStatus[]> {
  const rows = await allProjectLinks(database);
  return rows
    .filter((row) => row.removed_at === null)
    .map((row) => ({
      id: row.id,
      jobId: row.job_id,
      projectId: row.project_id,
      externalProjectId: row.external_project_id,
      standing: standingOf(row),
      isElsewhere:
        row.owner === null && ownerByAddress(row.external_project_url, settings.tool.publicUrl) === 'another tool',
      projectAskedAt: row.project_asked_at,
      projectName: row.external_project_name,
      projectUrl: webAddress(row.external_project_url),
      provisioningMode: row.provisioning_mode,
      labelUnit: row.label_unit,
      createdAt: row.created_at,
      notLinkedSince: row.not_linked_since,
    }));
}
