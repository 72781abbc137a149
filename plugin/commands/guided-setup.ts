/** What `start` does while nothing is set up: serves the guided set-up, then goes on as the plugin in the same process. */
import { resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import { createLog } from '../log.ts';
import { askForRun } from '../queue/console-runs.ts';
import type { Listener } from '../service/listener.ts';
import { type OpenPlugin, openPlugin } from '../service/open.ts';
import { listenEarly, type Service, startService } from '../service/service.ts';
import { loadSettings } from '../settings/settings.ts';
import type { FileSources } from '../settings/sources.ts';
import { knownAnswers, writeAnswers } from '../setup/answers-file.ts';
import { SetupProgress } from '../setup/progress.ts';
import type { RunningSettings } from '../setup/running-settings.ts';
import { createSetupApp } from '../web/setup/app.ts';
import { makeConsoleLink } from './console.ts';

export interface StartedPlugin {
  opened: OpenPlugin;
  service: Service;
}

/**
 * Serves the set-up and announces the link to it. Resolves with the running plugin once somebody has finished it, or with null when
 * `stopped` comes first. Throws AdminError when the port is taken.
 */
export async function guidedSetup(
  sources: FileSources,
  stopped: Promise<unknown>,
  announce: (beginUrl: string) => void,
  runningSettings?: RunningSettings,
): Promise<StartedPlugin | null> {
  const file = resolve(sources.file);
  const fixed = { ...sources.environment, ...sources.flags };
  const progress = new SetupProgress(knownAnswers({ ...sources, file }), fixed);
  const at = listeningAddress(sources);
  const { promise: started, resolve: done } = Promise.withResolvers<StartedPlugin>();
  const early = await listenEarly(at);
  const { app, beginUrl } = createSetupApp({
    progress,
    publicUrl: progress.answers.get('PLUGIN_PUBLIC_URL')?.replace(/\/+$/, '') ?? withLoopback(early.url),
    file,
    environment: sources.environment,
    clock: systemClock,
    log: createLog('info'),
    async finish() {
      const { plugin, signInUrl } = await begin({ sources, progress, early, runningSettings }).catch(
        (error: unknown) => {
          early.serve({ request: app });
          throw error;
        },
      );
      done(plugin);
      return { signInUrl };
    },
  });
  early.serve({ request: app });
  announce(beginUrl);
  const first = await Promise.race([started, stopped.then(() => null)]);
  if (first === null) await early.close();
  return first;
}

interface Beginning {
  sources: FileSources;
  progress: SetupProgress;
  early: Listener;
  runningSettings: RunningSettings | undefined;
}

/** Writes the answers, opens the store, and lets the server that showed the set-up answer as the plugin. */
async function begin(beginning: Beginning): Promise<{ plugin: StartedPlugin; signInUrl: string }> {
  const { sources, progress, early, runningSettings } = beginning;
  const file = resolve(sources.file);
  const settings = loadSettings({ environment: Object.fromEntries(progress.answers) });
  const opened = await openPlugin(settings, { mayCreateStore: true });
  try {
    writeAnswers(file, new Map([...progress.answers, ['DATABASE_URL', settings.databaseUrl]]));
    const service = await startService(opened.context, { listeners: { main: early }, runningSettings });
    await askForRun(opened.context.database, 'doctor', 'the set-up', opened.context.clock.now());
    const { url } = await makeConsoleLink(opened.context);
    return { plugin: { opened, service }, signInUrl: url };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function listeningAddress(sources: FileSources): { host: string; port: number } {
  // The rest of the settings is still missing; these two and the public address are checked as ever.
  const required = { TOOL_BASE_URL: 'http://127.0.0.1', TOOL_API_TOKEN: 'unset' };
  const { host, port } = loadSettings({ ...sources, environment: { ...required, ...sources.environment } }).plugin;
  return { host, port };
}

/** An address that a browser can open: nobody can open 0.0.0.0. */
function withLoopback(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
