/** Which rights a role lacks in a tool's PostgreSQL database, asked from the catalogue, column by column. */
import { z } from 'zod';
import { grantLine, quotedName } from './grants.ts';
import type { Privilege, ToolDatabase } from './tool-database.ts';

const heldSchema = z.array(
  z.object({ table_is_there: z.boolean(), column_is_there: z.boolean(), is_held: z.boolean().nullable() }),
);
const schemasSchema = z.array(z.object({ table: z.string(), schema: z.string(), may_use: z.boolean() }));

/** For each of these rights that is not held, what the admin must do. */
export async function missingPrivileges(
  query: ToolDatabase['query'],
  role: string,
  wanted: readonly Privilege[],
): Promise<string[]> {
  const asked = wanted.flatMap((right) =>
    columnsOf(right).map((column) => ({ privilege: right.privilege, table: right.table, column })),
  );
  // Asking for the right on a column that does not exist is an error, so that is looked at first.
  const rows = await query(
    `SELECT to_regclass("table") IS NOT NULL AS table_is_there,
            ("column" IS NULL OR attribute.attname IS NOT NULL) AS column_is_there,
            CASE WHEN to_regclass("table") IS NULL THEN false
                 WHEN "column" IS NULL THEN has_table_privilege(to_regclass("table"), privilege)
                 WHEN attribute.attname IS NOT NULL
                   THEN has_column_privilege(to_regclass("table"), attribute.attnum, privilege) END AS is_held
     FROM json_to_recordset(CAST($1 AS json)) AS w (position integer, "table" text, "column" text, privilege text)
     LEFT JOIN pg_attribute attribute
       ON attribute.attrelid = to_regclass("table") AND attribute.attname = "column" AND NOT attribute.attisdropped
     ORDER BY position`,
    [JSON.stringify(asked.map((right, position) => ({ ...right, position })))],
  );
  const held = heldSchema.parse(rows);
  const lines: string[] = [];
  const absent = new Set<string>();
  for (const right of wanted) {
    const answers = held.splice(0, columnsOf(right).length);
    if (answers.some(({ table_is_there }) => !table_is_there)) absent.add(right.table);
    else lines.push(...missingOf(right, answers, role));
  }
  if (absent.size > 0) lines.push(...(await whereTablesAre(query, role, [...absent])));
  return [...new Set(lines)];
}

/** `[null]` is the whole table. */
function columnsOf({ columns, ifThere = [] }: Privilege): (string | null)[] {
  return columns === undefined ? [null] : [...columns, ...ifThere];
}

function missingOf(
  { privilege, table, columns, ifThere = [] }: Privilege,
  answers: z.infer<typeof heldSchema>,
  role: string,
): string[] {
  if (columns === undefined) return answers[0]?.is_held ? [] : [grantLine(privilege, table, [], role)];
  const asked = [...columns, ...ifThere].map((column, position) => ({ column, answer: answers[position] }));
  const named = asked.filter(({ column, answer }) => answer?.column_is_there || !ifThere.includes(column));
  const unknown = named.filter(({ answer }) => !answer?.column_is_there).map(({ column }) => column);
  if (unknown.length > 0) {
    return [`Table ${table} has no column ${unknown.join(', ')}: this version of the tool is not supported.`];
  }
  const lacking = named.filter(({ answer }) => !answer?.is_held).map(({ column }) => column);
  // All columns of the right are named: granting one again does no harm, and one line is easier to read.
  const columnNames = named.map(({ column }) => column);
  return lacking.length === 0 ? [] : [grantLine(privilege, table, columnNames, role)];
}

/** A table may be in a schema that is not searched or may not be used: the catalogue tells, whatever the role's rights are. */
async function whereTablesAre(query: ToolDatabase['query'], role: string, tables: string[]): Promise<string[]> {
  const found = schemasSchema.parse(
    await query(
      `SELECT relname AS "table", nspname AS schema, has_schema_privilege(pg_namespace.oid, 'USAGE') AS may_use
       FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE relkind IN ('r', 'p', 'v', 'm') AND relname IN (SELECT json_array_elements_text(CAST($1 AS json)))`,
      [JSON.stringify(tables)],
    ),
  );
  return tables.map((table) => {
    const place = found.find((row) => row.table === table);
    if (!place) return `There is no table ${table}: TOOL_DATABASE_URL must name the tool’s database.`;
    if (!place.may_use) return `GRANT USAGE ON SCHEMA ${quotedName(place.schema)} TO ${quotedName(role)};`;
    return `The tables are in schema ${place.schema}: add ?options=-c%20search_path%3D${place.schema} to TOOL_DATABASE_URL, or run ALTER ROLE ${quotedName(role)} SET search_path = ${quotedName(place.schema)};`;
  });
}
