/** The npm package as somebody installs it: packed from this checkout, into an empty folder. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const execute = promisify(execFile);

export interface InstalledPackage {
  /** The folder that it was installed into; nothing else was in it. */
  folder: string;
  /** Files of the package, relative to it. */
  files: string[];
  tarballBytes: number;
  /** The file behind the command. */
  program: string;
  remove(): void;
}

/** Packs (which compiles) and installs; `beside` are further packages. Needs the npm registry. */
export async function installPackage(beside: readonly string[] = []): Promise<InstalledPackage> {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-installed-'));
  const packed = await execute('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: root });
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '');
  const tarballBytes = statSync(tarball).size;
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebody-elses", "private": true, "type": "module" }\n');
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  await execute('npm', ['install', ...options, tarball, ...beside], { cwd: folder });
  const installed = join(folder, 'node_modules', 'opentrain-plugin');
  const declared: { bin: Record<string, string> } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
  return {
    folder,
    files,
    tarballBytes,
    program: join(installed, declared.bin['opentrain-plugin'] ?? ''),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Copies the example adapter with its driver and tool, as an author outside of this repository would have them. */
export function copyExampleAdapter(folder: string): void {
  const conformance = join(root, 'test/conformance');
  for (const part of ['example-tool', 'drivers/example.ts', 'http.ts']) {
    cpSync(join(conformance, part), join(folder, part), { recursive: true });
  }
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.startsWith('node_modules')) continue;
    const path = join(folder, file);
    writeFileSync(path, fromOutside(readFileSync(path, 'utf8')));
  }
}

/** The same file with the package in place of this repository. */
function fromOutside(text: string): string {
  return text
    .replaceAll(/'(?:\.\.\/)+adapters\/([a-z-]+)\.ts'/g, "'opentrain-plugin/adapters/$1'")
    .replaceAll(/'(?:\.\.\/)+(?:driver|declaration)\.ts'/g, "'opentrain-plugin/conformance'");
}
