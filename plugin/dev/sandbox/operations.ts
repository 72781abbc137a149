/**
 * One operation of the API: where it is, what it needs, what it takes and gives. The server is built from a list of these, and
 * so is the served openapi.json.
 */
import type { z } from 'zod';
import type { Platform } from './platform.ts';
import { Problem, type ProblemCode, problemOfInput } from './problem.ts';
import { nothing } from './requests.ts';
import type { Install, Token } from './state.ts';
import type { Scope } from './vocabulary.ts';

export interface Caller {
  install: Install;
  token: Token;
}

export interface OperationRequest {
  /** The one id in the path, empty where there is none. */
  id: string;
  body: unknown;
  query: unknown;
}

export interface Operation {
  operationId: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** As in OpenAPI: `/project-links/{linkId}`. */
  path: string;
  /** null: any valid token will do. */
  scope: Scope | null;
  summary: string;
  status: 200 | 201;
  /** What it refuses beside 401 and 403, and why. */
  problems: Partial<Record<ProblemCode, string>>;
  body: z.ZodType;
  query: z.ZodType;
  response: z.ZodType;
  /** Does it; throws {@link Problem} when it refuses. */
  run(platform: Platform, caller: Caller, request: OperationRequest): unknown;
}

interface Definition<Body, Query, Answer>
  extends Omit<Operation, 'run' | 'body' | 'query' | 'response' | 'status' | 'problems'> {
  status?: 200 | 201;
  problems?: Operation['problems'];
  body?: z.ZodType<Body>;
  query?: z.ZodType<Query>;
  response: z.ZodType<Answer>;
  handle(platform: Platform, caller: Caller, request: { id: string; body: Body; query: Query }): Answer;
}

/** Makes an operation whose handler gets a body and query that passed their schemas; what does not pass is a BAD_REQUEST. */
export function operation<Body, Query, Answer>(definition: Definition<Body, Query, Answer>): Operation {
  const { handle, status = 200, problems = {}, ...rest } = definition;
  const body = definition.body ?? (nothing as z.ZodType<Body>);
  const query = definition.query ?? (nothing as z.ZodType<Query>);
  return {
    ...rest,
    status,
    problems,
    body,
    query,
    run: (platform, caller, request) =>
      handle(platform, caller, {
        id: request.id,
        body: parse(body, request.body ?? {}),
        query: parse(query, request.query),
      }),
  };
}

function parse<Value>(schema: z.ZodType<Value>, input: unknown): Value {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw problemOfInput(parsed.error);
  return parsed.data;
}

/** The value, or a NOT_FOUND that says what was not there. */
export function found<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Problem('NOT_FOUND', `${what} not found.`);
  return value;
}
