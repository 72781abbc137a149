/** manifest.json: the plugin's machine-readable face, and the one source for scopes, events, adapters and settings. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { eventTypes, scopes } from '../platform/types.ts';

const settingTypes = [
  'url',
  'database',
  'smtp',
  'proxy',
  'proxies',
  'host',
  'token',
  'slug',
  'sender',
  'recipients',
  'people',
  'integer',
  'choice',
  'cron',
  'timezone',
  'color',
  'webhook',
  'text',
] as const;

const settingSchema = z.strictObject({
  name: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  group: z.string(),
  type: z.enum(settingTypes),
  help: z.string(),
  default: z.string().optional(),
  example: z.string().optional(),
  required: z.boolean().default(false),
  secret: z.boolean().default(false),
  choices: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
});
export type SettingDeclaration = z.infer<typeof settingSchema>;

/** The shape of manifest.json. */
export const manifestSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string(),
  title: z.string(),
  version: z.string(),
  scopes: z.array(z.strictObject({ scope: z.enum(scopes), why: z.string(), required: z.boolean() })),
  events: z.array(z.strictObject({ type: z.enum(eventTypes), why: z.string() })),
  adapters: z.array(z.strictObject({ name: z.string(), title: z.string() })),
  settings: z.array(settingSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** The folder with manifest.json: this checkout, or the installed package (whose code is below dist/). */
function packageFolder(): string {
  const plugin = dirname(dirname(fileURLToPath(import.meta.url)));
  return plugin.endsWith(join('dist', 'plugin')) ? join(plugin, '..', '..') : join(plugin, '..');
}

export const manifest: Manifest = Object.freeze(
  manifestSchema.parse(JSON.parse(readFileSync(join(packageFolder(), 'manifest.json'), 'utf8'))),
);

/** Read where the command runs, when no other file is named. */
export const DEFAULT_SETTINGS_FILE = 'opentrain-plugin.env';

/** The flag of a setting: OPENTRAIN_BASE_URL → --opentrain-base-url. */
export function flagOf(name: string): string {
  return `--${name.toLowerCase().replaceAll('_', '-')}`;
}
