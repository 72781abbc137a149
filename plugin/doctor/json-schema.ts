/** Walks JSON Schema within one document (JSON Schema 2020-12 "$ref"; RFC 6901 for pointers). */
import { z } from 'zod';

export type Json = Record<string, unknown>;

/**
 * Follows `$ref` within the document. What stands beside the reference is kept, as OpenAPI 3.1 has it. A reference to another document, to
 * nothing, or in a circle is an empty schema: nothing is described.
 */
export function resolve(document: Json, schema: Json, seen: ReadonlySet<string> = new Set()): Json {
  const { $ref: reference, ...beside } = schema;
  if (typeof reference !== 'string') return schema;
  if (seen.has(reference)) return beside;
  return { ...resolve(document, targetOf(document, reference), new Set([...seen, reference])), ...beside };
}

/** A schema and, where it is a choice or a union of parts, each of them; references followed, each at most once. */
export function alternatives(document: Json, schema: Json, seen: ReadonlySet<string> = new Set()): Json[] {
  const reference = schema.$ref;
  if (typeof reference === 'string' && seen.has(reference)) return [];
  const within = typeof reference === 'string' ? new Set([...seen, reference]) : seen;
  const resolved = resolve(document, schema);
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => z.array(z.unknown()).catch([]).parse(resolved[key]));
  return [resolved, ...parts.flatMap((part) => alternatives(document, asObject(part), within))];
}

/** The types that a value of these may have, without null; an integer is a number. */
export function typesOf(schemas: readonly Json[]): string[] {
  const names = schemas.flatMap(({ type }) =>
    z
      .array(z.string())
      .catch([])
      .parse(Array.isArray(type) ? type : [type]),
  );
  return [...new Set(names.map((name) => (name === 'integer' ? 'number' : name)))].filter((name) => name !== 'null');
}

/** The value as an object; empty for anything else. */
export function asObject(value: unknown): Json {
  return z.record(z.string(), z.unknown()).catch({}).parse(value);
}

function targetOf(document: Json, reference: string): Json {
  if (reference === '#') return document;
  if (!reference.startsWith('#/')) return {};
  let at: unknown = document;
  for (const key of decodePointer(reference)) at = Array.isArray(at) ? at[Number(key)] : asObject(at)[key];
  return asObject(at);
}

function decodePointer(reference: string): string[] {
  try {
    const keys = decodeURIComponent(reference.slice(2)).split('/');
    return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  } catch {
    return [''];
  }
}
