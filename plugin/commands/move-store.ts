/** `move-store`: the whole store to the other database, verified row by row. */
import type { Command } from 'commander';
import { AdminError } from '../errors.ts';
import { copyStore } from '../store/copy-store.ts';
import { takeInstanceLock } from '../store/instance-lock.ts';
import { migrate } from '../store/migrate.ts';
import { insistOnStoreFile } from '../store/store-files.ts';
import { rowsIn, withDatabase } from './backup.ts';
import { copyProgress } from './copy-progress.ts';
import { print, settingsOf } from './run-command.ts';

export function registerMoveStore(program: Command): void {
  const command = program
    .command('move-store <database-url>')
    .description('Copy the store to another, empty database (SQLite or PostgreSQL). Stop the plugin first.')
    .addHelpText('after', '\nExample:\n  opentrain-plugin move-store postgres://plugin:…@db.example.com/plugin');
  command.action(async (target: string) => {
    const settings = settingsOf(command);
    if (target === settings.databaseUrl) {
      throw new AdminError('The store is there already.', 'Name the database that it should move to.');
    }
    insistOnStoreFile(settings);
    const locks = [takeInstanceLock(settings.databaseUrl), takeInstanceLock(target)];
    try {
      const tables = await withDatabase(settings.databaseUrl, (from) =>
        withDatabase(target, async (to) => {
          await migrate(from);
          await migrate(to);
          return copyStore(from, to, copyProgress());
        }),
      );
      print(command, {
        text: `Copied and verified ${rowsIn(tables)} rows. Set DATABASE_URL to the new address, keep PLUGIN_SECRET as it is (for a SQLite store it is in the file plugin.secret beside it), and start the plugin. The old store is as it was.`,
        json: { tables },
      });
    } finally {
      for (const unlock of locks) unlock();
    }
  });
}
