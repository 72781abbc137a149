/** Stands between the plugin and the tool and times every call, so that the tool's own time can be told from ours. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ToolCall {
  /** "DELETE /api/organizations/…/memberships/…/", numbers and tokens taken out. */
  what: string;
  /** performance.now() of beginning and end. */
  from: number;
  until: number;
}

export interface TimingProxy {
  url: string;
  calls: ToolCall[];
  close(): Promise<void>;
}

/** Starts it before the tool at this address. */
export async function startTimingProxy(target: string): Promise<TimingProxy> {
  const calls: ToolCall[] = [];
  const { hostname, port } = new URL(target);
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const from = performance.now();
    const { method = 'GET', url: path = '/', headers } = incoming;
    const passed = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      answer.on('end', () => calls.push({ what: `${method} ${withoutIds(path)}`, from, until: performance.now() }));
    });
    passed.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(passed);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the timing proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function withoutIds(path: string): string {
  return path.replace(/\?.*$/, '').replaceAll(/\/\d+(?=\/|$)/g, '/…');
}

/** How many milliseconds of this time at least one call to the tool was under way. */
export function busyTime(calls: readonly ToolCall[], from: number, until: number): number {
  let busy = 0;
  let covered = from;
  for (const call of [...calls].sort((one, other) => one.from - other.from)) {
    const begin = Math.max(call.from, covered);
    const end = Math.min(call.until, until);
    if (end > begin) busy += end - begin;
    covered = Math.max(covered, Math.min(call.until, until));
  }
  return busy;
}
