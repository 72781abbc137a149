/** `/sandbox`: the page, and every control call as `POST /sandbox/<name>` (JSON in and out, or a form). */
import { fileURLToPath } from 'node:url';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { messageOf } from '../../errors.ts';
import type { SandboxControl } from './control.ts';
import { controlActions } from './control-actions.ts';
import { renderMessage } from './pages/consent.ts';
import { renderControl } from './pages/control.ts';
import { controlPage } from './pages/control-view.ts';
import { styleSheet } from './pages/layout.ts';
import type { Platform } from './platform.ts';
import { errorEnvelope, Problem, problemStatus } from './problem.ts';
import type { State } from './state.ts';
import { viewEndpoint } from './views.ts';

const picoCss = fileURLToPath(import.meta.resolve('@picocss/pico/css/pico.min.css'));

/** The router to mount at `/sandbox`. */
export function createControlRoutes(platform: Platform, control: SandboxControl, basePath: string): Router {
  const router = Router();
  router.get('/', (request, response) => {
    const baseUrl = `${request.protocol}://${request.headers.host}${basePath}`;
    response.send(renderControl('OpenTrain sandbox', controlPage(platform, control, baseUrl)));
  });
  router.get('/state', (_request, response) => sendJson(response, readableState(platform.state)));
  router.get('/assets/pico.min.css', (_request, response) => response.sendFile(picoCss));
  router.get('/assets/sandbox.css', (_request, response) => response.type('css').send(styleSheet));
  router.use(express.json(), express.urlencoded({ extended: false }));
  router.post('/:name', async (request, response) => {
    const run = controlActions.get(request.params.name);
    if (run === undefined) throw new Problem('NOT_FOUND', `There is no control call ${request.params.name}.`);
    const form = isForm(request);
    const result = await run(control, form ? withoutBlanks(request.body) : (request.body ?? {}));
    if (form) response.redirect(303, '/sandbox');
    else sendJson(response, { result: result ?? null });
  });
  router.use(explain);
  return router;
}

function isForm(request: Request): boolean {
  return request.is('application/x-www-form-urlencoded') !== false;
}

/** A form sends a field that was left blank as ''. */
function withoutBlanks(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''));
}

/** Everything there is, without what would let somebody in. */
function readableState({ tokens: _tokens, endpoints, ...rest }: State): unknown {
  return { ...rest, endpoints: [...endpoints.values()].map(viewEndpoint) };
}

function sendJson(response: Response, value: unknown): void {
  const text = JSON.stringify(value, (_key, inner) => (inner instanceof Map ? [...inner.values()] : inner));
  response.type('json').send(text);
}

function explain(error: unknown, request: Request, response: Response, next: NextFunction): void {
  if (!(error instanceof Problem)) {
    next(error);
    return;
  }
  response.status(problemStatus[error.code]);
  const heading = 'That did not work';
  if (isForm(request)) response.send(renderMessage(heading, { heading, message: messageOf(error), back: '/sandbox' }));
  else response.json(errorEnvelope(error.code, error.message, error.details));
}
