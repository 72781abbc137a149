/** Long lists, a page at a time. */
import type { Request } from 'express';
import type { LongList } from '../../store/window.ts';

const ROWS_PER_PAGE = 50;

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

/** Which page is asked for, the last one where there are fewer, and its neighbours. */
function placeIn(
  request: Request,
  path: string,
  total: number,
): { page: number } & Pick<ListPage<never>, 'previous' | 'next'> {
  const last = Math.max(1, Math.ceil(total / ROWS_PER_PAGE));
  const wanted = Number.parseInt(queryText(request, 'page'), 10);
  const page = Math.min(Math.max(Number.isNaN(wanted) ? 1 : wanted, 1), last);
  const address = (number: number): string => {
    const kept = Object.entries(request.query).flatMap(([name, value]) =>
      typeof value === 'string' && !['page', 'done'].includes(name) ? [[name, value] as [string, string]] : [],
    );
    return `${path}?${new URLSearchParams([...kept, ['page', String(number)]])}`;
  };
  return {
    page,
    previous: page > 1 ? address(page - 1) : null,
    next: page < last ? address(page + 1) : null,
  };
}

/** A text of the query; empty when absent or given twice. */
export function queryText(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value.replaceAll('\u0000', '').trim() : '';
}
