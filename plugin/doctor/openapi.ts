/**
 * Compares what the plugin uses of OpenTrain's API with the served openapi.json.
 *
 * | the description                                              | is            |
 * |--------------------------------------------------------------|---------------|
 * | lacks the operation, its schema, or a field of an open object | undescribed   |
 * | closes an object (additionalProperties: false) without a field | contradiction |
 * | gives a field another type than we read or send               | contradiction |
 * | requires a field or parameter that we never send               | contradiction |
 */
import { z } from 'zod';
import { type Operation, operations } from '../platform/operations.ts';
import { alternatives, asObject, type Json, resolve, typesOf } from './json-schema.ts';

const documentSchema = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

export interface Comparison {
  /** What the description says otherwise, in words. */
  contradictions: string[];
  /** What it says nothing about, in words. */
  undescribed: string[];
}

/** The described document against what we use. Throws ZodError when it is no OpenAPI document. */
export function compareWithOpenApi(json: unknown, used: readonly Operation[] = Object.values(operations)): Comparison {
  const document = documentSchema.parse(json);
  const comparison: Comparison = { contradictions: [], undescribed: [] };
  const paths = Object.entries(document.paths).map(([path, item]) => ({
    path: withoutNames(path),
    item: resolve(document, asObject(item)),
  }));
  for (const operation of used) {
    const method = operation.method.toLowerCase();
    const found = paths.find(({ path, item }) => path.endsWith(withoutNames(operation.path)) && method in item);
    if (found) compareOperation(document, found.item, operation, comparison);
    else comparison.undescribed.push(nameOf(operation));
  }
  return comparison;
}

function compareOperation(document: Json, item: Json, operation: Operation, comparison: Comparison): void {
  const described = resolve(document, asObject(item[operation.method.toLowerCase()]));
  const name = nameOf(operation);
  compareQuery(document, [...listOf(item.parameters), ...listOf(described.parameters)], operation, comparison);
  if (operation.body) {
    const body = contentOf(resolve(document, asObject(described.requestBody)));
    const ours = jsonSchemaOf(operation.body);
    compareSchemas({ document, comparison, verb: `${name} does not take` }, ours, body, '');
    const sent = Object.keys(asObject(ours.properties));
    const required = z.array(z.string()).catch([]).parse(resolve(document, body).required);
    const unsent = required.filter((field) => !sent.includes(field));
    comparison.contradictions.push(...unsent.map((field) => `${name} requires ${field}, which is not sent`));
  }
  const success = Object.entries(asObject(described.responses)).find(([status]) => status.startsWith('2'));
  const answer = contentOf(resolve(document, asObject(success?.[1])));
  compareSchemas({ document, comparison, verb: `${name} does not give` }, jsonSchemaOf(operation.answer), answer, '');
}

function compareQuery(document: Json, parameters: unknown[], operation: Operation, comparison: Comparison): void {
  const described = parameters
    .map((parameter) => resolve(document, asObject(parameter)))
    .filter((parameter) => parameter.in === 'query');
  const sent = Object.keys(operation.query?.shape ?? {});
  const name = nameOf(operation);
  for (const field of sent) {
    if (!described.some((parameter) => parameter.name === field)) {
      comparison.undescribed.push(`${name}: ${field}`);
    }
  }
  for (const parameter of described) {
    if (parameter.required === true && !sent.includes(String(parameter.name))) {
      comparison.contradictions.push(`${name} requires ${String(parameter.name)}, which is not sent`);
    }
  }
}

interface Comparing {
  document: Json;
  comparison: Comparison;
  /** "GET /contracts does not give" */
  verb: string;
}

/** Each field of ours, in the described schema: "contracts[].id". */
function compareSchemas(comparing: Comparing, ours: Json, described: Json, at: string): void {
  const candidates = alternatives(comparing.document, described);
  const ourTypes = typesOf(alternatives(ours, ours));
  const types = typesOf(candidates);
  const { contradictions, undescribed } = comparing.comparison;
  const label = comparing.verb.replace(/ does not \w+$/, '');
  if (ourTypes.length > 0 && types.length > 0 && !types.some((type) => ourTypes.includes(type))) {
    contradictions.push(`${label}: ${at || 'the whole'} is ${types.join(' or ')}, not ${ourTypes.join(' or ')}`);
    return;
  }
  for (const part of alternatives(ours, ours)) {
    if (part.items !== undefined) {
      const items = candidates.map((candidate) => asObject(candidate.items));
      compareSchemas(comparing, asObject(part.items), { anyOf: items }, `${at}[]`);
    }
    for (const [field, schema] of Object.entries(asObject(part.properties))) {
      const path = at ? `${at}.${field}` : field;
      const found = candidates.flatMap((candidate) => {
        const properties = asObject(candidate.properties);
        return field in properties ? [asObject(properties[field])] : [];
      });
      if (found.length > 0) compareSchemas(comparing, asObject(schema), { anyOf: found }, path);
      else if (isClosed(candidates)) contradictions.push(`${comparing.verb} ${path}`);
      else undescribed.push(`${label}: ${path}`);
    }
  }
}

/** Whether every described object among these says that it has no other fields. */
function isClosed(candidates: readonly Json[]): boolean {
  const objects = candidates.filter(({ properties }) => properties !== undefined);
  return objects.length > 0 && objects.every(({ additionalProperties }) => additionalProperties === false);
}

/** The JSON Schema of what we send, or of what we take before it is transformed. */
function jsonSchemaOf(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
}

function contentOf(described: Json): Json {
  return asObject(asObject(asObject(described.content)['application/json']).schema);
}

function listOf(value: unknown): unknown[] {
  return z.array(z.unknown()).catch([]).parse(value);
}

function nameOf({ method, path }: Operation): string {
  return `${method} ${withoutNames(path)}`;
}

/** Names of path parameters do not matter. */
function withoutNames(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}
