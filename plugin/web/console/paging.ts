/** Long lists, a page at a time. */
import type { Request } from 'express';
import type { LongList, Window } from '../../store/window.ts';

const ROWS_PER_PAGE = 50;
/** No list of ours is longer; a database refuses an offset without bound. */
const LAST_PAGE = 1_000_000;

export interface ListPage<Row> {
  rows: Row[];
  total: number;
  /** Addresses of the neighbouring pages; null where there is none. */
  previous: string | null;
  next: string | null;
}

/** The page of the list that `?page=` asks for; the links keep the rest of the query. */
export function pageOf<Row>(request: Request, path: string, all: readonly Row[]): ListPage<Row> {
  const { page, ...links } = placeIn(request, path, all.length);
  return { rows: all.slice((page - 1) * ROWS_PER_PAGE, page * ROWS_PER_PAGE), total: all.length, ...links };
}

/** The same of a list in the store: only the rows of that page are read. */
export async function readPage<Row>(request: Request, path: string, list: LongList<Row>): Promise<ListPage<Row>> {
  const total = await list.count();
  const { page, ...links } = placeIn(request, path, total);
  const rows = await list.read({ offset: (page - 1) * ROWS_PER_PAGE, limit: ROWS_PER_PAGE });
  return { rows, total, ...links };
}

/** A page of a list that is too long to be counted. */
export type OpenPage<Row> = Omit<ListPage<Row>, 'total'>;

/** The same of a list that nobody counts: one row more than shown tells whether there is a next page. */
export async function readOpenPage<Row>(
  request: Request,
  path: string,
  read: (window: Window) => Promise<Row[]>,
  size = ROWS_PER_PAGE,
): Promise<OpenPage<Row>> {
  const wanted = Number.parseInt(queryText(request, 'page'), 10);
  const page = Math.min(Math.max(Number.isNaN(wanted) ? 1 : wanted, 1), LAST_PAGE);
  const rows = await read({ offset: (page - 1) * size, limit: size + 1 });
  return {
    rows: rows.slice(0, size),
    previous: page > 1 ? pageAddress(request, path, page - 1) : null,
    next: rows.length > size ? pageAddress(request, path, page + 1) : null,
  };
}

/** Which page is asked for, the last one where there are fewer, and its neighbours. */
function placeIn(
  request: Request,
  path: string,
  total: number,
): { page: number } & Pick<ListPage<never>, 'previous' | 'next'> {
  const last = Math.max(1, Math.ceil(total / ROWS_PER_PAGE));
  const wanted = Number.parseInt(queryText(request, 'page'), 10);
  const page = Math.min(Math.max(Number.isNaN(wanted) ? 1 : wanted, 1), last);
  return {
    page,
    previous: page > 1 ? pageAddress(request, path, page - 1) : null,
    next: page < last ? pageAddress(request, path, page + 1) : null,
  };
}

function pageAddress(request: Request, path: string, page: number): string {
  return addressWith(request, path, { page: String(page) });
}

/** The address of this page with some of its query changed; an empty text takes a part away. */
export function addressWith(request: Request, path: string, changes: Readonly<Record<string, string>>): string {
  const kept = Object.entries(request.query).flatMap(([name, value]) =>
    typeof value === 'string' && !['page', 'done', ...Object.keys(changes)].includes(name) ? [[name, value]] : [],
  );
  const added = Object.entries(changes).filter(([, value]) => value !== '');
  const query = new URLSearchParams(Object.fromEntries([...kept, ...added]));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** A text of the query; empty when absent or given twice. */
export function queryText(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value.replaceAll('\u0000', '').trim() : '';
}
