/** The refusals of the API and their envelope (contract: "Base, auth, errors"). */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';

export const problemStatus = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
} as const;
export type ProblemCode = keyof typeof problemStatus;

/** A request is refused: thrown by routes, answered as the error envelope. */
export class Problem extends Error {
  override name = 'Problem';
  readonly code: ProblemCode;
  readonly details: Record<string, unknown> | undefined;
  constructor(code: ProblemCode, message: string, details?: Record<string, unknown>) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** What is wrong with an input, as a BAD_REQUEST: the first fault in the message, all of them in `details.issues`. */
export function problemOfInput(error: z.ZodError): Problem {
  const issues = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const [first] = issues;
  const where = first?.path ? `${first.path}: ` : '';
  return new Problem('BAD_REQUEST', `${where}${first?.message ?? 'The request is not valid.'}`, { issues });
}

export interface ErrorEnvelope {
  error: string;
  code: string;
  requestId: string;
  details?: Record<string, unknown>;
}

/** The body of a refusal, with a fresh `requestId`. */
export function errorEnvelope(code: string, message: string, details?: Record<string, unknown>): ErrorEnvelope {
  return { error: message, code, requestId: randomUUID(), ...(details === undefined ? {} : { details }) };
}

/** The code that goes with a status; anything unknown is named after its class. */
export function codeOfStatus(status: number): ProblemCode {
  for (const [code, known] of Object.entries(problemStatus)) {
    if (known === status) return code as ProblemCode;
  }
  return status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST';
}
