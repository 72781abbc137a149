/** compose.yaml as Docker Compose reads it, with the variables of an .env file filled in. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const repository = resolve(import.meta.dirname, '../../..');

const serviceSchema = z.object({
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.unknown())])
    .default([])
    .transform((needed) => (Array.isArray(needed) ? needed : Object.keys(needed))),
  healthcheck: z.object({ test: z.tuple([z.literal('CMD')], z.string()) }).optional(),
  volumes: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
});
export type ComposeService = z.infer<typeof serviceSchema>;

/** The services by name, in the file's order. Throws when a variable that must be set is not, as Docker Compose refuses then. */
export function readCompose(variables: Readonly<Record<string, string>>): Map<string, ComposeService> {
  const file = z.object({ services: z.record(z.string(), serviceSchema) });
  const { services } = file.parse(parse(readFileSync(join(repository, 'compose.yaml'), 'utf8')));
  return new Map(
    Object.entries(services).map(([name, service]) => {
      const filled = Object.entries(service.environment).map(([key, value]) => [key, fillIn(value, variables)]);
      return [name, { ...service, environment: Object.fromEntries(filled) }];
    }),
  );
}

function fillIn(value: string, variables: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_whole, name: string, operator: string, words: string) => {
    const given = variables[name] ?? '';
    if (given === '' && operator === '?') throw new Error(`required variable ${name} is missing a value: ${words}`);
    return given === '' ? words : given;
  });
}
