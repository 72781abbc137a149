/** Answers of servers that stand in front of a tool, and how each is to be told. */
import type { ServerResponse } from 'node:http';

export const inFrontKinds = ['a firewall', 'basic authentication', 'a sign-in page'] as const;
export type InFrontKind = (typeof inFrontKinds)[number];

export const inFrontAnswers: Readonly<Record<InFrontKind, (response: ServerResponse) => void>> = {
  'a firewall': (response) => {
    response.writeHead(403, { server: 'cloudflare', 'content-type': 'text/html' });
    response.end('<html><h1>Attention required</h1></html>');
  },
  'basic authentication': (response) => {
    response.writeHead(401, {
      server: 'nginx',
      'www-authenticate': 'Basic realm="Staff"',
      'content-type': 'text/html',
    });
    response.end('<html><h1>401 Authorization Required</h1></html>');
  },
  'a sign-in page': (response) => {
    response.writeHead(302, { server: 'nginx', location: 'https://sso.example.com/authorize?state=secret' });
    response.end();
  },
};

/** What is said when this kind answers in place of this tool ("Label Studio"). */
export function toldInFront(tool: string, kind: InFrontKind): RegExp {
  const rest = {
    'a firewall': 'cloudflare at 127\\.0\\.0\\.1:\\d+\\) answered 403 to ',
    'basic authentication': 'nginx at [^)]+\\) answered 401 to .* asks for a Basic sign-in\\.$',
    'a sign-in page': 'nginx at [^)]+\\) redirects .* to https:\\/\\/sso\\.example\\.com\\/authorize\\.$',
  };
  return new RegExp(`^Something in front of ${tool} \\(${rest[kind]}`);
}
