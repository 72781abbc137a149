/** The two ways into one doccano: its API, and (where given) its database with the rights that the role has there. */

import { databaseRemedy, isDatabaseFailure } from '../database-outage.ts';
import { ToolRefused } from '../errors.ts';
import { openToolDatabase } from '../sql/open-tool-database.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { AdapterOptions } from '../tool.ts';
import { DoccanoApi, type DoccanoUser } from './api.ts';
import { type DatabaseRights, readRights, readUsername } from './database.ts';

/** How long rights that were read are believed: a GRANT is noticed without a restart. */
const rightsLastMilliseconds = 60_000;

export interface Connection {
  readonly api: DoccanoApi;
  readonly options: AdapterOptions;
  /** The database with its role's rights, or undefined without TOOL_DATABASE_URL. */
  database(): Promise<{ database: ToolDatabase; rights: DatabaseRights } | undefined>;
  /** The same; undefined also while the database is away or refuses the role: the API alone serves then. */
  databaseIfUp(): Promise<{ database: ToolDatabase; rights: DatabaseRights } | undefined>;
  /** Why the last {@link databaseIfUp} gave none, as a remedy; undefined when it did, or without TOOL_DATABASE_URL. */
  databaseProblem(): string | undefined;
  /** Makes the next question about rights go to the database. */
  forgetRights(): void;
  close(): Promise<void>;
}

/** Opens nothing yet: the first call does. Throws ToolRefused for a TOOL_DATABASE_URL that is no database's address. */
export function connect(options: AdapterOptions): Connection {
  const database = options.databaseUrl === undefined ? undefined : openToolDatabase(options.databaseUrl);
  let known: { rights: DatabaseRights; until: number } | undefined;
  let problem: string | undefined;
  const opened = async () => {
    if (!database) return undefined;
    const now = performance.now();
    if (!known || known.until < now) {
      known = { rights: await readRights(database), until: now + rightsLastMilliseconds };
    }
    return { database, rights: known.rights };
  };
  return {
    api: new DoccanoApi(options.baseUrl, options.apiToken),
    options,
    database: opened,
    databaseIfUp: async () => {
      problem = undefined;
      try {
        return await opened();
      } catch (error) {
        if (!isDatabaseFailure(error)) throw error;
        problem = databaseRemedy(error);
        return undefined;
      }
    },
    databaseProblem: () => problem,
    forgetRights: () => {
      known = undefined;
    },
    close: async () => database?.close(),
  };
}

/**
 * Throws ToolRefused when the database is not the one of the doccano at TOOL_BASE_URL: nobody's account may be closed in
 * another doccano, nor work counted there, so this is asked before every change and every tally. The sign: the token's account has the same number and name
 * in both.
 */
export async function insistOnSameTool(connection: Connection, known?: DoccanoUser): Promise<void> {
  const opened = await connection.database();
  if (!opened?.rights.accounts) return;
  const me = known ?? (await connection.api.me());
  if ((await readUsername(opened.database, me.id)) === me.username) return;
  throw new ToolRefused(
    'TOOL_DATABASE_URL is the database of another doccano than the one at TOOL_BASE_URL.',
    'Set both to the same doccano.',
  );
}
