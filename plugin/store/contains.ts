/** Looking for a part of a text, whatever its letters' case, on both databases. */
import type { Knex } from 'knex';

/** Narrows a query to rows of which one of these columns contains the text. */
export function whereContains(query: Knex.QueryBuilder, columns: readonly string[], text: string): void {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  query.where((either) => {
    for (const column of columns) either.orWhereRaw(`LOWER(??) LIKE ? ESCAPE '\\'`, [column, pattern]);
  });
}
