/** Every route of an installed tool, from its own URL table. */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

export interface ToolRoute {
  /** "/api/tasks/:pk/drafts", without a slash at the end. */
  path: string;
  methods: readonly string[];
}

const run = promisify(execFile);

export async function toolRoutes(tool: 'label-studio' | 'doccano'): Promise<ToolRoute[]> {
  const python = resolve(import.meta.dirname, `../../.cache/${tool}/bin/python`);
  const script = resolve(import.meta.dirname, 'tool-routes.py');
  const { stdout } = await run(python, [script, tool], { maxBuffer: 10_000_000 });
  const routes = new Map<string, Set<string>>();
  for (const line of stdout.split('\n')) {
    const [pattern, methods] = line.split('\t');
    if (pattern === undefined || methods === undefined) continue;
    const path = readable(pattern);
    const known = routes.get(path) ?? new Set();
    routes.set(path, known);
    for (const method of methods.split(',')) known.add(method.toUpperCase());
  }
  return [...routes].map(([path, methods]) => ({ path, methods: [...methods] }));
}

/** Django's pattern, as a path with `:names`. Formats (".json") are left out: no rule has one. */
function readable(pattern: string): string {
  const path = pattern
    .replaceAll(/\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)\??/g, ':$1')
    .replaceAll(/<(?:\w+:)?(\w+)>/g, ':$1')
    .replaceAll(/[\^$?\\]/g, '');
  return `/${path}`.replace(/\/+$/, '') || '/';
}
