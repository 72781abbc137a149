/** Tries something out on a copy of what the store knows, so that a plan can be shown without changing anything. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PluginContext } from '../context.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';

/** What OpenTrain told, and who has access: all that a plan depends on. */
const TABLES = [
  'installs',
  'secrets',
  'project_links',
  'contracts',
  'trainers',
  'contract_trainers',
  'access',
  'access_holds',
  'invitations',
] as const;

const ROWS_AT_ONCE = 100;

/**
 * Runs the work on a context whose store is a copy that is thrown away afterwards. Calls to OpenTrain and the tool are real: the
 * work must only read there.
 */
export async function rehearse<Value>(
  context: PluginContext,
  work: (rehearsal: PluginContext) => Promise<Value>,
): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'opentrain-plugin-rehearsal-'));
  const copy = openDatabase(`sqlite:${join(folder, 'copy.sqlite3')}`);
  try {
    await migrate(copy);
    await copyTables(context.database, copy);
    return await work({ ...context, database: copy });
  } finally {
    await copy.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

async function copyTables(from: Database, to: Database): Promise<void> {
  for (const table of TABLES) {
    const rows: Record<string, unknown>[] = await from(table).select('*');
    if (rows.length > 0) await to.batchInsert(table, rows, ROWS_AT_ONCE);
  }
}
