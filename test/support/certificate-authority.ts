/** A private authority and a certificate of it for `localhost`, made with openssl. */
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes'];

/** Makes `<name>.pem` and `<name>.key` in the folder. Returns the path of the certificate. */
export function makeAuthority(folder: string, name: string): string {
  const file = join(folder, `${name}.pem`);
  const key = join(folder, `${name}.key`);
  openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', file);
  return file;
}

/** Makes `server.pem` and `server.key` (mode 0600) for `localhost`, signed by the authority `ca` of the same folder. */
export function signServer(folder: string): void {
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('san'), 'subjectAltName=DNS:localhost');
  openssl('req', ...NEW_KEY, '-subj', '/CN=localhost', '-keyout', path('server.key'), '-out', path('csr'));
  openssl(
    ...['x509', '-req', '-in', path('csr'), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'],
    ...['-days', '2', '-extfile', path('san'), '-out', path('server.pem')],
  );
  chmodSync(path('server.key'), 0o600);
}

function openssl(...parameters: string[]): void {
  execFileSync('openssl', parameters, { stdio: 'pipe' });
}
