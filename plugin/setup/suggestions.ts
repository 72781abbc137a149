/** Guesses about the tool: where it answers on this machine, and where its database is. */
import { randomBytes } from 'node:crypto';
import type { SetUpHelp } from '../../adapters/set-up.ts';
import { manifest } from '../settings/manifest.ts';
import { loadAdapter } from '../tool/load-adapter.ts';

type Values = ReadonlyMap<string, string>;

/** The role that the statements make. */
const ROLE = 'opentrain_plugin';
/** What adapters write where a password belongs. */
const PASSWORD_MARK = '…';
/** One for this process, so that the statements and the address agree. */
const rolePassword = randomBytes(18).toString('base64url');

/** TOOL_ADAPTER and TOOL_BASE_URL of the first tool that answers at one of its usual addresses; empty when none does. */
export async function suggestTool(answers: Values): Promise<Map<string, string>> {
  if (answers.has('TOOL_BASE_URL')) return new Map();
  const chosen = answers.get('TOOL_ADAPTER');
  const names = chosen ? [chosen] : manifest.adapters.map(({ name }) => name);
  for (const name of names) {
    const help = await setUpHelp(name);
    for (const address of help?.usualAddresses ?? []) {
      if (!(await help?.answersAt(address))) continue;
      return new Map([
        ['TOOL_ADAPTER', name],
        ['TOOL_BASE_URL', address],
      ]);
    }
  }
  return new Map();
}

/** TOOL_DATABASE_URL, where the tool's own settings or its usual file on this machine tell it. */
export async function suggestToolDatabase(
  answers: Values,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, string>> {
  if (answers.has('TOOL_DATABASE_URL')) return new Map();
  const found = (await setUpHelp(adapterIn(answers)))?.findDatabase(environment);
  return found ? new Map([['TOOL_DATABASE_URL', found.replaceAll(PASSWORD_MARK, rolePassword)]]) : new Map();
}

export interface DatabaseRole {
  /** To run as the owner of the tool's database. */
  sql: string;
  /** TOOL_DATABASE_URL with that role, once host and database are put in. */
  example: string;
}

/** The statements that make the plugin's role in the tool's PostgreSQL database; null where the adapter knows none. */
export async function databaseRole(answers: Values): Promise<DatabaseRole | null> {
  const help = await setUpHelp(adapterIn(answers));
  if (!help) return null;
  const sql = help.databaseRoleSql(ROLE).join('\n').replaceAll(PASSWORD_MARK, rolePassword);
  return { sql, example: `postgres://${ROLE}:${rolePassword}@HOST:5432/DATABASE` };
}

/** Where the tool's API token is found, in a sentence; null where the adapter does not tell. */
export async function tokenHelp(answers: Values): Promise<string | null> {
  return (await setUpHelp(adapterIn(answers)))?.tokenHelp ?? null;
}

function adapterIn(answers: Values): string {
  const fallback = manifest.settings.find(({ name }) => name === 'TOOL_ADAPTER')?.default ?? '';
  return answers.get('TOOL_ADAPTER') ?? fallback;
}

/** An adapter that cannot be loaded is told by the check of the step. */
async function setUpHelp(adapter: string): Promise<SetUpHelp | null> {
  return (await loadAdapter(adapter).catch(() => null))?.setUp ?? null;
}
