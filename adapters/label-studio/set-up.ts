/** Finds Label Studio on this machine, and what its database needs. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { askJson, type SetUpHelp } from '../set-up.ts';
import { grantStatements } from './database-rights.ts';

const versionSchema = z.object({ release: z.string(), 'label-studio-os-package': z.unknown() });

/** Where Label Studio keeps its file when nobody says otherwise (the folder of its package appdirs). */
const dataFolders = ['.local/share/label-studio', 'Library/Application Support/label-studio'];

export const labelStudioSetUp: SetUpHelp = {
  usualAddresses: ['http://127.0.0.1:8080', 'http://127.0.0.1:8000'],
  answersAt: async (baseUrl) => versionSchema.safeParse(await askJson(`${baseUrl}/api/version`)).success,
  findDatabase,
  databaseRoleSql: (role) => [`CREATE ROLE ${role} LOGIN PASSWORD '…';`, ...grantStatements(role)],
  tokenHelp:
    'In Label Studio, as the owner of the organization: your picture at the top right, Account & Settings, Personal Access Token, Create.',
};

function findDatabase(environment: Readonly<Record<string, string | undefined>>): string | null {
  const { DJANGO_DB: kind, POSTGRE_HOST: host, POSTGRE_NAME: name, POSTGRE_PORT: port } = environment;
  if (kind !== 'sqlite' && host && name) return `postgres://opentrain_plugin:…@${host}:${port || '5432'}/${name}`;
  const base = environment.LABEL_STUDIO_BASE_DATA_DIR;
  const folders = base ? [base] : dataFolders.map((folder) => join(homedir(), folder));
  const file = folders.map((folder) => join(folder, 'label_studio.sqlite3')).find((path) => existsSync(path));
  return file ? `sqlite:${file}` : null;
}
