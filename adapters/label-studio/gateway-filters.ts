/**
 * Filters and orders of the data manager, as a trainer may use them: by what tasks are, not by what others made of them. Otherwise the
 * number of tasks that a filter leaves would tell a trainer how their colleagues have labelled. Pure.
 */

/** Label Studio's columns, but for annotators, annotations' results and numbers, who changed, the average time, and drafts. */
const columns = [
  ...['id', 'inner_id', 'created_at', 'updated_at', 'completed_at', 'file_upload', 'storage_filename', 'state'],
  ...['total_annotations', 'cancelled_annotations', 'total_predictions'],
  ...['predictions_score', 'predictions_model_versions', 'predictions_results', 'data', 'data\\.[^:]+'],
];
/** "filter:tasks:data.text" in a filter, "-tasks:id" in an order. */
const OPEN = new RegExp(`^(?:filter:)?-?(?:tasks:)?(?:${columns.join('|')})$`);

const WRONG = 'Tasks can be filtered and ordered by what they are, not by others’ work.';

/** What is wrong with the filters and orders in a body of the data manager; null when nothing is. */
export function wrongFilters(body: unknown): string | null {
  return columnsIn(body).every((column) => typeof column === 'string' && OPEN.test(column)) ? null : WRONG;
}

/** The same of what stands in an address (`query`), which is JSON, and may be percent-encoded once more. */
export function wrongFiltersInQuery(sent: URLSearchParams): string | null {
  if (!sent.has('query')) return null;
  const query = readQuery(sent);
  return query === undefined ? 'The query is no JSON.' : wrongFilters(query);
}

/** What is passed on in its place: what was read, so that Label Studio cannot read something else. */
export function rewrittenQuery(sent: URLSearchParams): Readonly<Record<string, string>> {
  return sent.has('query') ? { query: encodeURIComponent(JSON.stringify(readQuery(sent))) } : {};
}

/** undefined for what is no JSON. */
function readQuery(sent: URLSearchParams): unknown {
  const text = (sent.get('query') ?? '').replaceAll(/(?:%[0-9a-f]{2})+/gi, decoded);
  try {
    const query: unknown = JSON.parse(text);
    return query;
  } catch {
    return undefined;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Every column that something in this value filters or orders by, at whatever depth. */
function columnsIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === 'filter' || name === 'column') return [inner];
    if (name === 'ordering') return Array.isArray(inner) ? inner : isNothing(inner) ? [] : [inner];
    return columnsIn(inner);
  });
}

/** Label Studio's pages send an empty object for no order. */
function isNothing(order: unknown): boolean {
  return order === null || (typeof order === 'object' && Object.keys(order).length === 0);
}
