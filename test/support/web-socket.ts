/** Asking for a web socket, whatever the answer. */
import { type IncomingHttpHeaders, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface SocketAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of an answer that opens none. */
  body: string;
  /** Of one that does: whoever asked must destroy it. */
  socket: Duplex | null;
}

/** What a request for a protocol is asked with; the key is the one of RFC 6455. */
export const upgradeHeaders = (protocol: string): Readonly<Record<string, string>> => ({
  Connection: 'Upgrade',
  Upgrade: protocol,
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version': '13',
});

/** Rejects when the connection ends without an answer. */
export function askForSocket(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  protocol = 'websocket',
): Promise<SocketAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: { ...headers, ...upgradeHeaders(protocol) } });
    outgoing.on('error', reject);
    outgoing.on('upgrade', (answer, socket) =>
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: '', socket }),
    );
    outgoing.on('response', (answer) => {
      const rest = { status: answer.statusCode ?? 0, headers: answer.headers, socket: null };
      text(answer).then((body) => resolve({ ...rest, body }), reject);
    });
    outgoing.end();
  });
}
