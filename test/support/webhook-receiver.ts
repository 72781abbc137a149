/** An HTTP server that keeps every webhook delivery it gets, and answers as the test says. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedDelivery {
  /** `POST /path` of the request line. */
  request: string;
  headers: http.IncomingHttpHeaders;
  /** The bytes as they came. */
  raw: Buffer;
}

export interface WebhookReceiver {
  url: string;
  received: ReceivedDelivery[];
  /** Status to answer from now on, by what came and how many came before; null leaves the request unanswered. Default 200. */
  answerWith(decide: (delivery: ReceivedDelivery, index: number) => number | null): void;
  close(): Promise<void>;
}

/** Starts a receiver on a free loopback port. Answers in 300..399 send the caller to `/elsewhere`. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedDelivery[] = [];
  let decide: (delivery: ReceivedDelivery, index: number) => number | null = () => 200;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const delivery = {
        request: `${request.method} ${request.url}`,
        headers: request.headers,
        raw: Buffer.concat(chunks),
      };
      received.push(delivery);
      const status = decide(delivery, received.length - 1);
      if (status === null) return;
      response.writeHead(status, status >= 300 && status < 400 ? { location: '/elsewhere' } : {});
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/hook`,
    received,
    answerWith: (decision) => {
      decide = decision;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
