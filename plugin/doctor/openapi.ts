/** Compares what we use of OpenTrain's API with the served openapi.json, which is the contract of record. */
import { z } from 'zod';
import { type UsedOperation, usedOperations } from './used-api.ts';

type Json = Record<string, unknown>;

const jsonSchema = z.record(z.string(), z.unknown());
const documentSchema = z.looseObject({ openapi: z.string(), paths: z.record(z.string(), jsonSchema) });

/** What the document lacks of what we use, in words; empty when all is there. Throws ZodError for no OpenAPI document. */
export function missingFromOpenApi(json: unknown, used: readonly UsedOperation[] = usedOperations): string[] {
  const document = documentSchema.parse(json);
  const paths = Object.entries(document.paths).map(([path, item]) => ({
    path: path.replaceAll(/\{[^}]*\}/g, '{}'),
    item,
  }));
  return used.flatMap((operation) => {
    const found = paths.find(({ path, item }) => path.endsWith(operation.path) && operation.method in item);
    const name = `${operation.method.toUpperCase()} ${operation.path}`;
    if (!found) return [`${name} is not there`];
    const described = asObject(found.item[operation.method]);
    return [
      ...operation.sends
        .filter((field) => !takes(document, described, field))
        .map((field) => `${name} does not take ${field}`),
      ...operation.reads
        .filter((field) => !gives(document, described, field))
        .map((field) => `${name} does not give ${field}`),
    ];
  });
}

function takes(document: Json, operation: Json, field: string): boolean {
  const parameters = z.array(jsonSchema).catch([]).parse(operation.parameters);
  if (parameters.some((parameter) => resolve(document, parameter).name === field)) return true;
  const body = resolve(document, asObject(operation.requestBody));
  return has(document, contentOf(body), field);
}

function gives(document: Json, operation: Json, field: string): boolean {
  return Object.entries(asObject(operation.responses))
    .filter(([status]) => status.startsWith('2'))
    .some(([, response]) => has(document, contentOf(resolve(document, asObject(response))), field));
}

function contentOf(described: Json): Json {
  return asObject(asObject(asObject(described.content)['application/json']).schema);
}

/** Whether a schema has the field: "contract.id", "contracts[].id". */
function has(document: Json, schema: Json, field: string): boolean {
  const [step = '', ...rest] = field.split('.');
  return alternatives(document, schema).some((candidate) => {
    const properties = asObject(candidate.properties);
    const name = step.replace('[]', '');
    if (!(name in properties)) return false;
    if (rest.length === 0) return true;
    const inner = alternatives(document, asObject(properties[name]));
    const below = step.endsWith('[]') ? inner.map((list) => asObject(list.items)) : inner;
    return below.some((next) => has(document, next, rest.join('.')));
  });
}

/** A schema and, where it is one of several or a union of parts, each of them; references followed. */
function alternatives(document: Json, schema: Json): Json[] {
  const resolved = resolve(document, schema);
  const parts = ['anyOf', 'oneOf', 'allOf'].flatMap((key) => z.array(jsonSchema).catch([]).parse(resolved[key]));
  return [resolved, ...parts.flatMap((part) => alternatives(document, part))];
}

/** Follows `$ref` within the document. */
function resolve(document: Json, schema: Json): Json {
  const reference = schema.$ref;
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema;
  const target = reference
    .slice(2)
    .split('/')
    .reduce((at: Json, key) => asObject(at[key.replaceAll('~1', '/').replaceAll('~0', '~')]), document);
  return resolve(document, target);
}

function asObject(value: unknown): Json {
  return jsonSchema.catch({}).parse(value);
}
