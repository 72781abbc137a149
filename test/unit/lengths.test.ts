import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { functionLengths } from '../support/lengths.ts';

const root = join(import.meta.dirname, '../..');
const LONGEST_FILE = 320;
const LONGEST_TEST_FILE = 360;
const LONGEST_FUNCTION = 55;

interface Source {
  file: string;
  text: string;
}

function sources(...folders: string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs|cjs|js|eta)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({ file: relative(root, path), text: readFileSync(path, 'utf8') })),
  );
}

const lines = (text: string): number => text.trimEnd().split('\n').length;
const longerThan = (longest: number, files: readonly Source[]): string[] =>
  files.filter(({ text }) => lines(text) > longest).map(({ file, text }) => `${file}: ${lines(text)} lines`);

describe('the length', () => {
  const product = sources('plugin', 'adapters', 'migrations');

  it(`of a file is at most ${LONGEST_FILE} lines`, () => {
    expect(product.length).to.be.above(300);
    expect(longerThan(LONGEST_FILE, product)).to.deep.equal([]);
  });

  it(`of a file of the tests is at most ${LONGEST_TEST_FILE} lines`, () => {
    expect(longerThan(LONGEST_TEST_FILE, sources('test'))).to.deep.equal([]);
  });

  it(`of a function is at most ${LONGEST_FUNCTION} lines`, () => {
    const long = product
      // A migration that has been released is never edited.
      .filter(({ file }) => file.endsWith('.ts') && !file.startsWith('migrations/'))
      .flatMap(({ file, text }) =>
        functionLengths(text)
          .filter(({ lines: length }) => length > LONGEST_FUNCTION)
          .map(({ line, lines: length }) => `${file}:${line}: ${length} lines`),
      );
    expect(long).to.deep.equal([]);
  });

  it('of a function is measured wherever it stands', () => {
    const source = `const a = () => {\n\n};\nclass B {\n  c() {\n  }\n}\nfunction d() {\n  return [].map(() => {\n  });\n}`;
    expect(functionLengths(source)).to.deep.equal([
      { line: 1, lines: 3 },
      { line: 5, lines: 2 },
      { line: 8, lines: 4 },
      { line: 9, lines: 2 },
    ]);
  });
});
