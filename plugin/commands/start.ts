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
import { startService } from '../service/service.ts';
import type { Settings } from '../settings/settings.ts';
import { isNothingSetUp } from '../settings/sources.ts';
import { tightenStoreFiles } from '../store/store-files.ts';
import type { StartedPlugin } from './guided-setup.ts';
import { settingsOf, sourcesOf } from './run-command.ts';

/** Whatever happens, the process is gone after this: supervisors send SIGKILL at about 10 s. */
const LATEST_EXIT_MS = 9_500;
const CHECKS = [checkOpenTrain, checkTool];

export function registerStart(program: Command): void {
  const command = program
    .command('start')
    .description(
      'Serve deliveries, pages and timers until told to stop (SIGTERM). Without settings: a guided set-up in the browser first.',
    )
    .addHelpText('after', '\nExample:\n  opentrain-plugin start --settings-file /etc/opentrain-plugin.env');
  command.action(() => start(command));
}

async function start(command: Command): Promise<void> {
  const sources = sourcesOf(command);
  if (!isNothingSetUp(sources)) return startWith(settingsOf(command));
  const signalled = firstSignal();
  const { guidedSetup } = await import('./guided-setup.ts');
  const plugin = await guidedSetup(sources, signalled, tellOfSetup);
  if (!plugin) return;
  try {
    await run(plugin, signalled, { looks: false });
  } finally {
    await plugin.opened.close();
  }
}

function tellOfSetup(beginUrl: string): void {
  process.stderr.write(
    `Nothing is set up yet. Open this in a browser to set it up; it works once:\n\n  ${beginUrl}\n\nOr press Ctrl+C and run \`opentrain-plugin setup\` to answer in the terminal.\n`,
  );
}

async function startWith(settings: Settings): Promise<void> {
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
    const service = await startService(context);
    await run({ opened, service }, signalled, { looks: !first });
  } finally {
    await opened.close();
  }
}

/** Runs until told to stop. `looks`: OpenTrain and the tool were not looked at yet. */
async function run(
  { opened: { context }, service }: StartedPlugin,
  signalled: Promise<NodeJS.Signals>,
  { looks }: { looks: boolean },
): Promise<void> {
  growInSmallSteps();
  const stopping = new AbortController();
  const looking = looks ? runAbortable(stopping.signal, () => lookWhileServing(context)) : null;
  process.stderr.write(`${context.settings.plugin.publicUrl} is served at ${service.url}; stop with SIGTERM.\n`);
  const { gateway } = context.settings;
  if (gateway) process.stderr.write(`${gateway.publicUrl} is the gateway, served at ${service.gatewayUrl}.\n`);
  const superseded = newerStore(context, stopping.signal);
  const reason = await Promise.race([signalled, superseded]);
  context.log.info({ reason: reason instanceof AdminError ? reason.message : reason }, 'stopping');
  const exitCode = reason instanceof AdminError ? 1 : 0;
  setTimeout(() => process.exit(exitCode), LATEST_EXIT_MS).unref();
  stopping.abort(new Error('the plugin is stopping'));
  await Promise.all([looking, service.stop()]);
  if (reason instanceof AdminError) throw reason;
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
