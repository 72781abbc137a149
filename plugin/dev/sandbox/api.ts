/** The Partner API as an Express router: who may call, what goes wrong on purpose, then the operations. */
import { setTimeout as delay } from 'node:timers/promises';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { messageOf } from '../../errors.ts';
import type { AnswerSpoil, Faults, RequestFault } from './faults.ts';
import { answerFault, spoilt } from './faulty-answers.ts';
import { openApiDocument } from './openapi.ts';
import type { Caller, Operation } from './operations.ts';
import type { Platform } from './platform.ts';
import { errorEnvelope, Problem, problemStatus } from './problem.ts';
import type { LoggedRequest } from './request-log.ts';
import { contractOperations } from './routes/contracts.ts';
import { installOperations } from './routes/installs.ts';
import { projectLinkOperations } from './routes/project-links.ts';
import { usageOperations } from './routes/usage.ts';
import { webhookEndpointOperations } from './routes/webhook-endpoints.ts';
import { hashToken } from './state.ts';
import type { Scope } from './vocabulary.ts';

export const BASE_PATH = '/api/partner/v1';

/** Every operation of the API. */
export const operations: readonly Operation[] = [
  ...installOperations,
  ...projectLinkOperations,
  ...contractOperations,
  ...usageOperations,
  ...webhookEndpointOperations,
];

export interface ApiOptions {
  platform: Platform;
  faults: Faults;
  requestLog: LoggedRequest[];
}

/** The router to mount at {@link BASE_PATH}. */
export function createApi({ platform, faults, requestLog }: ApiOptions): Router {
  const router = Router();
  router.use((request, response, next) => {
    const { method, path } = request;
    const logRequest = (): void => {
      requestLog.push({ method, path, status: response.statusCode, at: platform.clock.now().toISOString() });
    };
    response.on('close', logRequest);
    next();
  });
  router.get('/openapi.json', (request, response) => {
    response.json(openApiDocument(`${request.protocol}://${request.headers.host}${BASE_PATH}`, operations));
  });
  router.use(async (request, response, next) => {
    const { fault, delayMilliseconds, spoil } = faults.take({ method: request.method, path: request.path });
    if (delayMilliseconds > 0) await delay(delayMilliseconds);
    response.locals.spoil = spoil;
    if (fault === undefined) return next();
    const takesEffect = fault.processed === true || fault.status === 'cut';
    if (takesEffect) response.locals.fault = fault;
    else answerFault(response, fault);
    if (takesEffect) next();
  });
  router.use(express.json({ limit: '1mb' }));
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[operation.method](path, (request, response) => answer(platform, operation, request, response));
  }
  router.use((request: Request) => {
    throw new Problem('NOT_FOUND', `There is no ${request.method} ${request.path}.`);
  });
  router.use(refuse(platform));
  return router;
}

function answer(platform: Platform, operation: Operation, request: Request, response: Response): void {
  const caller = authorize(platform, request.headers.authorization, operation.scope);
  const [id = ''] = Object.values(request.params).map(String);
  const result = operation.run(platform, caller, { id, body: request.body, query: request.query });
  const body = operation.response.parse(result);
  const { fault, spoil }: { fault?: RequestFault; spoil?: AnswerSpoil } = response.locals;
  if (fault === undefined) response.status(operation.status).json(spoil === undefined ? body : spoilt(body, spoil));
  else answerFault(response, fault, body);
}

/** Who calls, when they may; UNAUTHORIZED for a token that is not live, FORBIDDEN for everything else (contract: "Base, auth, errors"). */
function authorize({ state }: Platform, header: string | undefined, scope: Scope | null): Caller {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  if (given === undefined) throw new Problem('UNAUTHORIZED', 'Send a token: Authorization: Bearer ot_ptk_….');
  const token = state.tokens.get(hashToken(given));
  const install = state.installs.get(token?.installId ?? '');
  if (token === undefined || install === undefined) throw new Problem('UNAUTHORIZED', 'This token is not valid.');
  if (token.revoked) throw new Problem('UNAUTHORIZED', 'This token was revoked: the customer must reconnect.');
  if (install.status !== 'ACTIVE') throw new Problem('FORBIDDEN', 'This install is not active.');
  if (!state.app.active) throw new Problem('FORBIDDEN', 'The platform app is deactivated.');
  if (state.organizations.get(install.organizationId)?.featureEnabled !== true) {
    throw new Problem('FORBIDDEN', 'Annotation platforms are not enabled for this employer.');
  }
  const granted: Scope[] = install.scopes;
  const implied = scope === 'project-links:read' && granted.includes('project-links:write');
  if (scope !== null && !granted.includes(scope) && !implied) {
    throw new Problem('FORBIDDEN', `The scope ${scope} is missing.`, { requiredScope: scope });
  }
  return { install, token };
}

/** Turns whatever was thrown into the error envelope. */
function refuse({ log }: Platform) {
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    if (response.locals.fault !== undefined) {
      answerFault(response, response.locals.fault);
      return;
    }
    const problem = asProblem(error);
    const envelope = errorEnvelope(problem.code, problem.message, problem.details);
    if (problem.code === 'INTERNAL_ERROR') {
      log.error({ requestId: envelope.requestId, error: messageOf(error) }, 'the sandbox failed');
    }
    log.debug({ method: request.method, path: request.path, code: problem.code }, problem.message);
    response.status(problemStatus[problem.code]).json(envelope);
  };
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  if (status >= 400 && status < 500) return new Problem('BAD_REQUEST', `The request is not valid: ${messageOf(error)}`);
  return new Problem('INTERNAL_ERROR', 'The sandbox failed; its log says why.');
}
