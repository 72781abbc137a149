/** GRANT lines that an admin can paste into psql. */
import type { Privilege } from './tool-database.ts';

/** A name as SQL needs it: in quotes where it is not plain lower case. */
export function quotedName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `GRANT UPDATE (is_active) ON htx_user TO plugin;` The table may be written with its schema. */
export function grantLine(privilege: string, table: string, columns: readonly string[], role: string): string {
  const columnList = columns.length === 0 ? '' : ` (${columns.map(quotedName).join(', ')})`;
  return `GRANT ${privilege}${columnList} ON ${table.split('.').map(quotedName).join('.')} TO ${quotedName(role)};`;
}

/** One right a privilege and table, with the columns of all of them; whole tables stay whole. The order is that of first mention. */
export function mergedPrivileges(wanted: readonly Privilege[]): Privilege[] {
  const byTable = Map.groupBy(wanted, ({ privilege, table }) => `${privilege} ${table}`);
  return [...byTable.values()].flatMap((rights) => {
    const [first] = rights;
    if (!first) return [];
    const { privilege, table } = first;
    if (rights.some(({ columns }) => columns === undefined)) return [{ privilege, table }];
    const columns = [...new Set(rights.flatMap((right) => right.columns ?? []))];
    const ifThere = [...new Set(rights.flatMap((right) => right.ifThere ?? []))];
    return [{ privilege, table, columns, ...(ifThere.length > 0 ? { ifThere } : {}) }];
  });
}
