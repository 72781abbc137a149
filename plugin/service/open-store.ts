/** Opens the store with what its settings and PLUGIN_SECRET say: all that a command needs which only reads what we know. */
import { type Clock, systemClock } from '../clock.ts';
import type { StoreContext } from '../context.ts';
import { forPeople } from '../errors-for-people.ts';
import { createKeys } from '../keys.ts';
import { pluginSecret } from '../settings/plugin-secret.ts';
import type { Settings } from '../settings/settings.ts';
import { openDatabase } from '../store/database.ts';
import { insistOnMigratedStore, insistOnStoreFile } from '../store/store-files.ts';
import { upgrade } from '../store/upgrade.ts';

export interface OpenStoreOptions {
  clock?: Clock;
  /** Makes the store where there is none; without it, a missing store is an error. */
  mayCreateStore?: boolean;
}

export interface OpenStore {
  context: StoreContext;
  /** Closes connections. */
  close(): Promise<void>;
}

/** Opens the store and applies pending migrations. Throws {@link AdminError} when settings or store cannot be used. */
export async function openStore(settings: Settings, given: OpenStoreOptions = {}): Promise<OpenStore> {
  if (!given.mayCreateStore) insistOnStoreFile(settings);
  const keys = createKeys(pluginSecret(settings), settings.plugin.previousSecret);
  const database = openDatabase(settings.databaseUrl);
  try {
    const state = given.mayCreateStore ? null : await insistOnMigratedStore(database, settings);
    if (!state || state.pending.length > 0 || state.unknown.length > 0) await upgrade(database, settings.databaseUrl);
  } catch (error) {
    await database.destroy();
    throw forPeople(settings, error);
  }
  const context = Object.freeze({ settings, database, clock: given.clock ?? systemClock, keys });
  return { context, close: () => database.destroy() };
}
