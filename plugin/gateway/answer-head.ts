/** The status and headers of the tool's answer, for whoever asked the gateway. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers that speak of the connection to the tool, not of the answer. */
const ofConnection: readonly string[] = ['connection', 'keep-alive', 'transfer-encoding'];

/** Copies them, but for what speaks of the connection and what is named. */
export function copyHead(answer: IncomingMessage, response: ServerResponse, without: readonly string[] = []): void {
  response.statusCode = answer.statusCode ?? 502;
  response.statusMessage = answer.statusMessage ?? '';
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined && !ofConnection.includes(name) && !without.includes(name)) response.setHeader(name, value);
  }
}
