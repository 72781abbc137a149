/** How a running `start` goes on with settings that were changed in the console, in the same process. */
import { recordAudit } from '../audit/audit-log.ts';
import { messageOf } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import { createLog } from '../log.ts';
import { openPlugin } from '../service/open.ts';
import { type Listeners, type ServiceParts, startService } from '../service/service.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import type { LastChange, RunningSettings } from '../setup/running-settings.ts';
import type { StartedPlugin } from './guided-setup.ts';

/** Opens the plugin with these settings and closes it. Throws AdminError when that cannot be done. */
export async function rehearse(settings: Settings): Promise<void> {
  try {
    const { close } = await openPlugin(settings, { log: createLog('silent') });
    await close();
  } catch (error) {
    throw forPeople(settings, error);
  }
}

interface Handover {
  /** Those of the service before: who connects to them waits. */
  listeners: Listeners;
  runningSettings: RunningSettings;
}

/**
 * Begins with the settings as they are written. Where that cannot be done, it begins with those before: the file is put back, and the
 * console and the audit log tell why. Throws when neither can be done.
 */
export async function beginAgain(before: Settings, parts: Handover): Promise<StartedPlugin> {
  const { runningSettings } = parts;
  try {
    const plugin = await beginWith(loadSettings(runningSettings.sources), parts);
    runningSettings.settle();
    return plugin;
  } catch (error) {
    const change = runningSettings.takeBack(messageOf(forPeople(before, error)));
    const plugin = await beginWith(before, parts);
    const { log } = plugin.opened.context;
    log.error({ error: messageOf(error), settings: change?.names }, 'the settings from before are in use again');
    // It serves already: what cannot be recorded must not end it.
    await record(plugin, change).catch((wrong: unknown) =>
      log.warn({ error: messageOf(wrong) }, 'that is not recorded'),
    );
    return plugin;
  }
}

async function record({ opened }: StartedPlugin, change: LastChange | null): Promise<void> {
  if (!change) return;
  const { database, clock } = opened.context;
  const detail = `${change.names.join(', ')}: ${change.takenBack}`;
  await recordAudit(database, { at: clock.now(), cause: change.actor, action: 'settings-taken-back', detail });
}

async function beginWith(settings: Settings, parts: ServiceParts): Promise<StartedPlugin> {
  const opened = await openPlugin(settings);
  try {
    return { opened, service: await startService(opened.context, parts) };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
