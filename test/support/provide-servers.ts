/** nginx, PgBouncer, Caddy, systemd's and Prometheus' checkers, and what only root's tests use: the system's, or Debian's packages. */
import { existsSync } from 'node:fs';
import { debianProgram, provideDebianPackages, unpackDebianPackages, useUnpackedLibraries } from './debian-packages.ts';

const PROGRAMS = [
  { path: '/usr/sbin/nginx', debianPackage: 'nginx-light' },
  { path: '/usr/sbin/pgbouncer', debianPackage: 'pgbouncer' },
  { path: '/usr/bin/systemd-analyze', debianPackage: 'systemd' },
  // Installed, it would also bring and start the server.
  { path: '/usr/bin/promtool', debianPackage: 'prometheus', isAlone: true },
  // Only root can make a bare Debian, and networks for the services of compose.yaml.
  ...(process.getuid?.() === 0
    ? [
        { path: '/usr/sbin/debootstrap', debianPackage: 'debootstrap' },
        { path: '/usr/bin/ip', debianPackage: 'iproute2' },
        { path: '/usr/bin/psql', debianPackage: 'postgresql-client' },
        // Installed, it would be started.
        { path: '/usr/bin/caddy', debianPackage: 'caddy', isAlone: true },
      ]
    : []),
];

/** Makes sure that the servers are there. Returns whether they are. */
export async function provideServers(say: (line: string) => void): Promise<boolean> {
  const missing = PROGRAMS.filter(({ path }) => !existsSync(debianProgram(path)));
  useUnpackedLibraries();
  const [alone, whole] = [true, false].map((isAlone) =>
    missing.filter((program) => 'isAlone' in program === isAlone).map(({ debianPackage }) => debianPackage),
  );
  provideDebianPackages(whole ?? [], say);
  unpackDebianPackages(alone ?? [], say);
  const absent = PROGRAMS.filter(({ path }) => !existsSync(debianProgram(path))).map(({ path }) => path);
  if (absent.length === 0) return true;
  say(`Some tests need ${absent.join(' and ')}: install nginx, pgbouncer, systemd and prometheus.`);
  return false;
}
