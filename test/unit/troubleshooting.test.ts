/** docs/troubleshooting.md against the messages that admins really read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { blockReasons } from '../../plugin/access/changes.ts';
import { problemsOf } from '../../plugin/status/problems.ts';
import { well, wrongs } from '../support/wrong-statuses.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');

/** The first cells of the page's tables: what somebody sees. */
const seen = [...page.matchAll(/^\| (?!you see|reason|---)(.+?) \|/gm)].map(([, cell = '']) => cell);
/** Capital letters begin what is a message; the others are situations in the page's own words. */
const messages = seen.filter((cell) => /^(…|[A-Z])/.test(cell));

function pattern(message: string): RegExp {
  const parts = message.split('…').map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}`);
}

const told = wrongs.flatMap((wrong) => problemsOf({ ...well, ...wrong })).map(({ what }) => what);
const code = readdirSync(join(root, 'plugin'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(root, 'plugin', file), 'utf8'))
  .join('\n');

describe('docs/troubleshooting.md', () => {
  it('has every message that “action required” can tell', () => {
    const patterns = messages.map(pattern);
    const missing = told.filter((what) => !patterns.some((known) => known.test(what)));
    expect(missing).to.deep.equal([]);
  });

  it('has no message that nobody can see', () => {
    const parts = (message: string): string[] =>
      message
        .split('…')
        .map((part) => part.trim())
        .filter((part) => part.length > 3);
    const invented = messages.filter((message) => {
      const isTold = told.some((what) => pattern(message).test(what));
      return !isTold && !parts(message).every((part) => code.includes(part));
    });
    expect(messages.length).to.be.greaterThan(30);
    expect(invented).to.deep.equal([]);
  });

  it('has every reason for which a trainer is blocked', () => {
    const reasons = seen.flatMap((cell) => /^`([\w-]+)`$/.exec(cell)?.[1] ?? []);
    expect(reasons.sort()).to.deep.equal([...blockReasons].sort());
  });
});
