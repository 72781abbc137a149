/** `start`: serves deliveries, pages and timers until it is told to stop. */
import type { Command } from 'commander';
import { abortSignal, runAbortable } from '../abort.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { growInSmallSteps } from '../heap.ts';
import { currentInstall } from '../mirror/installs.ts';
import { checkOpenTrain, checkTool } from '../mirror/preflight.ts';
import { newerStore } from '../service/newer-store.ts';
import { openPlugin } from '../service/open.ts';
import { type Listeners, startService } from '../service/service.ts';
import type { Settings } from '../settings/settings.ts';
import { type FileSources, isNothingSetUp } from '../settings/sources.ts';
import { RunningSettings } from '../setup/running-settings.ts';
import { tightenStoreFiles } from '../store/store-files.ts';
import { beginAgain, rehearse } from './begin-again.ts';
import type { StartedPlugin } from './guided-setup.ts';
import { settingsOf, sourcesOf } from './run-command.ts';

/** Whatever happens, the process is gone after this: supervisors send SIGKILL at about 10 s. */
const LATEST_EXIT_MS = 9_500;
const CHECKS = [checkOpenTrain, checkTool];
/** Why a service ends that goes on with other settings. */
const CHANGED = 'settings were changed in the console';

export function registerStart(program: Command): void {
  const command = program
    .command('start')
    .description(
      'Serve deliveries, pages and timers until told to stop (SIGTERM). Without settings: a guided set-up in the browser first.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  opentrain-plugin start --settings-file /var/lib/opentrain-plugin/opentrain-plugin.env',
    );
  command.action(() => start(command));
}

async function start(command: Command): Promise<void> {
  const sources = sourcesOf(command);
  const runningSettings = new RunningSettings(sources, rehearse);
  const begun = isNothingSetUp(sources)
    ? await beginWithSetup(sources, runningSettings)
    : await begin(settingsOf(command), runningSettings);
  if (!begun) return;
  let { plugin, looks } = begun;
  for (;;) {
    const listeners = await run(plugin, begun.signalled, { looks, runningSettings });
    if (!listeners) return;
    plugin = await beginAgain(plugin.opened.context.settings, { listeners, runningSettings });
    looks = true;
  }
}

interface Begun {
  plugin: StartedPlugin;
  signalled: Promise<NodeJS.Signals>;
  /** OpenTrain and the tool were not looked at yet. */
  looks: boolean;
}

async function beginWithSetup(sources: FileSources, runningSettings: RunningSettings): Promise<Begun | null> {
  const signalled = firstSignal();
  const { guidedSetup } = await import('./guided-setup.ts');
  const plugin = await guidedSetup(sources, signalled, tellOfSetup, runningSettings);
  return plugin && { plugin, signalled, looks: false };
}

function tellOfSetup(beginUrl: string): void {
  process.stderr.write(
    `Nothing is set up yet. Open this in a browser to set it up; it works once:\n\n  ${beginUrl}\n\nOr press Ctrl+C and run \`opentrain-plugin setup\` to answer in the terminal.\n`,
  );
}

async function begin(settings: Settings, runningSettings: RunningSettings): Promise<Begun> {
  const tightened = tightenStoreFiles(settings.databaseUrl);
  if (tightened.length > 0) {
    process.stderr.write(`Other users could read ${tightened.join(', ')}; now only the owner can.\n`);
  }
  const opened = await openPlugin(settings, { mayCreateStore: true });
  const { context } = opened;
  try {
    // On the first start everything must be right: an admin is looking.
    const first = (await currentInstall(context.database)) === undefined;
    if (first) for (const check of CHECKS) await check(context);
    // Before anything is served: who sees a ready service may already stop it.
    const signalled = firstSignal();
    const service = await startService(context, { runningSettings });
    return { plugin: { opened, service }, signalled, looks: !first };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/**
 * Runs until told to stop, or until settings were changed in the console: then it returns the servers, which still listen. Either way
 * what was under way is finished, and everything is closed but these.
 */
async function run(
  { opened, service }: StartedPlugin,
  signalled: Promise<NodeJS.Signals>,
  { looks, runningSettings }: { looks: boolean; runningSettings: RunningSettings },
): Promise<Listeners | null> {
  const { context } = opened;
  growInSmallSteps();
  const stopping = new AbortController();
  const looking = looks ? runAbortable(stopping.signal, () => lookWhileServing(context)) : null;
  process.stderr.write(`${context.settings.plugin.publicUrl} is served at ${service.url}; stop with SIGTERM.\n`);
  const { gateway } = context.settings;
  if (gateway) process.stderr.write(`${gateway.publicUrl} is the gateway, served at ${service.gatewayUrl}.\n`);
  const superseded = newerStore(context, stopping.signal);
  const changed = runningSettings.changed().then(() => CHANGED);
  try {
    const reason = await Promise.race([signalled, superseded, changed]);
    context.log.info({ reason: reason instanceof AdminError ? reason.message : reason }, 'stopping');
    const exitCode = reason instanceof AdminError ? 1 : 0;
    if (reason !== CHANGED) setTimeout(() => process.exit(exitCode), LATEST_EXIT_MS).unref();
    // Before anything else: who comes from now on waits for the next service.
    const [listeners] = await Promise.all([
      reason === CHANGED ? service.pause() : service.stop().then(() => null),
      looking,
      stopping.abort(new Error('the plugin is stopping')),
    ]);
    if (reason instanceof AdminError) throw reason;
    return listeners;
  } finally {
    await opened.close();
  }
}

/** A tool or an OpenTrain that is down, slow or refuses us must not keep deliveries from being stored, so it is only said. */
async function lookWhileServing(context: PluginContext): Promise<void> {
  for (const check of CHECKS) {
    try {
      await check(context);
    } catch (error) {
      if (abortSignal()?.aborted) return;
      const remedy = error instanceof AdminError ? error.remedy : '';
      context.log.error({ error: messageOf(error), remedy }, 'serving all the same; `doctor` and `status` say more');
    }
  }
}

function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve(signal));
  });
}
