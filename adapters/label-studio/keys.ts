/**
 * Ending the tokens that somebody made in Label Studio (measured on 1.23.2). A personal access token is refused at once when it is
 * on the blacklist, and the legacy token when its row is gone; sessions end when the password changes. An access token that was
 * made from a personal one is checked by its signature only, so it lives for its 300 s.
 */
import { z } from 'zod';
import type { Privilege, ToolDatabase } from '../sql/tool-database.ts';

/** How long an access token lives on after the personal access token that it was made from has ended. */
export const ACCESS_TOKEN_SECONDS = 300;

const issued = 'token_blacklist_outstandingtoken';
const blacklist = 'token_blacklist_blacklistedtoken';
export const tokenSequence = `${blacklist}_id_seq`;

export const legacyTokens: readonly Privilege[] = [
  { privilege: 'SELECT', table: 'authtoken_token', columns: ['user_id'] },
  { privilege: 'DELETE', table: 'authtoken_token' },
];
export const personalTokens: readonly Privilege[] = [
  { privilege: 'SELECT', table: issued, columns: ['id', 'user_id'] },
  { privilege: 'SELECT', table: blacklist, columns: ['token_id'] },
  { privilege: 'INSERT', table: blacklist, columns: ['token_id', 'blacklisted_at'] },
];

/** Versions before 1.17 have no personal access tokens, and not their tables. */
export async function hasPersonalTokens(database: ToolDatabase): Promise<boolean> {
  const catalogue =
    database.dialect === 'postgres' ? 'pg_class WHERE oid = to_regclass($1)' : 'sqlite_master WHERE name = $1';
  return (await database.query(`SELECT 1 FROM ${catalogue}`, [blacklist])).length > 0;
}

/** A database that began under an older Django numbers rows by a sequence, which needs a right of its own. */
export async function missingSequenceGrant(database: ToolDatabase): Promise<string[]> {
  if (database.dialect === 'sqlite') return [];
  const statement = `SELECT current_user AS role FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE adrelid = to_regclass($1) AND attname = 'id' AND NOT has_sequence_privilege(pg_get_serial_sequence($1, 'id'), 'USAGE')`;
  const rows = z.array(z.object({ role: z.string() })).parse(await database.query(statement, [blacklist]));
  return rows.map(({ role }) => `GRANT USAGE ON SEQUENCE ${tokenSequence} TO ${role};`);
}

/** Ends every token of this account. */
export async function endTokens(database: ToolDatabase, toolUserId: string): Promise<void> {
  const id = Number(toolUserId);
  if (await hasPersonalTokens(database)) {
    const statement = `INSERT INTO ${blacklist} (blacklisted_at, token_id)
      SELECT CURRENT_TIMESTAMP, id FROM ${issued} WHERE user_id = $1 ON CONFLICT (token_id) DO NOTHING`;
    await database.execute(statement, [id]);
  }
  await database.execute('DELETE FROM authtoken_token WHERE user_id = $1', [id]);
}
