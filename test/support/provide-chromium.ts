/** A browser for the suite: the system's Chromium, Debian's package where it can be installed, else the one of a package. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

export interface ChromiumProgram {
  executablePath: string;
  args: string[];
}

/** How to start the Chromium of this machine; else of the package (Linux on x64). Null where there is none. */
export async function chromiumProgram(): Promise<ChromiumProgram | null> {
  const own = ownProgram();
  if (own) return { executablePath: own, args: ['--no-sandbox'] };
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const { default: packaged } = await import('@sparticuz/chromium');
  return { executablePath: await packaged.executablePath(), args: packaged.args };
}

function ownProgram(): string | undefined {
  const places = process.env.CHROMIUM_PATH ? [process.env.CHROMIUM_PATH, ...PLACES] : PLACES;
  return places.find((place) => existsSync(place));
}

/** Makes sure that there is a browser. Returns whether there is. */
export async function provideChromium(say: (line: string) => void): Promise<boolean> {
  if (!ownProgram() && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    say('Installing Chromium (Debian’s package).');
    const install = 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium';
    spawnSync('sh', ['-c', install], { stdio: 'inherit' });
  }
  if (await chromiumProgram()) return true;
  say('The browser tests need Chromium: install it, or set CHROMIUM_PATH to its program.');
  return false;
}
