/** GRANT lines that an admin can paste into psql. */

/** A name as SQL needs it: in quotes where it is not plain lower case. */
export function quotedName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `GRANT UPDATE (is_active) ON htx_user TO plugin;` The table may be written with its schema. */
export function grantLine(privilege: string, table: string, columns: readonly string[], role: string): string {
  const columnList = columns.length === 0 ? '' : ` (${columns.map(quotedName).join(', ')})`;
  return `GRANT ${privilege}${columnList} ON ${table.split('.').map(quotedName).join('.')} TO ${quotedName(role)};`;
}
