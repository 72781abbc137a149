/** What a refused person gets: a page in a browser, the tool's own form of an error for everything else. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Refusal {
  status: number;
  title: string;
  /** What happened, and what to do. */
  message: string;
  /** Where a person can go from here. */
  links: readonly { text: string; url: string }[];
  /** In the tool's own form. */
  json: unknown;
}

/** Every refusal has this header: by it `doctor` knows that the gateway itself answers. */
export const GATEWAY_HEADER = 'x-opentrain-gateway';

/** Answers and ends. A body that was not read is not waited for. */
export function sendRefusal(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, json } = refusal;
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader(GATEWAY_HEADER, 'refused');
  if (status === 503) response.setHeader('Retry-After', '5');
  if (!request.complete) response.setHeader('Connection', 'close');
  if (wantsPage(request)) sendPage(response, refusal);
  else response.setHeader('Content-Type', 'application/json').end(JSON.stringify(json));
}

/** A browser that opens an address says so; scripts in the tool's pages ask for JSON or for anything. */
function wantsPage({ headers, method }: IncomingMessage): boolean {
  return method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '');
}

function sendPage(response: ServerResponse, { title, message, links }: Refusal): void {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;
  response.setHeader('Content-Security-Policy', policy);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  const list = links.map(({ text, url }) => `<li><a href="${escaped(url)}">${escaped(text)}</a></li>`).join('');
  response.end(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style nonce="${nonce}">
:root{color-scheme:light dark}
body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.25rem}
h1{font-size:1.5rem;line-height:1.25}
ul{padding-left:1.2rem}
</style></head>
<body><main><h1>${escaped(title)}</h1><p>${escaped(message)}</p>${list ? `<ul>${list}</ul>` : ''}</main></body></html>
`);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
