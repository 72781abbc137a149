import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { manifest } from '../../plugin/settings/manifest.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

describe('the README', () => {
  for (const { name, help, default: fallback } of manifest.settings) {
    it(`tells ${name} as the manifest does`, () => {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      expect(row).to.include(help);
      if (fallback) expect(row).to.include(`\`${fallback}\``);
    });
  }
});
