/**
 * `npm run mutate [-- FILE …]`: changes the pure rules of `rules.ts` by one small wrong at a time and runs their unit tests. Prints
 * how many were noticed (killed) for each file, and those that were not. Ends with 1 when fewer than 90 % were.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { mutantsIn } from './mutants-in.ts';
import { type Rule, rules } from './rules.ts';

const root = join(import.meta.dirname, '..', '..');
const WANTED = 0.9;
/** A mutant that keeps its tests busy for longer runs for ever: noticed. */
const LONGEST_SILENCE_MS = 60_000;
const resultSchema = z.object({ index: z.number().int(), survived: z.boolean() });

/** Tries the mutants from `first` on; returns the one at which the process hung, or null when all were tried. */
async function tryFrom(file: string, first: number, survived: Set<number>): Promise<number | null> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'try-mutants.ts'), file, String(first)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let next = first;
  let hung = false;
  const giveUp = (): void => {
    hung = true;
    child.kill('SIGKILL');
  };
  let timer = setTimeout(giveUp, LONGEST_SILENCE_MS);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  for await (const line of createInterface(child.stdout)) {
    const { index, survived: isAlive } = resultSchema.parse(JSON.parse(line));
    if (isAlive) survived.add(index);
    next = index + 1;
    clearTimeout(timer);
    timer = setTimeout(giveUp, LONGEST_SILENCE_MS);
  }
  clearTimeout(timer);
  const code = await ended;
  if (hung) return next;
  if (code !== 0) throw new Error(`The mutants of ${file} could not be tried: see above.`);
  return null;
}

async function tryRule(rule: Rule): Promise<{ all: number; survivors: string[] }> {
  const source = readFileSync(join(root, rule.file), 'utf8');
  const mutants = mutantsIn(rule, source);
  const survived = new Set<number>();
  for (let first = 0; first < mutants.length; ) {
    const hungAt = await tryFrom(rule.file, first, survived);
    first = hungAt === null ? mutants.length : hungAt + 1;
  }
  const survivors = mutants.flatMap(({ name, start, end, text }, index) => {
    const line = source.slice(0, start).split('\n').length;
    return survived.has(index) ? [`${rule.file}:${line} ${name}: ${source.slice(start, end)} → ${text}`] : [];
  });
  return { all: mutants.length, survivors };
}

function row(file: string, all: number, killed: number): string {
  return `| ${file} | ${all} | ${killed} | ${Math.floor((100 * killed) / all)} % |`;
}

const chosen = process.argv.slice(2);
const total = { all: 0, killed: 0 };
const survivors: string[] = [];
console.log('| rule | mutants | killed | |\n|---|---:|---:|---:|');
for (const rule of rules) {
  if (chosen.length > 0 && !chosen.includes(rule.file)) continue;
  const result = await tryRule(rule);
  total.all += result.all;
  total.killed += result.all - result.survivors.length;
  survivors.push(...result.survivors);
  console.log(row(rule.file, result.all, result.all - result.survivors.length));
}
console.log(row('all', total.all, total.killed));
for (const survivor of survivors) console.log(survivor);
process.exit(total.all > 0 && total.killed >= WANTED * total.all ? 0 : 1);
