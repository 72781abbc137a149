/**
 * To which project an example, a label, its type or a comment belongs, and whose it is: from the database. doccano's API does not tell:
 * it answers for an example under the address of any project that the caller is in, and takes any project's type (measured on 1.8.4).
 */
import { z } from 'zod';
import { ToolRefused } from '../errors.ts';
import type { Thing, Whereabouts } from '../gateway.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import type { Connection } from './connection.ts';
import { insistOnSameTool } from './same-tool.ts';

/** The table of each kind of thing that belongs to an example. */
const tables = {
  category: 'labels_category',
  span: 'labels_span',
  text: 'labels_textlabel',
  relation: 'labels_relation',
  box: 'labels_boundingbox',
  segment: 'labels_segmentation',
  comment: 'examples_comment',
} as const;
/** The table of each kind of thing that belongs to a project itself, and is nobody's. */
const projectTables = {
  example: 'examples_example',
  'category-type': 'label_types_categorytype',
  'span-type': 'label_types_spantype',
  'relation-type': 'label_types_relationtype',
} as const;

const isIn = <Kinds extends object>(kinds: Kinds, kind: string): kind is keyof Kinds & string =>
  Object.hasOwn(kinds, kind);

function statementFor(kind: string): string {
  if (isIn(projectTables, kind)) {
    return `SELECT project_id, NULL AS owner_id FROM ${projectTables[kind]} WHERE id = $1`;
  }
  if (!isIn(tables, kind)) throw new RangeError(`doccano has no “${kind}”`);
  return `SELECT example.project_id, part.user_id AS owner_id
    FROM ${tables[kind]} part JOIN examples_example example ON example.id = part.example_id WHERE part.id = $1`;
}

const rowsSchema = z.array(z.object({ project_id: z.number(), owner_id: z.number().nullable() }));

/** What `locateAll` asks for each thing. Throws RangeError for a kind that doccano does not have. */
export async function locate(database: ToolDatabase, thing: Thing): Promise<Whereabouts | null> {
  const [row] = rowsSchema.parse(await database.query(statementFor(thing.kind), [Number(thing.id)]));
  if (!row) return null;
  return { projectId: String(row.project_id), ownerId: row.owner_id === null ? null : String(row.owner_id) };
}

/** See `ToolAdapter.locate`. Throws {@link ToolRefused} without the database and its rights. */
export async function locateAll(connection: Connection, things: readonly Thing[]): Promise<(Whereabouts | null)[]> {
  const opened = await connection.database();
  if (!opened?.rights.lookups) {
    const message = 'Only doccano’s database tells to which project an example belongs.';
    throw new ToolRefused(message, opened?.rights.missing.lookups.join(' ') ?? 'Set TOOL_DATABASE_URL.');
  }
  await insistOnSameTool(connection);
  return Promise.all(things.map((thing) => locate(opened.database, thing)));
}
