/** A browser for the suite: the system's Chromium, Debian's package where it can be installed, else the one of a package. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { provideDebianPackages, useUnpackedLibraries } from './debian-packages.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export interface ChromiumProgram {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

/** How to start the Chromium of this machine; else of the package (Linux on x64). Null where none starts. */
export async function chromiumProgram(): Promise<ChromiumProgram | null> {
  useUnpackedLibraries();
  const own = ownProgram();
  const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? '']));
  if (own) return { executablePath: own, args: ['--no-sandbox'], env };
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const { default: packaged } = await import('@sparticuz/chromium');
  const executablePath = await packaged.executablePath();
  if (!starts(executablePath)) return null;
  // A machine without fonts would show no text: the package unpacks its own beside the program.
  env.FONTCONFIG_PATH ??= join(dirname(executablePath), 'fonts');
  // In a single process the browser ends with its first page.
  return { executablePath, args: packaged.args.filter((argument) => argument !== '--single-process'), env };
}

function ownProgram(): string | undefined {
  const places = process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH, ...PLACES] : PLACES;
  return places.find((place) => existsSync(place));
}

/** Whether the program finds all of its libraries. */
function starts(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** Makes sure that there is a browser. Returns whether there is. */
export async function provideChromium(say: (line: string) => void): Promise<boolean> {
  if (ownProgram()) return true;
  if (process.getuid?.() === 0) provideDebianPackages(['chromium'], say);
  // The packaged program needs two libraries that not every Debian has.
  else if (!(await chromiumProgram())) provideDebianPackages(['libnss3', 'libnspr4'], say);
  if (await chromiumProgram()) return true;
  say('The browser tests need Chromium: install it, or set CHROMIUM_PATH to its program.');
  return false;
}
