/** What the red-team tests of every tool share: calling every route with hostile values, and judging what came of it. */
import type { AxiosInstance, AxiosResponse } from 'axios';
import type PQueue from 'p-queue';
import { fillPath, type Numbers } from './route-ids.ts';
import type { ToolRoute } from './tool-routes.ts';
import { upgradeHeaders } from './web-socket.ts';
import type { RowChange } from './whole-database.ts';

/** A request for a web socket may be left without an answer. */
const MOST_MS = 20_000;

/** What is sent beside the path. */
export interface Payload {
  params?: Readonly<Record<string, string>>;
  data?: unknown;
  /** Whether the path ends with a slash. */
  slash?: boolean;
}

/** Puts one call of each route and method, with each payload, into the queue, and asks for a web socket there. Calls that fail are no news. */
export function callEveryRoute(
  queue: PQueue,
  http: AxiosInstance,
  routes: readonly ToolRoute[],
  { numbers, payloads }: { numbers: Numbers; payloads: (method: string, path: string) => readonly Payload[] },
): void {
  for (const { path, methods } of routes) {
    for (const method of methods) {
      for (const { slash = false, ...payload } of payloads(method, path)) {
        const url = `${fillPath(path, numbers)}${slash ? '/' : ''}`;
        const ask = { method, url, ...payload };
        queue.add(() => http.request(ask).catch(() => null));
        const headers = upgradeHeaders('websocket');
        if (method === 'GET') queue.add(() => http.request({ ...ask, headers, timeout: MOST_MS }).catch(() => null));
      }
    }
  }
}

/** Every answer in which somebody read what they must not: "get /v1/users: bob@…". */
export class Leaks {
  readonly found = new Set<string>();
  /** How many answers were searched. */
  searched = 0;

  /** Searches every further answer to this client for these texts. */
  watch(http: AxiosInstance, secrets: readonly string[]): void {
    http.interceptors.response.use((answer) => {
      this.#look(answer, secrets);
      return answer;
    });
  }

  #look({ data, headers, config }: AxiosResponse<unknown>, secrets: readonly string[]): void {
    this.searched += 1;
    const text = (typeof data === 'string' ? data : JSON.stringify(data ?? '')) + JSON.stringify(headers);
    for (const secret of secrets)
      if (text.includes(secret)) this.found.add(`${config.method} ${config.url}: ${secret}`);
  }
}

type Row = NonNullable<RowChange['after']>;

/** Which rows of which table somebody may change; of a table that is not named, none. */
export type Allowed<Who> = Readonly<Record<string, (row: Row, change: RowChange, who: Who) => boolean>>;

/** The changes that are not allowed, in words. The row that was and the one that is must both be theirs: nothing is given away or taken. */
export function holesIn<Who>(changes: readonly RowChange[], allowed: Allowed<Who>, who: Who): string[] {
  const isTheirs = (change: RowChange): boolean =>
    [change.before, change.after]
      .filter((row) => row !== null)
      .every((row) => allowed[change.table]?.(row, change, who) ?? false);
  return changes.filter((change) => !isTheirs(change)).map(inWords);
}

/** Whether a change is one of these columns only, and not of whole rows. */
export function isOnly({ columns }: RowChange, allowed: readonly string[]): boolean {
  return columns.length > 0 && columns.every((name) => allowed.includes(name));
}

function inWords({ table, columns, before, after }: RowChange): string {
  const row = before ?? after ?? {};
  const shown = Object.entries(
    columns.length > 0 ? Object.fromEntries(columns.map((name) => [name, after?.[name]])) : row,
  );
  const what = before === null ? 'new' : after === null ? 'deleted' : 'changed';
  return `${table} ${row.row_number} ${what}: ${shown.map(([name, value]) => `${name}=${value}`).join(', ')}`;
}
