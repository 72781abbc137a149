import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fastCheck from 'fast-check';
import { changeSettingsText, readSettingsText } from '../../../plugin/settings/settings-file.ts';

const read = (text: string): Record<string, string> => Object.fromEntries(readSettingsText(text, 'x.env'));
const awkward = [
  '"',
  "'",
  '\\',
  '$HOME',
  '`id`',
  ' a ',
  '#',
  'a\nb',
  'a\r\nb',
  '\\n',
  'é✓',
  '',
  'it\'s "\\$`\n',
  'a=b',
  '…',
];

describe('the settings file', () => {
  const rows: [text: string, value: string][] = [
    ['A=b', 'b'],
    ['A = b  ', 'b'],
    ['export A=b', 'b'],
    ['A=b#c', 'b#c'],
    ['A=b # a comment', 'b'],
    ['A=# a comment', ''],
    ['A=', ''],
    ["A='b # c' # a comment", 'b # c'],
    ['A="b\\"c\\\\d\\$e\\`f"', 'b"c\\d$e`f'],
    ['A="b\\nc"', 'b\nc'],
    ['A="b\\x"', 'b\\x'],
    ["A='b\\'", 'b\\'],
    ["A='b\nc'", 'b\nc'],
    ['A=b\r\n', 'b'],
    ["A='b'\r\n", 'b'],
    ['\uFEFFA=b', 'b'],
    ['A=first\nA=b', 'b'],
    ['A=smtp://u:p@h?a=1&b=2', 'smtp://u:p@h?a=1&b=2'],
  ];
  for (const [text, value] of rows) {
    it(`reads ${JSON.stringify(text)} as ${JSON.stringify(value)}`, () =>
      expect(read(text)).to.deep.equal({ A: value }));
  }

  for (const text of ['A', '=b', "A='b", 'A="b', "A='b'c", 'A B=c']) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(() => read(text)).to.throw(/Line 1 .* x\.env cannot be read/));
  }

  it('loses a setting that is taken away, and keeps all else as it was written', () => {
    const text = "# mine\nA='1\n2' # one\nexport B=2\nA=3\nC=4\n";
    const changes = new Map([
      ['A', null],
      ['D', null],
      ['C', 'five six'],
    ]);
    expect(changeSettingsText(text, changes, 'x.env')).to.equal("# mine\nexport B=2\nC='five six'\n");
  });

  it('is read as it was written, for every value', () => {
    const value = fastCheck.oneof(
      fastCheck.string({ unit: 'binary' }),
      fastCheck.array(fastCheck.constantFrom(...awkward)).map((parts) => parts.join('')),
    );
    const property = fastCheck.property(value, value, (first, second) => {
      const values = new Map([
        ['FIRST', first],
        ['SECOND', second],
      ]);
      expect(read(changeSettingsText('', values, 'x.env'))).to.deep.equal({ FIRST: first, SECOND: second });
    });
    fastCheck.assert(property, { numRuns: 1_000 });
  });

  it('is read by a shell as we read it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'plugin-settings-')), 'settings.env');
    const values = new Map(awkward.map((value, index) => [`VALUE_${index}`, value]));
    writeFileSync(file, changeSettingsText('', values, file));
    for (const [name, value] of values) {
      const script = `. "$0"; printf %s "$${name}"`;
      expect(execFileSync('sh', ['-c', script, file], { encoding: 'utf8' })).to.equal(value);
    }
  });

  it('keeps comments and other names when settings are changed', () => {
    const before =
      '# ours\nTOOL_BASE_URL="http://a" # the old one\n\nNODE_EXTRA_CA_CERTS=/etc/ca.pem\nTOOL_BASE_URL=http://b';
    const after = changeSettingsText(
      before,
      new Map([
        ['TOOL_BASE_URL', 'http://c'],
        ['LOG_LEVEL', 'warn'],
      ]),
      'x.env',
    );
    expect(after).to.equal('# ours\nTOOL_BASE_URL=http://c\n\nNODE_EXTRA_CA_CERTS=/etc/ca.pem\nLOG_LEVEL=warn\n');
  });
});
