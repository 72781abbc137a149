import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { databaseRoleSql } from '../../adapters/doccano/database.ts';
import { grantStatements, lookupGrants } from '../../adapters/label-studio/database-rights.ts';
import { manifest } from '../../plugin/settings/manifest.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  it('tells the rights in each tool’s database as the adapters ask for them', () => {
    for (const role of [grantStatements, databaseRoleSql]) {
      for (const line of role('opentrain_plugin')) expect(readme).to.include(line);
    }
  });

  it('tells in docs/gateway.md what the gateway’s look-ups need', () => {
    const text = readFileSync(new URL('../../docs/gateway.md', import.meta.url), 'utf8');
    for (const line of lookupGrants('opentrain_plugin')) expect(text).to.include(line);
  });

  for (const { name, help, default: fallback } of manifest.settings) {
    it(`tells ${name} as the manifest does`, () => {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      expect(row).to.include(help);
      if (fallback) expect(row).to.include(`\`${fallback}\``);
    });
  }
});
