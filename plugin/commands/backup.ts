/** `backup` and `restore`: the whole store in one SQLite file, from SQLite and PostgreSQL alike. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { AdminError } from '../errors.ts';
import { restore } from '../service/restore.ts';
import { backUp } from '../store/backup.ts';
import type { CopiedTable } from '../store/copy-store.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { takeInstanceLock } from '../store/instance-lock.ts';
import { migrate } from '../store/migrate.ts';
import { insistOnStoreFile } from '../store/store-files.ts';
import { copyProgress } from './copy-progress.ts';
import { print, settingsOf } from './run-command.ts';

export function registerBackup(program: Command): void {
  const backup = program
    .command('backup <file>')
    .description('Write the whole store into a new SQLite file, while the plugin runs.')
    .addHelpText('after', '\nExample:\n  opentrain-plugin backup /var/backups/opentrain-plugin-2031-05-20.sqlite3');
  backup.action(async (file: string) => {
    const settings = settingsOf(backup);
    insistOnStoreFile(settings);
    const tables = await withDatabase(settings.databaseUrl, (database) =>
      backUp(database, resolve(file), copyProgress()),
    );
    print(backup, {
      text: `Backed up ${rowsIn(tables)} rows to ${resolve(file)}. Keep PLUGIN_SECRET with it: without it the token and the webhook secrets in it cannot be read.`,
      json: { file: resolve(file), tables },
    });
  });
  const restoring = program
    .command('restore <file>')
    .description('Put a backup into an empty store. Stop the plugin first.')
    .addHelpText('after', '\nExample:\n  opentrain-plugin restore /var/backups/opentrain-plugin-2031-05-20.sqlite3');
  restoring.action(async (file: string) => {
    if (!existsSync(file))
      throw new AdminError(`There is no file ${resolve(file)}.`, 'Name a file that `backup` wrote.');
    const { databaseUrl } = settingsOf(restoring);
    const unlock = takeInstanceLock(databaseUrl);
    try {
      const tables = await withDatabase(`sqlite:${resolve(file)}`, (source) =>
        withDatabase(databaseUrl, async (database) => {
          await migrate(source);
          await migrate(database);
          return restore(source, { database, clock: systemClock }, copyProgress());
        }),
      );
      print(restoring, {
        text: `Restored ${rowsIn(tables)} rows. Start the plugin: it reads links and contracts first, then makes access equal to them.`,
        json: { tables },
      });
    } finally {
      unlock();
    }
  });
}

export async function withDatabase<Value>(url: string, work: (database: Database) => Promise<Value>): Promise<Value> {
  const database = openDatabase(url);
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}

export function rowsIn(tables: readonly CopiedTable[]): string {
  return tables.reduce((sum, { rows }) => sum + rows, 0).toLocaleString('en');
}
