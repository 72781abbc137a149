/** Debian's packages for the suite: installed where that is allowed, else unpacked into the cache for an ordinary user. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../.cache/debian');
const unpacked = join(folder, 'root');
const APT_GET = '/usr/bin/apt-get';

/** A program of a Debian package: the system's, else the unpacked one. */
export function debianProgram(path: string): string {
  return existsSync(path) ? path : join(unpacked, path);
}

/** Provides packages whose files are missing, as far as this machine allows. Says what it does; throws nothing. */
export function provideDebianPackages(packages: readonly string[], say: (line: string) => void): void {
  if (packages.length === 0 || !existsSync(APT_GET)) return;
  if (process.getuid?.() === 0) {
    say(`Installing ${packages.join(' ')} (Debian’s packages).`);
    const quietly = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const words of [
      ['update', '-qq'],
      ['install', '-y', '-qq', ...packages],
    ]) {
      spawnSync(APT_GET, words, { stdio: 'inherit', env: quietly });
    }
    return;
  }
  say(`Unpacking ${packages.join(' ')} (Debian’s packages) into .cache/debian.`);
  const failure = unpack(packages);
  if (failure) say(`That failed: ${failure}`);
  useUnpackedLibraries();
}

/** Unpacks these packages alone, for programs that need nothing beside them. Says what it does; throws nothing. */
export function unpackDebianPackages(packages: readonly string[], say: (line: string) => void): void {
  if (packages.length === 0 || !existsSync(APT_GET)) return;
  say(`Unpacking ${packages.join(' ')} (Debian’s packages, without what they depend on) into .cache/debian.`);
  const failure = unpack(packages, { alone: true });
  if (failure) say(`That failed: ${failure}`);
}

/** Lets programs that are started from now on find the unpacked libraries. */
export function useUnpackedLibraries(): void {
  const places = librariesBelow(join(unpacked, 'usr/lib'));
  if (places.length > 0) process.env.LD_LIBRARY_PATH = places.join(':');
}

function librariesBelow(libraries: string): string[] {
  if (!existsSync(libraries)) return [];
  const architectures = readdirSync(libraries).filter((name) => name.includes('-linux-gnu'));
  // systemd's programs have their own library in a folder of its own.
  return architectures.flatMap((name) => [join(libraries, name), join(libraries, name, 'systemd')]);
}

/** Downloads the packages, with what they need and this machine lacks or alone, and unpacks them. Returns what went wrong. */
function unpack(packages: readonly string[], { alone } = { alone: false }): string | null {
  const archives = join(folder, 'archives');
  for (const path of [unpacked, join(archives, 'partial'), join(folder, 'lists/partial')]) {
    mkdirSync(path, { recursive: true });
  }
  // apt's own folders belong to root: an ordinary user's are given in their place.
  const own = ['-o', `Dir::State::Lists=${folder}/lists`, '-o', `Dir::Cache=${folder}`, '-o', 'Debug::NoLocking=1'];
  const apt = (...words: string[]) => spawnSync(APT_GET, [...own, ...words], { encoding: 'utf8', cwd: archives });
  const updated = apt('update', '-qq');
  if (updated.status !== 0) return updated.stderr;
  const needed = alone ? packages : neededBy(packages, apt);
  if (typeof needed === 'string') return needed;
  const downloaded = apt('download', '-qq', ...needed);
  if (downloaded.status !== 0) return downloaded.stderr;
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const { status, stderr } = spawnSync('dpkg-deb', ['--extract', join(archives, file), unpacked], {
      encoding: 'utf8',
    });
    if (status !== 0) return stderr;
  }
  return null;
}

/** The names of the packages and of what they need and this machine lacks; or what went wrong. */
function neededBy(
  packages: readonly string[],
  apt: (...words: string[]) => { status: number | null; stdout: string; stderr: string },
): string[] | string {
  const planned = apt('install', '--print-uris', '--yes', '-qq', '--no-install-recommends', ...packages);
  if (planned.status !== 0) return planned.stderr;
  return [...planned.stdout.matchAll(/^'[^']+' ([^_\s]+)_/gm)].map(([, name]) => name ?? '');
}
