/** Statements over many values, each within the number of bound values that both databases take. */

const VALUES_PER_STATEMENT = 500;

/** The rows that `read` finds for all of the values, asked for in chunks of at most `size`. No statement for no values. */
export async function inChunks<Value, Row>(
  values: readonly Value[],
  read: (chunk: Value[]) => PromiseLike<Row[]>,
  size = VALUES_PER_STATEMENT,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < values.length; start += size) {
    rows.push(...(await read(values.slice(start, start + size))));
  }
  return rows;
}
