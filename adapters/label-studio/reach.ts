/** What somebody can still do in Label Studio, found by trying it with their own session and tokens. */
import type { AxiosInstance } from 'axios';
import { toolHttp } from './api-client.ts';

/**
 * What a member who was removed through the API alone still reaches: measured on 1.23.2 with their old session, both kinds of
 * tokens and a new sign-in, and kept true by the reach matrix test. Older versions leave more open (`versions.ts`).
 */
export const reachesAfterApiRemoval: readonly string[] = [
  'sign in',
  'exchange a personal access token',
  'read their own account',
  'list projects (titles and label configurations)',
  'list model predictions and the names of export snapshots',
  'list people with their e-mail addresses',
  'read the invite link, and so join again under another e-mail address',
  'reset the invite link',
  'create a project',
  'create a user',
];

export interface Credential {
  /** "the old session". */
  name: string;
  headers: Readonly<Record<string, string>>;
}

interface Probe {
  what: string;
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
}

/** Harmless ways to ask whether a door is open: what would make something new is asked with a body that is refused as invalid. */
const probes: readonly Probe[] = [
  { what: 'read their own account', method: 'GET', path: '/api/current-user/whoami' },
  { what: 'list projects', method: 'GET', path: '/api/projects/?page_size=1' },
  { what: 'list model predictions', method: 'GET', path: '/api/predictions/' },
  { what: 'list people with their e-mail addresses', method: 'GET', path: '/api/users/' },
  { what: 'read the invite link', method: 'GET', path: '/api/invite' },
  { what: 'create a project', method: 'POST', path: '/api/projects/', body: { title: '' } },
  { what: 'create a user', method: 'POST', path: '/api/users/', body: { email: 'not an address' } },
];

/** "read the invite link (with the old session, the legacy token)": each door that does not answer 401 or 403, and to whom. */
export async function probeReaches(baseUrl: string, credentials: readonly Credential[]): Promise<string[]> {
  const http = await toolHttp(baseUrl);
  const reached: string[] = [];
  for (const probe of probes) {
    const keys: string[] = [];
    for (const credential of credentials) {
      if (await isOpen(http, probe, credential)) keys.push(credential.name);
    }
    if (keys.length > 0) reached.push(`${probe.what} (with ${keys.join(', ')})`);
  }
  return reached;
}

async function isOpen(http: AxiosInstance, probe: Probe, credential: Credential): Promise<boolean> {
  const { status } = await http.request({
    method: probe.method,
    url: probe.path,
    headers: credential.headers,
    ...(probe.body === undefined ? {} : { data: probe.body }),
  });
  return status !== 401 && status !== 403;
}
