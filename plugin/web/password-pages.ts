/** /password: a trainer who forgot the password gets a link by mail. The page never tells whether an address is known. */
import { type RequestHandler, type Response, Router } from 'express';
import type { PluginContext } from '../context.ts';
import {
  type PasswordReset,
  readPasswordReset,
  requestPasswordReset,
  resetPassword,
} from '../invitations/password-reset.ts';
import { isWorkEmail } from '../platform/types.ts';
import { closedPasswordLink, tryAgainWords } from './closed-links.ts';
import {
  FORM_TOO_OLD,
  field,
  formToken,
  isOurForm,
  passwordField,
  passwordProblem,
  pathPart,
  readForm,
  toolName,
} from './forms.ts';
import { methodNotAllowed } from './problems.ts';
import type { Views } from './render.ts';

interface FormState {
  token: string;
  signInName: string;
  error?: string;
  problem?: string;
}

/** The routes below /password; `credentials` limits how often forms may be sent. */
export function passwordPages(context: PluginContext, views: Views, credentials: RequestHandler): Router {
  const router = Router();
  router.get('/', async (_request, response) => showRequest(context, views, response));
  router.post('/', credentials, readForm, sendLink(context, views));
  router.all('/', methodNotAllowed(views, ['GET', 'POST']));
  router.get('/:token', async (request, response) => {
    const token = pathPart(request, 'token');
    const view = await readPasswordReset(context, token);
    if (view.state !== 'open') return closedPasswordLink(context, views, response, view.state);
    showForm(context, views, response, { token, signInName: view.signInName ?? '' });
  });
  router.post('/:token', credentials, readForm, setPassword(context, views));
  router.all('/:token', methodNotAllowed(views, ['GET', 'POST']));
  return router;
}

async function showRequest(
  context: PluginContext,
  views: Views,
  response: Response,
  error: string | null = null,
): Promise<void> {
  const data = {
    title: 'Forgot your password?',
    toolName: toolName(context),
    ...(await whatCanBeDone(context)),
    action: '/password',
    formToken: formToken(context, 'password request'),
    error,
  };
  views.trainersPage(response, 'password-request', data, error ? 422 : 200);
}

/** Why no link can be sent to anybody, or why it must wait, for the trainer; the same whoever asks. */
async function whatCanBeDone(context: PluginContext): Promise<{ impossible: string | null; later: string | null }> {
  const remedy = 'Write to your client on OpenTrain: they can help you to sign in.';
  const impossible = (why: string) => ({ impossible: `Passwords cannot be reset here${why}. ${remedy}`, later: null });
  if (!context.mailer) return impossible(', because this server sends no mail');
  const tool = await context.describeTool().catch(() => null);
  if (tool === null || tool.databaseProblem !== undefined) return { impossible: null, later: AWAY };
  return tool.capabilities.setPassword ? { impossible: null, later: null } : impossible('');
}

const AWAY =
  'The annotation tool or its database does not answer at the moment. You can ask for a link now: it works for an hour. If the new password is not accepted yet, try again in a few minutes.';

function sendLink(context: PluginContext, views: Views): RequestHandler {
  return async (request, response) => {
    if (!isOurForm(context, request, 'password request')) return showRequest(context, views, response, FORM_TOO_OLD);
    const email = field(request, 'email').trim().toLowerCase();
    if (!isWorkEmail(email)) {
      return showRequest(context, views, response, 'A Work Email ends in @opentrain.work: look in your invitation.');
    }
    await requestPasswordReset(context, email);
    views.trainersPage(response, 'link-closed', {
      title: 'Look into your mail',
      message: 'If {email} belongs to somebody with access, a link for a new password is on its way there.',
      values: { email },
      remedy:
        'It should arrive within minutes, and works for a short time. If nothing comes, check the address and the spam folder.',
      resend: null,
    });
  };
}

function setPassword(context: PluginContext, views: Views): RequestHandler {
  return async (request, response) => {
    const token = pathPart(request, 'token');
    const view = await readPasswordReset(context, token);
    if (view.state !== 'open') return closedPasswordLink(context, views, response, view.state);
    const state = { token, signInName: view.signInName ?? '' };
    if (!isOurForm(context, request, `password ${token}`)) {
      return showForm(context, views, response, { ...state, problem: FORM_TOO_OLD }, 403);
    }
    const error = passwordProblem(request);
    if (error) return showForm(context, views, response, { ...state, error }, 422);
    answer(context, views, response, state, await resetPassword(context, token, field(request, 'password')));
  };
}

function showForm(context: PluginContext, views: Views, response: Response, state: FormState, status = 200): void {
  const data = {
    title: 'Choose a new password',
    signInName: state.signInName,
    action: `/password/${encodeURIComponent(state.token)}`,
    formToken: formToken(context, `password ${state.token}`),
    password: passwordField(state.error ?? null),
    problem: state.problem ?? null,
  };
  views.trainersPage(response, 'password', data, status);
}

function answer(context: PluginContext, views: Views, response: Response, state: FormState, reset: PasswordReset) {
  if (reset.result === 'done') {
    return views.trainersPage(response, 'invitation-done', {
      title: 'Your new password is set',
      toolName: toolName(context),
      workEmail: reset.workEmail,
      signInName: reset.signInName,
      signInUrl: reset.signInUrl,
      projectUrl: null,
    });
  }
  switch (reset.reason) {
    case 'weak-password':
      return showForm(context, views, response, { ...state, error: reset.message }, 422);
    case 'tool-down':
      response.set('Retry-After', '60');
      return showForm(context, views, response, { ...state, problem: tryAgainWords['tool-down'] }, 503);
    case 'tool-refused':
      return showForm(context, views, response, { ...state, problem: tryAgainWords['tool-refused'] }, 409);
    default:
      return closedPasswordLink(context, views, response, reset.reason);
  }
}
