/** `setup`: asks for what is needed, checks each answer on the real thing, and writes the settings file. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline/promises';
import { parseEnv } from 'node:util';
import type { Command } from 'commander';
import { AdminError } from '../errors.ts';
import { createLog } from '../log.ts';
import { checkOpenTrain, checkTool } from '../mirror/preflight.ts';
import { openPlugin } from '../service/open.ts';
import { DEFAULT_SETTINGS_FILE, manifest, type SettingDeclaration } from '../settings/manifest.ts';
import { loadSettings, problemOf } from '../settings/settings.ts';
import { settingFlags } from './run-command.ts';

/** Asked for, in this order; everything else has a default that fits most. */
const ASKED = [
  'OPENTRAIN_PARTNER_TOKEN',
  'TOOL_ADAPTER',
  'TOOL_BASE_URL',
  'TOOL_API_TOKEN',
  'TOOL_DATABASE_URL',
  'PLUGIN_PUBLIC_URL',
  'SMTP_URL',
  'MAIL_FROM',
  'REPORT_TO',
  'USAGE_TIMEZONE',
];

export function registerSetup(program: Command): void {
  const command = program
    .command('setup')
    .description('Ask for the settings, check them on OpenTrain and on the tool, and write the settings file.')
    .option('--yes', 'ask nothing: take flags, environment and the file as they are, check and write')
    .addHelpText('after', '\nExample:\n  opentrain-plugin setup --settings-file /etc/opentrain-plugin.env');
  command.action(async (options: { yes?: boolean }) => {
    const all = command.optsWithGlobals();
    const file = typeof all.settingsFile === 'string' ? all.settingsFile : DEFAULT_SETTINGS_FILE;
    const given = knownValues(file, settingFlags(all));
    const values = options.yes ? given : await askAll(given);
    await check(values);
    writeSettings(file, values);
    process.stdout.write(
      `Checked and written to ${file}.\nNext: opentrain-plugin doctor, then opentrain-plugin start (both with --settings-file ${file}).\n`,
    );
  });
}

function knownValues(file: string, flags: Record<string, string>): Map<string, string> {
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const values = new Map<string, string>();
  for (const { name } of manifest.settings) {
    const value = flags[name] ?? process.env[name] ?? fromFile[name];
    if (value) values.set(name, value);
  }
  return values;
}

async function askAll(given: Map<string, string>): Promise<Map<string, string>> {
  if (!process.stdin.isTTY) {
    throw new AdminError(
      'setup asks questions, and there is no terminal to answer in.',
      'Give the settings as flags or in the environment and add --yes.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const values = new Map(given);
  try {
    for (const name of ASKED) {
      const declaration = manifest.settings.find((setting) => setting.name === name);
      if (declaration) await ask(terminal, declaration, values);
    }
  } finally {
    terminal.close();
  }
  return values;
}

async function ask(terminal: Interface, declaration: SettingDeclaration, values: Map<string, string>): Promise<void> {
  const { name, help, secret, example } = declaration;
  const known = values.get(name) ?? declaration.default;
  const shown = known ? ` [${secret ? 'keep what is set' : known}]` : example ? ` (for example ${example})` : '';
  for (;;) {
    const answer = (await terminal.question(`\n${help}\n${name}${shown}: `)).trim() || known;
    const problem = problemOf(declaration, answer);
    if (!problem) {
      if (answer) values.set(name, answer);
      return;
    }
    process.stdout.write(`${problem}. Leave it with Ctrl+C.\n`);
  }
}

/** Opens everything with these settings and looks at both sides. Throws AdminError when something is not right. */
async function check(values: Map<string, string>): Promise<void> {
  const settings = loadSettings({ environment: Object.fromEntries(values) });
  const { context, close } = await openPlugin(settings, { log: createLog('silent') });
  try {
    const install = await checkOpenTrain(context);
    process.stdout.write(`OpenTrain: connected, install ${install.id}.\n`);
    await checkTool(context);
    const tool = await context.describeTool();
    process.stdout.write(`Tool: ${tool.product} ${tool.version}.\n`);
    for (const [capability, remedy] of Object.entries(tool.remedies)) {
      process.stdout.write(`Not possible yet (${capability}): ${remedy}\n`);
    }
    if (context.mailer) {
      await context.mailer.verify();
      process.stdout.write('Mail: the server takes mail from MAIL_FROM.\n');
    }
  } finally {
    await close();
  }
}

/** The file holds secrets: only its owner may read it. */
function writeSettings(file: string, values: Map<string, string>): void {
  const lines = [...values].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
}
