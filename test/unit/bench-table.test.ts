import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { readRows, rowText } from '../bench/report.ts';
import { withTable } from '../bench/table.ts';

const root = resolve(import.meta.dirname, '../..');

describe('what the benches measured', () => {
  it('takes the place of its bench in the document, and of no other', () => {
    const text = 'a\n<!-- bench one -->\nold\n<!-- end -->\nb\n<!-- bench two -->\nkept\n<!-- end -->\n';
    const expected = 'a\n<!-- bench one -->\nnew\nrows\n<!-- end -->\nb\n<!-- bench two -->\nkept\n<!-- end -->\n';
    expect(withTable(text, 'one', ['new', 'rows'])).to.equal(expected);
    expect(() => withTable(text, 'three', [])).to.throw('no place for the bench three');
  });

  it('has a place for every bench in docs/measurements.md', () => {
    const benches = join(root, 'test/bench');
    const names = readdirSync(benches).filter((name) => existsSync(join(benches, name, 'run.ts')));
    expect(names).to.include('scale');
    const text = readFileSync(join(root, 'docs/measurements.md'), 'utf8');
    for (const name of names)
      expect(withTable(text, name, ['|']), name).to.include(`<!-- bench ${name} -->\n|\n<!-- end -->`);
  });

  it('says of a goal that was not met that it was not', () => {
    const row = { what: 'sqlite: ends', measured: '9 s', baseline: '', ratio: '', goal: '≤ 5 s' };
    const [missed, met] = readRows([false, true].map((isMet) => `${JSON.stringify({ ...row, isMet })}\n`).join(''));
    expect(missed && rowText(missed)).to.equal('| sqlite: ends | 9 s |  |  | ≤ 5 s: not met |');
    expect(met && rowText(met)).to.equal('| sqlite: ends | 9 s |  |  | ≤ 5 s |');
  });
});
