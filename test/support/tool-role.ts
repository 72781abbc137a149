/** A role in a tool's PostgreSQL database that has just the rights which the documentation asks for. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface ToolRole {
  /** The database's URL with this role. */
  url: string;
  drop(): Promise<void>;
}

/** Makes the role and runs these lines for it as the database's owner. */
export async function createToolRole(databaseUrl: string, grants: (role: string) => string[]): Promise<ToolRole> {
  const role = `opentrain_test_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  await asOwner(databaseUrl, [`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`, ...grants(role)]);
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = password;
  return { url: url.href, drop: () => asOwner(databaseUrl, [`DROP OWNED BY ${role}`, `DROP ROLE ${role}`]) };
}

async function asOwner(databaseUrl: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
