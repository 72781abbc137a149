/** docs/manifest.schema.json: the shape of manifest.json, for editors and other programs. */
import { z } from 'zod';
import { manifestSchema } from '../../plugin/settings/manifest.ts';

export function manifestJsonSchema(): string {
  const schema = { title: 'manifest.json of opentrain-plugin', ...z.toJSONSchema(manifestSchema, { io: 'input' }) };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
