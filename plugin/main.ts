#!/usr/bin/env node
/** The command line: `opentrain-plugin …`; one file a command under commands/. */
import { Command, CommanderError } from 'commander';
import { registerConsole } from './commands/console.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerLinks } from './commands/links.ts';
import { registerMigrate } from './commands/migrate.ts';
import { registerReconcile } from './commands/reconcile.ts';
import { registerReport } from './commands/report.ts';
import { registerRetry } from './commands/retry.ts';
import { registerRevokeAll } from './commands/revoke-all.ts';
import { printError } from './commands/run-command.ts';
import { registerSetup } from './commands/setup.ts';
import { registerStart } from './commands/start.ts';
import { registerStatus } from './commands/status.ts';
import { registerSync } from './commands/sync.ts';
import { registerWebhooks } from './commands/webhooks.ts';
import { flagOf, manifest } from './settings/manifest.ts';
import { DEFAULT_SETTINGS_FILE } from './settings/settings.ts';

/** Wrong words on the command line, as is customary. */
const USAGE_ERROR = 2;

function createProgram(): Command {
  const program = new Command(manifest.name)
    .description(
      'Keeps who can work in the annotation tool equal to who is under contract on OpenTrain, and reports their work.',
    )
    .version(manifest.version)
    .option('--json', 'print facts for machines')
    .option('--settings-file <file>', 'a file of NAME=value lines', DEFAULT_SETTINGS_FILE)
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', settingsHelp())
    .exitOverride();
  for (const { name, help } of manifest.settings) {
    program.addOption(program.createOption(`${flagOf(name)} <value>`, help).hideHelp());
  }
  for (const register of [
    registerSetup,
    registerStart,
    registerDoctor,
    registerStatus,
    registerLinks,
    registerReconcile,
    registerSync,
    registerReport,
    registerWebhooks,
    registerRetry,
    registerRevokeAll,
    registerConsole,
    registerMigrate,
  ]) {
    register(program);
  }
  return program;
}

function settingsHelp(): string {
  const lines = manifest.settings.map(({ name, help, default: fallback, required }) => {
    const note = required ? ' (required)' : fallback ? ` (default ${fallback})` : '';
    return `  ${name}${note}\n      ${help}`;
  });
  return `\nSettings (environment, settings file, or a flag such as ${flagOf('TOOL_BASE_URL')}):\n${lines.join('\n')}`;
}

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  else process.exitCode = printError(error, process.argv.includes('--json'));
}
