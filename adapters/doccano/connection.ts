/** The two ways into one doccano: its API, and (where given) its database with the rights that the role has there. */

import { databaseRemedy, isDatabaseFailure } from '../database-outage.ts';
import { openToolDatabase } from '../sql/open-tool-database.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { AdapterOptions } from '../tool.ts';
import { DoccanoApi } from './api.ts';
import { type DatabaseRights, readRights } from './database.ts';

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
