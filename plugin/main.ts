/** The command line: `opentrain-plugin …`; one file a command under commands/. */
import { Command, CommanderError } from 'commander';
import { keepYoungMemory } from './heap.ts';
import { DEFAULT_SETTINGS_FILE, flagOf, manifest } from './settings/manifest.ts';

type Register = (program: Command) => void;

/** Where each command is registered. Only the one that runs is imported: each brings what it needs. */
const commands: readonly [names: string[], load: () => Promise<Register>][] = [
  [['setup'], async () => (await import('./commands/setup.ts')).registerSetup],
  [['start'], loadStart],
  [['doctor'], async () => (await import('./commands/doctor.ts')).registerDoctor],
  [['status'], async () => (await import('./commands/status.ts')).registerStatus],
  [['projects', 'links', 'link', 'unlink'], async () => (await import('./commands/links.ts')).registerLinks],
  [['reconcile'], async () => (await import('./commands/reconcile.ts')).registerReconcile],
  [['sync'], async () => (await import('./commands/sync.ts')).registerSync],
  [['explain'], async () => (await import('./commands/explain.ts')).registerExplain],
  [['report'], async () => (await import('./commands/report.ts')).registerReport],
  [['webhooks'], async () => (await import('./commands/webhooks.ts')).registerWebhooks],
  [['retry'], async () => (await import('./commands/retry.ts')).registerRetry],
  [['accounts', 'confirm-account'], async () => (await import('./commands/accounts.ts')).registerAccounts],
  [['revoke-all'], async () => (await import('./commands/revoke-all.ts')).registerRevokeAll],
  [['console'], async () => (await import('./commands/console.ts')).registerConsole],
  [['migrate'], async () => (await import('./commands/migrate.ts')).registerMigrate],
  [['backup', 'restore'], async () => (await import('./commands/backup.ts')).registerBackup],
  [['move-store'], async () => (await import('./commands/move-store.ts')).registerMoveStore],
];

/** It goes on for months: what it loads must not leave memory behind that it never needs. */
async function loadStart(): Promise<Register> {
  keepYoungMemory();
  return (await import('./commands/start.ts')).registerStart;
}

/** The commands that the words may name; all when they name none, so that help and errors know every one. */
async function registrations(words: readonly string[]): Promise<Register[]> {
  if (words.length === 1 && ['--version', '-V'].includes(words[0] ?? '')) return [];
  const named = commands.filter(([names]) => names.some((name) => words.includes(name)));
  const asksForHelp = words.includes('help');
  return Promise.all((named.length > 0 && !asksForHelp ? named : commands).map(([, load]) => load()));
}

/** Wrong words on the command line, as is customary. */
const USAGE_ERROR = 2;

async function createProgram(words: readonly string[]): Promise<Command> {
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
  for (const register of await registrations(words)) register(program);
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
  const program = await createProgram(process.argv.slice(2));
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : USAGE_ERROR;
  else {
    const { printError } = await import('./commands/run-command.ts');
    process.exitCode = printError(error, process.argv.includes('--json'));
  }
}
