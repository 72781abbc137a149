import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import { grantStatements } from '../../../adapters/label-studio/database-rights.ts';
import { compareVersions, insistOnVersion, workLeftOpen } from '../../../adapters/label-studio/versions.ts';

describe('versions of Label Studio', () => {
  const order = [
    '1.8.2',
    '1.9.0',
    '1.9.2.post0',
    '1.10.0',
    '1.10.1',
    '1.12',
    '1.22.0',
    '1.23.0',
    '1.23.1',
    '1.23.2',
    '2.0',
  ];

  it('are ordered by their numbers', () => {
    const shuffled = order.toSorted();
    expect(shuffled.toSorted(compareVersions)).to.deep.equal(order);
    expect(compareVersions('1.10', '1.10.0')).to.equal(0);
    expect(compareVersions('1.23.2.post0', '1.23.2')).to.equal(0);
  });

  for (const version of ['0.9.1', '1.7.3', '1.8.2', '1.9.2.post0']) {
    it(`refuses ${version} by name, with what to do`, () => {
      expect(() => insistOnVersion(version))
        .to.throw(ToolRefused, version)
        .with.property('remedy')
        .that.includes('1.10');
    });
  }

  for (const version of ['1.10.0', '1.10.1', '1.23.2', '1.24.0.dev0', '2.0', 'develop']) {
    it(`takes ${version}`, () => insistOnVersion(version));
  }

  const open: [string, boolean][] = [
    ['1.10.1', true],
    ['1.23.0', true],
    ['develop', true],
    ['1.23.1', false],
    ['1.24', false],
  ];
  for (const [version, isOpen] of open) {
    it(`${isOpen ? 'lists' : 'does not list'} tasks, exports and annotating as left open by ${version}`, () => {
      expect(workLeftOpen(version).length > 0).to.equal(isOpen);
    });
  }

  for (const [version, hasTables] of [
    ['1.16.0', false],
    ['1.17.0', true],
    ['develop', true],
    [undefined, true],
  ] as const) {
    it(`${hasTables ? 'grants' : 'does not grant'} the tables of personal access tokens in ${version ?? 'an unknown version'}`, () => {
      const lines = grantStatements('plugin', version === undefined ? {} : { version });
      expect(lines.some((line) => line.includes('token_blacklist'))).to.equal(hasTables);
      expect(lines).to.include('GRANT DELETE ON authtoken_token TO plugin;');
    });
  }

  for (const [version, left] of [
    ['1.10.1', ['bulk_created', 'deleted_at) ON project']],
    ['1.15.0', ['bulk_created', 'deleted_at) ON project']],
    ['1.16.0', ['deleted_at) ON project']],
    ['1.21.0', ['deleted_at) ON project']],
    ['1.22.0', []],
    ['develop', []],
  ] as const) {
    it(`names only columns that ${version} has`, () => {
      const lines = grantStatements('plugin', { version }).join(' ');
      const absent = ['bulk_created', 'deleted_at) ON project'].filter((name) => !lines.includes(name));
      expect(absent).to.deep.equal(left);
    });
  }
});
