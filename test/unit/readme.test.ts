import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import { grantStatements, lookupGrants } from '../../adapters/label-studio/database-rights.ts';
import { manifest } from '../../plugin/settings/manifest.ts';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

describe('the documents for admins', () => {
  it('tell the rights in each tool’s database as the adapters ask for them', () => {
    const install = read('docs/install.md');
    for (const role of [grantStatements, databaseRoleSql]) {
      for (const line of role('opentrain_plugin')) expect(install).to.include(line);
    }
  });

  it('tell in docs/gateway.md what the gateway’s look-ups need', () => {
    const text = read('docs/gateway.md');
    for (const line of lookupGrants('opentrain_plugin')) expect(text).to.include(line);
  });

  for (const { name, help, default: fallback } of manifest.settings) {
    it(`tell ${name} as the manifest does`, () => {
      const row = read('docs/settings.md')
        .split('\n')
        .find((line) => line.startsWith(`| \`${name}\``));
      expect(row).to.include(help);
      if (fallback) expect(row).to.include(`\`${fallback}\``);
    });
  }
});
