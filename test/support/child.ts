/** Runs a few lines of TypeScript in another process, for what only happens between processes. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../..');

type Piped = ChildProcessByStdio<null, Readable, Readable>;

export interface Child {
  process: Piped;
  /** Resolves with the line once the child has printed it. Rejects with its errors when it ends without. */
  line(text: string): Promise<void>;
  /** Resolves when it has ended. */
  ended: Promise<{ exitCode: number | null; output: string; errors: string }>;
}

/** Starts the code as a module; `#plugin/` in imports stands for the plugin's folder. */
export function startChild(code: string): Child {
  const file = join(mkdtempSync(join(tmpdir(), 'plugin-child-')), 'child.ts');
  writeFileSync(file, code.replaceAll('#plugin/', pathToFileURL(join(root, 'plugin/')).href));
  return follow(spawn(process.execPath, [file], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Reads what a process prints from now on. */
export function follow(child: Piped): Child {
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  const ended = once(child, 'close').then(() => ({ exitCode: child.exitCode, output, errors }));
  return {
    process: child,
    ended,
    line: (text) =>
      new Promise((found, failed) => {
        const look = (): void => {
          if (output.split('\n').includes(text)) found();
        };
        child.stdout.on('data', look);
        look();
        void ended.then(() => failed(new Error(`ended without “${text}”: ${output}${errors}`)));
      }),
  };
}
