/** PLUGIN_SECRET, from the settings or from the file that keeps it. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AdminError } from '../errors.ts';
import { accessProblem, giveToOwnerOf, makePrivateFolder } from '../private-files.ts';
import type { Settings } from './settings.ts';
import { sqliteFile } from './sqlite-file.ts';

const SHORTEST_SECRET = 32;
/** Beside the SQLite store. */
export const SECRET_FILE = 'plugin.secret';

/** PLUGIN_SECRET, or the one kept in a file (mode 0600) beside a SQLite store, made now if there is none. */
export function pluginSecret(settings: Settings): string {
  if (settings.plugin.secret) {
    if (settings.plugin.secret.length >= SHORTEST_SECRET) return settings.plugin.secret;
    throw new AdminError(
      `PLUGIN_SECRET is shorter than ${SHORTEST_SECRET} characters.`,
      'Make one with: openssl rand -hex 32.',
    );
  }
  const storeFile = sqliteFile(settings.databaseUrl);
  if (!storeFile) {
    throw new AdminError(
      'PLUGIN_SECRET is not set, and with a PostgreSQL store there is no folder to keep one in.',
      'Make one with `openssl rand -hex 32` and give it to every replica.',
    );
  }
  const file = join(dirname(storeFile), SECRET_FILE);
  if (!existsSync(file)) {
    makePrivateFolder(dirname(file));
    try {
      writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
      giveToOwnerOf(dirname(file), file);
    } catch (error) {
      // Another process of ours made it in the same moment: use that one.
      if (!existsSync(file)) throw error;
    }
  }
  const problem = accessProblem(file);
  if (problem) throw new AdminError(`PLUGIN_SECRET cannot be read: ${problem.what}.`, problem.remedy);
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length >= SHORTEST_SECRET) return secret;
  throw new AdminError(
    `${file} holds no PLUGIN_SECRET of at least ${SHORTEST_SECRET} characters.`,
    'Restore it from the backup of the store; without a backup remove it, and paste tokens and secrets again.',
  );
}
