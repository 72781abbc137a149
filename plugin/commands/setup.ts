/** `setup`: asks for what is needed, checks each answer on the real thing, and writes the settings file. */
import { resolve } from 'node:path';
import { input, password, select } from '@inquirer/prompts';
import type { Command } from 'commander';
import { AdminError } from '../errors.ts';
import { createLog } from '../log.ts';
import { ownerOf, tighten } from '../private-files.ts';
import { openPlugin } from '../service/open.ts';
import { DEFAULT_SETTINGS_FILE } from '../settings/manifest.ts';
import { loadSettings } from '../settings/settings.ts';
import { knownAnswers, writeAnswers } from '../setup/answers-file.ts';
import { checkStep, steps } from '../setup/steps.ts';
import { type Asker, walk } from '../setup/walk.ts';
import { tightenStoreFiles } from '../store/store-files.ts';
import { settingFlags } from './run-command.ts';

export function registerSetup(program: Command): void {
  const command = program
    .command('setup')
    .description('Ask for the settings, check them on OpenTrain and on the tool, and write the settings file.')
    .option('--yes', 'ask nothing: take flags, environment and the file as they are, check and write')
    .addHelpText(
      'after',
      '\nExample:\n  opentrain-plugin setup --settings-file /var/lib/opentrain-plugin/opentrain-plugin.env',
    );
  command.action(async (options: { yes?: boolean }) => {
    const all = command.optsWithGlobals();
    const file = resolve(typeof all.settingsFile === 'string' ? all.settingsFile : DEFAULT_SETTINGS_FILE);
    const given = knownAnswers({ flags: settingFlags(all), environment: process.env, file });
    const values = options.yes ? await checkAll(given) : await askAll(given);
    const kept = await makeStore(file, values);
    writeSettings(file, kept);
    process.stdout.write(
      `Checked and written to ${file}.\nNext: opentrain-plugin doctor, then opentrain-plugin start (both with --settings-file ${file}).\n`,
    );
  });
}

async function askAll(given: Map<string, string>): Promise<Map<string, string>> {
  if (!process.stdin.isTTY) {
    throw new AdminError(
      'setup asks questions, and there is no terminal to answer in.',
      'Give the settings as flags or in the environment and add --yes.',
    );
  }
  process.stdout.write(
    'Enter keeps what is shown; a single hyphen takes an answer away; Ctrl+C leaves without writing.\n',
  );
  try {
    return await walk(terminal, given, process.env);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    throw new AdminError('setup was left.', 'Nothing was written.', { cause: error });
  }
}

const terminal: Asker = {
  ask({ name, help, secret, choices, example }, known, problem) {
    const validate = (answer: string) => (answer.trim() === '-' ? true : (problem(answer) ?? true));
    const hint = known ? (secret ? ' (kept unless you type)' : '') : example ? ` (for example ${example})` : '';
    const message = `${help}\n  ${name}${hint}`;
    if (secret) return password({ message, mask: '*', validate });
    if (choices) return select({ message, choices: choices.map((value) => ({ value })), default: known ?? '' });
    return input({ message, default: known, validate });
  },
  askOnce: (message) => input({ message }),
  choose(canGoBack) {
    const back = canGoBack ? [{ value: 'back' as const, name: 'Go back a step' }] : [];
    return select({
      message: 'What now?',
      choices: [
        { value: 'again' as const, name: 'Answer again' },
        ...back,
        { value: 'keep' as const, name: 'Keep it and go on' },
      ],
    });
  },
  tell: (line) => void process.stdout.write(`${line}\n`),
};

/** Checks every step. Throws AdminError for the first that is not right. */
async function checkAll(values: Map<string, string>): Promise<Map<string, string>> {
  for (const step of steps) {
    const result = await checkStep(step, values);
    if (!result.ok) throw new AdminError(result.problem, result.remedy);
    process.stdout.write(`${result.found}\n`);
    for (const note of result.notes) process.stdout.write(`  ${note}\n`);
  }
  return values;
}

/** Makes the store, so that every command finds it. Returns the values with DATABASE_URL by its absolute path. */
async function makeStore(file: string, values: Map<string, string>): Promise<Map<string, string>> {
  const settings = loadSettings({ environment: Object.fromEntries(values) });
  const opened = await openPlugin(settings, { log: createLog('silent'), mayCreateStore: true });
  await opened.close();
  tell([...tightenStoreFiles(settings.databaseUrl), ...tighten([file])]);
  return new Map([...values, ['DATABASE_URL', settings.databaseUrl]]);
}

function tell(tightened: readonly string[]): void {
  if (tightened.length === 0) return;
  process.stdout.write(`Other users could read ${tightened.join(', ')}; now only the owner can.\n`);
}

/** Whom the file belongs to is said where that is root. */
function writeSettings(file: string, values: Map<string, string>): void {
  writeAnswers(file, values);
  if (ownerOf(file) !== 'root') return;
  process.stdout.write(
    `${file} belongs to root, who alone can read it. If the service runs as another user, run: sudo chown USER ${file}, and the same for the store's folder.\n`,
  );
}
