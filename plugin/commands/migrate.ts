/** `migrate`: brings the store's schema up to date without starting. */
import type { Command } from 'commander';
import { openDatabase } from '../store/database.ts';
import { upgrade } from '../store/upgrade.ts';
import { print, settingsOf } from './run-command.ts';

export function registerMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description("Bring the store's schema up to date (start does this too).")
    .addHelpText('after', '\nExample:\n  opentrain-plugin migrate');
  command.action(async () => {
    const { databaseUrl } = settingsOf(command);
    const database = openDatabase(databaseUrl);
    try {
      const applied = await upgrade(database, databaseUrl);
      const text = applied.length > 0 ? `Applied ${applied.join(', ')}.` : 'The store is up to date.';
      print(command, { text, json: { applied } });
    } finally {
      await database.destroy();
    }
  });
}
