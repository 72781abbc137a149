/** The steps of a Dockerfile, carried out in bare roots where there is no Docker: each stage becomes one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BareRoot, makeBareRoot } from './bare-root.ts';

export interface BuiltImage {
  root: BareRoot;
  directory: string;
  environment: Record<string, string>;
  /** The name after USER; root when there is none. */
  user: string;
  /** Folders after VOLUME. */
  volumes: string[];
  entrypoint: string[];
  command: string[];
  healthCheck: string[];
}

interface Instruction {
  word: string;
  rest: string;
}

const words = z.array(z.string());

/** Carries out every step. `context` is the folder that is built; files that .dockerignore names are not seen. Throws when a step fails. */
export async function buildImage(context: string, cacheDirectory: string): Promise<BuiltImage> {
  const stages: { name: string; image: BuiltImage }[] = [];
  try {
    for (const { word, rest } of instructionsOf(readFileSync(join(context, 'Dockerfile'), 'utf8'))) {
      if (word === 'FROM') {
        const name = / AS (\S+)$/.exec(rest)?.[1] ?? '';
        stages.push({ name, image: await emptyImage(cacheDirectory) });
        continue;
      }
      const image = stages.at(-1)?.image;
      if (!image) throw new Error(`${word} before FROM`);
      await carryOut({ word, rest }, image, (stage) =>
        stage ? (stages.find(({ name }) => name === stage)?.image.root.folder ?? '') : context,
      );
    }
    const last = stages.pop();
    if (!last) throw new Error('the Dockerfile has no FROM');
    return last.image;
  } finally {
    for (const { image } of stages) image.root.remove();
  }
}

function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }));
}

/** In place of `FROM node:24-bookworm-slim`: the same Debian, Node and user. */
async function emptyImage(cacheDirectory: string): Promise<BuiltImage> {
  const root = await makeBareRoot(cacheDirectory, 'node@24');
  spawnSync('chroot', [root.folder, 'sh', '-c', 'usermod --login node tester && groupmod --new-name node tester']);
  const lists = { volumes: [], entrypoint: [], command: [], healthCheck: [] };
  return { root, directory: '/', environment: {}, user: 'root', ...lists };
}

async function carryOut(
  { word, rest }: Instruction,
  image: BuiltImage,
  folderOf: (stage: string | undefined) => string,
): Promise<void> {
  switch (word) {
    case 'WORKDIR':
      image.directory = rest;
      mkdirSync(join(image.root.folder, rest), { recursive: true });
      return;
    case 'ENV':
      for (const [, name = '', value = ''] of rest.matchAll(/(\S+?)=(\S+)/g)) image.environment[name] = value;
      return;
    case 'RUN':
      return run(image, rest);
    case 'COPY':
      return copy(image, rest, folderOf);
    case 'USER':
      image.user = rest;
      return;
    case 'VOLUME':
      image.volumes.push(rest);
      return;
    case 'ENTRYPOINT':
      image.entrypoint = words.parse(JSON.parse(rest));
      return;
    case 'CMD':
      image.command = words.parse(JSON.parse(rest));
      return;
    case 'HEALTHCHECK':
      image.healthCheck = words.parse(JSON.parse(rest.slice(rest.indexOf('CMD ') + 4)));
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`${word} ${rest}: this step is not known here`);
  }
}

async function run(image: BuiltImage, line: string): Promise<void> {
  const { directory, environment } = image;
  const { exitCode, output } = await image.root.run(['sh', '-c', line], { directory, environment });
  if (exitCode !== 0) throw new Error(`RUN ${line} failed (exit code ${exitCode}): ${output.slice(-2_000)}`);
}

function copy(image: BuiltImage, rest: string, folderOf: (stage: string | undefined) => string): void {
  const stage = /^--from=(\S+) /.exec(rest)?.[1];
  const paths = rest.replace(/^--from=\S+ /, '').split(' ');
  const target = join(image.root.folder, image.directory, paths.pop() ?? '');
  for (const path of paths) {
    const source = join(folderOf(stage), path);
    const copied = stage
      ? spawnSync('cp', ['--archive', source, target], { encoding: 'utf8' })
      : copyFromContext(source, target);
    if (copied.status !== 0) throw new Error(`COPY ${rest} failed: ${copied.stderr}`);
  }
}

/** A folder without what .dockerignore names, whose patterns are anchored at the context. */
function copyFromContext(source: string, target: string) {
  const script = [
    'if [ ! -d "$FROM" ]; then exec cp "$FROM" "$TO"; fi',
    'cd "$FROM"',
    `find . -mindepth 1 -maxdepth 1 -printf '%P\\0' |
      tar --create --null --anchored --no-wildcards-match-slash --exclude-from=.dockerignore --files-from - |
      tar --extract --directory "$TO"`,
  ].join('\n');
  return spawnSync('sh', ['-e', '-c', script], { encoding: 'utf8', env: { ...process.env, FROM: source, TO: target } });
}
