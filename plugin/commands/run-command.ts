/** What every command does around its own work: settings, opening, errors for people, honest exit codes. */
import type { Command } from 'commander';
import type { PluginContext, StoreContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import { openStore } from '../service/open-store.ts';
import { DEFAULT_SETTINGS_FILE, manifest } from '../settings/manifest.ts';
import { loadSettings, type Settings } from '../settings/settings.ts';
import type { FileSources } from '../settings/sources.ts';
import { withoutCredentials } from '../text/without-credentials.ts';

/** What a command prints: words for people, or the same facts for machines with --json. */
export interface CommandResult {
  text: string;
  json: unknown;
  /** 0 when all is well. */
  exitCode?: number;
}

/** The flag values that name settings: --tool-base-url X → { TOOL_BASE_URL: X }. */
export function settingFlags(options: Record<string, unknown>): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const { name } of manifest.settings) {
    const value = options[camelCase(name)];
    if (typeof value === 'string') flags[name] = value;
  }
  return flags;
}

function camelCase(name: string): string {
  return name.toLowerCase().replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Settings from flags, environment and the settings file of a command. */
export function settingsOf(command: Command): Settings {
  return loadSettings(sourcesOf(command));
}

/** Where a command's settings come from. */
export function sourcesOf(command: Command): FileSources {
  const options = command.optsWithGlobals();
  const file = typeof options.settingsFile === 'string' ? options.settingsFile : DEFAULT_SETTINGS_FILE;
  const fileIsRequired = command.getOptionValueSourceWithGlobals('settingsFile') !== 'default';
  return { flags: settingFlags(options), environment: process.env, file, fileIsRequired };
}

/** Opens the plugin for a one-off command: quiet unless something is wrong. */
export async function withPlugin<Value>(
  command: Command,
  work: (context: PluginContext) => Promise<Value>,
): Promise<Value> {
  const settings = settingsOf(command);
  const level = process.env.LOG_LEVEL ? settings.logLevel : 'error';
  const [{ openPlugin }, { createLog }] = await Promise.all([import('../service/open.ts'), import('../log.ts')]);
  return during(settings, await openPlugin(settings, { log: createLog(level) }), work);
}

/** Opens the store alone, for a command that only shows what we know: everything else would be time before its first word. */
async function withStore<Value>(command: Command, work: (context: StoreContext) => Promise<Value>): Promise<Value> {
  const settings = settingsOf(command);
  return during(settings, await openStore(settings), work);
}

async function during<Context, Value>(
  settings: Settings,
  opened: { context: Context; close(): Promise<void> },
  work: (context: Context) => Promise<Value>,
): Promise<Value> {
  try {
    return await work(opened.context);
  } catch (error) {
    throw forPeople(settings, error);
  } finally {
    await opened.close();
  }
}

type Run<Context> = (
  context: Context,
  options: Record<string, unknown>,
  parameters: string[],
) => Promise<CommandResult>;

/** Adds an action to a command that opens the plugin, prints the result, and sets the exit code. */
export function pluginAction(command: Command, run: Run<PluginContext>): Command {
  return action(command, withPlugin, run);
}

/** The same for a command that needs the store alone. */
export function storeAction(command: Command, run: Run<StoreContext>): Command {
  return action(command, withStore, run);
}

function action<Context>(
  command: Command,
  opened: (command: Command, work: (context: Context) => Promise<CommandResult>) => Promise<CommandResult>,
  run: Run<Context>,
): Command {
  return command.action(async (...given: unknown[]) => {
    const parameters = given.slice(0, -2).filter((value) => typeof value === 'string');
    print(command, await opened(command, (context) => run(context, command.opts(), parameters)));
  });
}

/** Prints a result as the command was asked to. */
export function print(command: Command, result: CommandResult): void {
  const json = command.optsWithGlobals().json === true;
  process.stdout.write(json ? `${JSON.stringify(result.json, null, 2)}\n` : `${result.text.trimEnd()}\n`);
  if (result.exitCode) process.exitCode = result.exitCode;
}

/** Prints an error as one paragraph (or JSON), never a stack trace, and returns the exit code. */
export function printError(error: unknown, json: boolean): number {
  const remedy = error instanceof AdminError ? error.remedy : '';
  const message = withoutCredentials(describe(error));
  if (json) process.stdout.write(`${JSON.stringify({ error: message, remedy })}\n`);
  process.stderr.write(`${[message, remedy].filter(Boolean).join(' ')}\n`);
  return error instanceof AdminError ? error.exitCode : 1;
}

function describe(error: unknown): string {
  if (error instanceof AggregateError) return [error.message, ...error.errors.map(messageOf)].join(' ');
  return messageOf(error);
}
