/** A role in a tool's PostgreSQL database that has just the rights which the documentation asks for. */
import { randomBytes } from 'node:crypto';
import { asOwner } from './column-rights.ts';

export interface ToolRole {
  name: string;
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
  return {
    name: role,
    url: url.href,
    drop: () => asOwner(databaseUrl, [`DROP OWNED BY ${role}`, `DROP ROLE ${role}`]),
  };
}
