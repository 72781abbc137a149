/**
 * /connect: leads to OpenTrain's consent screen and takes the token that it shows (contract: "Consent deep link"). The token
 * never travels in a redirect: the admin pastes it, it is checked with OpenTrain, and kept encrypted.
 */
import { randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { missingScopes } from '../../mirror/preflight.ts';
import { readConnection } from '../../status/connection.ts';
import { isFormToken, makeFormToken } from '../form-token.ts';
import { field } from '../forms.ts';
import { storeToken } from './connect-token.ts';
import type { Console } from './console.ts';
import { queryText } from './paging.ts';
import { setConnectState, takeConnectState } from './session-rows.ts';

const PATH = '/connect';
/** As long as an external project id may be (contract: "Project links"). */
const LONGEST_PROJECT_ID = 200;

/** The routes below /connect, behind the console's sign-in. */
export function connect(console: Console): Router {
  const router = Router();
  router.get('/', async (request, response) => showConnect(console, request, response));
  router.get('/callback', callback(console));
  router.post(
    '/token',
    console.action(async (request) => {
      await storeToken(console.context, field(request, 'token'), field(request, 'install'));
      return { back: PATH, done: 'connected' };
    }),
  );
  return router;
}

async function showConnect(console: Console, request: Request, response: Response): Promise<void> {
  const { context } = console;
  const { appSlug } = context.settings.openTrain;
  const connection = await readConnection(context);
  const { install } = connection;
  console.page(request, response, 'connect', {
    title: 'Connection',
    section: PATH,
    connection,
    missing: install?.status === 'connected' ? missingScopes(install) : [],
    consentUrl: appSlug ? await consentUrl(console, request, appSlug) : null,
    callbackUrl: callbackUrl(console),
    approvedInstall: null,
  });
}

/** The consent screen's address, with a signed state that works once, in this session. */
async function consentUrl(console: Console, request: Request, slug: string): Promise<string> {
  const { context } = console;
  const { id } = console.sessions.of(request);
  const nonce = randomBytes(16).toString('base64url');
  const state = `${nonce}.${makeFormToken(context.keys.console, stateSubject(id, nonce), context.clock.now())}`;
  await setConnectState(context.database, id, state);
  const url = new URL(`/integrations/${encodeURIComponent(slug)}/connect`, context.settings.openTrain.baseUrl);
  url.searchParams.set('redirect_uri', callbackUrl(console));
  url.searchParams.set('state', state);
  // "Connect from this project": OpenTrain shows it and gives it back (contract: "Consent deep link").
  const project = queryText(request, 'project');
  if (project !== '' && project.length <= LONGEST_PROJECT_ID) url.searchParams.set('external_project_id', project);
  return url.href;
}

function callbackUrl({ context }: Console): string {
  return `${context.settings.plugin.publicUrl}/connect/callback`;
}

function stateSubject(sessionId: string, nonce: string): string {
  return `connect ${sessionId} ${nonce}`;
}

function callback(console: Console): RequestHandler {
  return async (request, response) => {
    const { context } = console;
    if (!(await isOurState(console, request, queryText(request, 'state')))) {
      return console.problem(
        request,
        response,
        400,
        'This return from OpenTrain does not belong to a request that this console made, or it was used before.',
        'If you have just approved the connection, open Connection and paste the token there; otherwise start again from there.',
      );
    }
    console.page(request, response, 'connect', {
      title: 'Approved: now the token',
      section: PATH,
      connection: await readConnection(context),
      missing: [],
      consentUrl: null,
      callbackUrl: callbackUrl(console),
      approvedInstall: queryText(request, 'opentrain_install_id') || null,
    });
  };
}

async function isOurState(console: Console, request: Request, state: string): Promise<boolean> {
  const { keys, clock, database } = console.context;
  const { id } = console.sessions.of(request);
  const separator = state.indexOf('.');
  const [nonce, token] = [state.slice(0, separator), state.slice(separator + 1)];
  if (!isFormToken(keys.console, stateSubject(id, nonce), token, clock.now())) return false;
  return takeConnectState(database, id, state);
}
