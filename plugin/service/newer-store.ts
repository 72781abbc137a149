/** Replicas of two versions on one store: the older one ends as soon as the newer one has upgraded the store. */
import { setTimeout as wait } from 'node:timers/promises';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { schemaState } from '../store/migrate.ts';

/** How often a running `start` looks. */
const LOOK_EVERY_MS = 2_000;

/**
 * Resolves with the error to end with once the store has migrations that this version does not know; with null when `signal` is
 * aborted before. A store that does not answer is looked at again.
 */
export async function newerStore(context: PluginContext, signal: AbortSignal): Promise<AdminError | null> {
  while (!signal.aborted) {
    const unknown = await unknownMigrations(context);
    if (unknown.length > 0) {
      return new AdminError(
        `A newer version of the plugin has upgraded the store (${unknown.join(', ')}): this one has stopped.`,
        'Install the newer version here too. Until then the replicas that run it do the work.',
      );
    }
    await wait(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
  return null;
}

async function unknownMigrations({ database, log }: PluginContext): Promise<string[]> {
  try {
    return (await schemaState(database)).unknown;
  } catch (error) {
    log.debug({ error: messageOf(error) }, 'the version of the store could not be read');
    return [];
  }
}
