import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { expect } from 'chai';
import { FLOORS_PICTURE, floorsSvg } from '../support/draw-floors.ts';
import { floors } from '../support/floors.ts';

const root = join(import.meta.dirname, '../..');

interface Arrow {
  from: string;
  to: string;
  /** "plugin/web/app.ts → plugin/webhooks/endpoint.ts" */
  files: string;
}

/** The room of a file: a folder or file below plugin/, or a folder at the top level. */
function roomOf(file: string): string {
  const [top = '', second = '', third] = file.split('/');
  if (top !== 'plugin') return `${top}/`;
  return third === undefined ? second : `${second}/`;
}

function sourceFiles(): string[] {
  return ['plugin', 'adapters', 'migrations'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?<!\.d)\.ts$/.test(entry.name))
      .map((entry) => relative(root, join(entry.parentPath, entry.name))),
  );
}

/** Every import between two rooms, types included. */
function arrowsOf(file: string, text: string): Arrow[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, specifier = '']) => specifier);
  return specifiers
    .map((specifier) => normalize(join(dirname(file), specifier)))
    .map((target) => ({ from: roomOf(file), to: roomOf(target), files: `${file} → ${target}` }))
    .filter(({ from, to }) => from !== to);
}

const heights = new Map(floors.toReversed().flatMap(({ rooms }, height) => rooms.map(({ name }) => [name, height])));

/** The arrows that do not lead to a lower floor. */
function wrong(arrows: readonly Arrow[]): string[] {
  return arrows
    .filter(({ from, to }) => (heights.get(from) ?? Number.NaN) <= (heights.get(to) ?? Number.NaN))
    .map(({ files }) => files);
}

describe('the floors', () => {
  const files = sourceFiles();
  const arrows = files.flatMap((file) => arrowsOf(file, readFileSync(join(root, file), 'utf8')));

  it('have a place for every room', () => {
    const rooms = new Set(files.map(roomOf));
    expect([...rooms].filter((name) => !heights.has(name))).to.deep.equal([]);
    expect(
      [...heights.keys()].filter((name) => !rooms.has(name)),
      'rooms that are gone',
    ).to.deep.equal([]);
  });

  it('are only used from above', () => {
    expect(arrows.length).to.be.above(300);
    expect(wrong(arrows)).to.deep.equal([]);
  });

  it('notice one arrow that leads up, also of a type', () => {
    const upward = "import type { Service } from '../service/service.ts';";
    expect(wrong(arrowsOf('plugin/store/database.ts', upward))).to.have.length(1);
    expect(
      wrong(arrowsOf('plugin/access/plan.ts', "await import('../budget/notices.ts');")),
      'same floor',
    ).to.have.length(1);
  });

  it('keep the development kit out of the product', () => {
    expect(arrows.filter(({ to }) => to === 'dev/').map(({ files: names }) => names)).to.deep.equal([]);
  });

  it('keep the sandbox from using the plugin’s own reading of OpenTrain', () => {
    const fromSandbox = arrows.filter(({ files: names }) => names.startsWith('plugin/dev/sandbox/'));
    expect(fromSandbox.filter(({ to }) => to === 'platform/').map(({ files: names }) => names)).to.deep.equal([]);
  });

  it('leave the adapters without anything of the plugin', () => {
    expect(arrows.filter(({ from }) => from === 'adapters/').map(({ files: names }) => names)).to.deep.equal([]);
  });

  it('look as docs/floors.svg shows them (npm run picture draws it)', () => {
    expect(readFileSync(FLOORS_PICTURE, 'utf8')).to.equal(floorsSvg());
  });
});
