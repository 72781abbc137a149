/** `npm run generate`: writes the documents that are made from data. The suite fails when one is out of date. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { licencesPage } from './licences.ts';
import { manifestJsonSchema } from './manifest-json-schema.ts';

const root = resolve(import.meta.dirname, '../..');
writeFileSync(join(root, 'docs/licences.md'), licencesPage(root));
writeFileSync(join(root, 'docs/manifest.schema.json'), manifestJsonSchema());
