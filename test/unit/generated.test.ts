import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { ALLOWED_LICENCES, licencesPage, shippedPackages } from '../support/licences.ts';
import { manifestJsonSchema } from '../support/manifest-json-schema.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('documents that are made from data', () => {
  for (const [file, made] of [
    ['docs/licences.md', () => licencesPage(root)],
    ['docs/manifest.schema.json', manifestJsonSchema],
  ] as const) {
    it(`${file} is up to date`, () => {
      expect(read(file) === made(), 'run `npm run generate` and commit what it writes').to.equal(true);
    });
  }
});

describe('the packages that come with the plugin', () => {
  it('are under licences that ask for nothing but to be named', () => {
    const others = shippedPackages(root).filter(({ licence }) => !ALLOWED_LICENCES.includes(licence));
    expect(others).to.deep.equal([]);
  });
});

describe('the JSON Schema of manifest.json', () => {
  const validate = new Ajv2020({ strict: false }).compile(JSON.parse(read('docs/manifest.schema.json')));

  it('accepts it', () => {
    expect(validate(JSON.parse(read('manifest.json'))), JSON.stringify(validate.errors)).to.equal(true);
  });

  it('refuses one with an unknown scope, a setting without a type, or an unknown field', () => {
    const wrong = (change: (manifest: Record<string, unknown[]>) => void): boolean => {
      const manifest = JSON.parse(read('manifest.json'));
      change(manifest);
      return validate(manifest);
    };
    expect(wrong((manifest) => manifest.scopes?.push({ scope: 'everything', why: 'x', required: true }))).to.equal(
      false,
    );
    expect(wrong((manifest) => manifest.settings?.push({ name: 'X', group: 'g', help: 'h' }))).to.equal(false);
    expect(wrong((manifest) => Object.assign(manifest, { more: [] }))).to.equal(false);
  });
});
