/** Reads the rows that a tool's database is recognised by. */
import { z } from 'zod';
import type { DatabaseSign } from '../database-sign.ts';
import type { ToolDatabase } from './tool-database.ts';

/** SQLite holds UTC as text without a zone. */
const instant = z.union([z.date(), z.string().transform((text) => new Date(`${text.replace(' ', 'T')}Z`))]);
const rowsSchema = z.array(
  z
    .object({ kind: z.enum(['organization', 'account', 'project']), id: z.number(), created_at: instant })
    .transform(({ kind, id, created_at }): DatabaseSign => ({ kind, id: String(id), createdAt: created_at })),
);

/** Runs a statement that yields `kind`, `id` and `created_at`. Throws what {@link ToolDatabase} throws. */
export async function querySigns(
  database: ToolDatabase,
  statement: string,
  parameters: readonly number[],
): Promise<DatabaseSign[]> {
  return rowsSchema.parse(await database.query(statement, parameters));
}
