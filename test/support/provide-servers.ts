/** nginx, PgBouncer and debootstrap for the suite: the system's, or Debian's packages where they can be installed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PROGRAMS = [
  { path: '/usr/sbin/nginx', debianPackage: 'nginx-light' },
  { path: '/usr/sbin/pgbouncer', debianPackage: 'pgbouncer' },
  // Only root can make a bare Debian with it.
  ...(process.getuid?.() === 0 ? [{ path: '/usr/sbin/debootstrap', debianPackage: 'debootstrap' }] : []),
];

/** Makes sure that the servers are there. Returns whether they are. */
export async function provideServers(say: (line: string) => void): Promise<boolean> {
  const missing = PROGRAMS.filter(({ path }) => !existsSync(path));
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    const packages = missing.map(({ debianPackage }) => debianPackage).join(' ');
    say(`Installing ${packages} (Debian’s packages).`);
    const install = `apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ${packages}`;
    spawnSync('sh', ['-c', install], { stdio: 'inherit' });
  }
  const absent = PROGRAMS.filter(({ path }) => !existsSync(path)).map(({ path }) => path);
  if (absent.length === 0) return true;
  say(`The tests behind a proxy and a connection pooler need ${absent.join(' and ')}: install nginx and pgbouncer.`);
  return false;
}
