/** The served OpenAPI 3.1 document, made from the same list of operations that the server answers with. */
import { z } from 'zod';
import type { Operation } from './operations.ts';
import { type ProblemCode, problemStatus } from './problem.ts';
import { nothing } from './requests.ts';
import {
  budgetSchema,
  contractSchema,
  errorSchema,
  eventSchema,
  installSchema,
  participantSchema,
  projectLinkSchema,
  webhookEndpointSchema,
} from './schemas.ts';

type Json = Record<string, unknown>;

const components = {
  installSchema,
  projectLinkSchema,
  contractSchema,
  participantSchema,
  budgetSchema,
  webhookEndpointSchema,
  eventSchema,
  errorSchema,
};

const everywhere: Partial<Record<ProblemCode, string>> = {
  UNAUTHORIZED: 'No token, or one that is not valid or was revoked.',
  FORBIDDEN: 'Install or app not active, feature missing, or the scope is missing.',
  RATE_LIMITED: 'Too many requests: wait as `Retry-After` says.',
  INTERNAL_ERROR: 'OpenTrain failed.',
};

/** The document for an API at `baseUrl`, with the schemas of every parameter, body and answer. */
export function openApiDocument(baseUrl: string, operations: readonly Operation[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'OpenTrain Platform API (sandbox)', version: 'v1' },
    servers: [{ url: baseUrl }],
    security: [{ partnerToken: [] }],
    paths,
    webhooks: {
      event: {
        post: {
          summary: 'One event, signed in X-OpenTrain-Signature.',
          requestBody: { content: jsonContent(eventSchema, 'output') },
          responses: { '2XX': { description: 'Acknowledged.' } },
        },
      },
    },
    components: {
      schemas: componentSchemas(),
      securitySchemes: { partnerToken: { type: 'http', scheme: 'bearer', bearerFormat: 'ot_ptk_…' } },
    },
  };
}

function describeOperation(operation: Operation): Json {
  const problems = { ...everywhere, ...operation.problems };
  const refusals = Object.entries(problems).map(([code, description]) => [
    String(problemStatus[code as ProblemCode]),
    { description, content: jsonContent(errorSchema, 'output') },
  ]);
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    description: operation.scope === null ? 'Any valid token.' : `Needs the scope \`${operation.scope}\`.`,
    ...(operation.scope === null ? {} : { 'x-required-scope': operation.scope }),
    parameters: [...pathParameters(operation.path), ...queryParameters(operation.query)],
    ...(operation.body === nothing
      ? {}
      : {
          requestBody: {
            required: !operation.body.safeParse({}).success,
            content: jsonContent(operation.body, 'input'),
          },
        }),
    responses: {
      [String(operation.status)]: { description: 'Done.', content: jsonContent(operation.response, 'output') },
      ...Object.fromEntries(refusals),
    },
  };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(query: z.ZodType): Json[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function jsonContent(schema: z.ZodType, io: 'input' | 'output'): Json {
  return { 'application/json': { schema: jsonSchema(schema, io) } };
}

/** The JSON Schema of a zod schema; objects with a name of their own are references into the document's components. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _draft, $defs: _components, ...rest } = z.toJSONSchema(schema, { io });
  return JSON.parse(JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

/** The named objects, under their names. */
function componentSchemas(): Json {
  const named = z.toJSONSchema(z.strictObject(components), { io: 'output' }).$defs ?? {};
  return JSON.parse(JSON.stringify(named).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
