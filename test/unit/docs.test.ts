import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'chai';
import { manifest } from '../../plugin/settings/manifest.ts';
import { releasedSchemas, releasedStores } from '../support/stored-example.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const pages = [
  ...filesBelow('docs', /\.md$/),
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'].filter((file) => existsSync(join(root, file))),
];
const code = ['plugin', 'adapters', 'migrations', 'test'].flatMap((folder) => filesBelow(folder, /\.ts$/));

function headings(page: string): Set<string> {
  return new Set([...read(page).matchAll(/^#{1,4} (.+)$/gm)].map(([, heading = '']) => heading));
}

/** Where a citation in a comment leads. */
const books: Readonly<Record<string, Set<string>>> = {
  contract: headings('docs/opentrain-api.md'),
  design: headings('docs/architecture.md'),
};

interface Citation {
  where: string;
  book: string;
  /** The quoted headings; empty where none is quoted. */
  cited: string[];
}

function citationsIn(file: string): Citation[] {
  const comments = read(file)
    .split('\n')
    .filter((line) => /^\s*(\*|\/\/|\/\*\*)/.test(line));
  return comments.flatMap((line) =>
    [...line.matchAll(/\((contract|design): ([^)]*)\)/g)].map(([, book = '', words = '']) => ({
      where: `${file}: ${line.trim()}`,
      book,
      cited: [...words.matchAll(/"([^"]+)"/g)].map(([, heading = '']) => heading),
    })),
  );
}

/** The rooms that a walk of docs/architecture.md passes, in order: a room is a folder of plugin/, or adapters/. */
function roomsOfWalk(title: string): string[] {
  const text =
    read('docs/architecture.md')
      .split(`**${title}**`)[1]
      ?.split(/\n(?=\*\*|##)/)[0] ?? '';
  const files = [...text.matchAll(/`((?:plugin|adapters)\/[^`]+)`/g)].map(([, file = '']) => file);
  const rooms = files.map((file) => (file.startsWith('plugin/') ? (file.split('/')[1] ?? '') : 'adapters'));
  return rooms.filter((room, index) => room !== rooms[index - 1]);
}

describe('the walks of the architecture', () => {
  const MOST_RETURNS = 5;
  const walks = [
    'From a delivery to a closed account',
    'From an annotation to a submitted total',
    'From a hire to an accepted invitation',
  ];
  for (const walk of walks) {
    it(`“${walk}” goes back to a room that it has left at most ${MOST_RETURNS} times`, () => {
      const rooms = roomsOfWalk(walk);
      expect(rooms.length).to.be.above(3);
      const returns = rooms.filter((room, index) => rooms.slice(0, index).includes(room));
      expect(returns.length, rooms.join(' → ')).to.be.at.most(MOST_RETURNS);
    });
  }
});

describe('the documents', () => {
  it('have every heading that a comment cites', () => {
    const citations = code.flatMap(citationsIn);
    expect(citations.length).to.be.above(20);
    const astray = citations.filter(
      ({ book, cited }) => cited.length === 0 || cited.some((heading) => !books[book]?.has(heading)),
    );
    expect(astray.map(({ where }) => where)).to.deep.equal([]);
  });

  it('name only files and folders that exist', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:plugin|adapters|migrations|test|docs|deploy)\/[\w./-]*)`/g)].map(
        ([, path = '']) => ({
          page,
          path,
        }),
      ),
    );
    expect(named.length).to.be.above(30);
    expect(named.filter(({ path }) => !existsSync(join(root, path)))).to.deep.equal([]);
  });

  it('link only to what is there', () => {
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => ({
        page,
        target,
      })),
    );
    expect(links.filter(({ page, target }) => !existsSync(join(root, dirname(page), target)))).to.deep.equal([]);
  });
});

describe('SECURITY.md', () => {
  const [, table = ''] = read('SECURITY.md').split('## Threats, and the tests that cover them');
  const threats = (table.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| (?!threat )/.test(line));

  it('names for each threat a test file that exists', () => {
    expect(threats.length).to.be.above(15);
    for (const threat of threats) {
      const [, , against = '', tests = ''] = threat.split('|').map((cell) => cell.trim());
      expect(against, threat).not.to.equal('');
      const files = [...tests.matchAll(/`(test\/[\w./-]+\.test\.ts)`/g)].map(([, file = '']) => file);
      expect(files, threat).not.to.deep.equal([]);
      expect(files.filter((file) => !existsSync(join(root, file)))).to.deep.equal([]);
    }
  });
});

describe('CHANGELOG.md', () => {
  const versions = [...read('CHANGELOG.md').matchAll(/^## (\d+\.\d+\.\d+)/gm)].map(([, version = '']) => version);

  it('begins with this version, and the store of each version before it is there to be upgraded', () => {
    expect(versions[0]).to.equal(manifest.version);
    expect(Object.keys(releasedStores).sort()).to.deep.equal(versions.slice(1).sort());
    expect(Object.values(releasedStores).sort()).to.deep.equal([...releasedSchemas]);
  });
});
