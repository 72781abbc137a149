/** /invitations/:token: the trainer chooses a password and is a member of the tool. Works without scripts. */
import { type RequestHandler, type Response, Router } from 'express';
import type { PluginContext } from '../context.ts';
import { type Acceptance, type InvitationView, openInvitation } from '../invitations/invitations.ts';
import { closedInvitation, tryAgainWords } from './closed-links.ts';
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
  view: InvitationView;
  /** What is wrong with the password. */
  error?: string;
  /** What else stands in the way. */
  problem?: string;
}

/** The routes below /invitations; `credentials` limits how often forms may be sent. */
export function invitationPages(context: PluginContext, views: Views, credentials: RequestHandler): Router {
  const router = Router();
  router.get('/:token', async (request, response) => {
    const token = pathPart(request, 'token');
    const { view } = await openInvitation(context, token);
    if (view.state !== 'open') return closedInvitation(context, views, response, { token, state: view.state });
    showForm(context, views, response, { token, view });
  });
  router.post('/:token', credentials, readForm, async (request, response) => {
    const token = pathPart(request, 'token');
    const { view, accept } = await openInvitation(context, token);
    if (view.state !== 'open') return closedInvitation(context, views, response, { token, state: view.state });
    if (!isOurForm(context, request, `invitation ${token}`)) {
      return showForm(context, views, response, { token, view, problem: FORM_TOO_OLD }, 403);
    }
    const error = passwordProblem(request);
    if (error) return showForm(context, views, response, { token, view, error }, 422);
    const acceptance = await accept(field(request, 'password'));
    answer(context, views, response, { token, view, acceptance });
  });
  router.all('/:token', methodNotAllowed(views, ['GET', 'POST']));
  router.post('/:token/resend', credentials, readForm, resend(context, views));
  router.all('/:token/resend', methodNotAllowed(views, ['POST']));
  return router;
}

function showForm(context: PluginContext, views: Views, response: Response, state: FormState, status = 200): void {
  const { token, view } = state;
  const data = {
    title: 'Your invitation',
    toolName: toolName(context),
    displayName: view.displayName ?? '',
    workEmail: view.workEmail ?? '',
    signInName: view.signInName ?? view.workEmail ?? '',
    projects: view.projects ?? [],
    action: `/invitations/${encodeURIComponent(token)}`,
    formToken: formToken(context, `invitation ${token}`),
    password: passwordField(state.error ?? null),
    problem: state.problem ?? null,
  };
  views.trainersPage(response, 'invitation', data, status);
}

function answer(
  context: PluginContext,
  views: Views,
  response: Response,
  outcome: { token: string; view: InvitationView; acceptance: Acceptance },
) {
  const { token, view, acceptance } = outcome;
  if (acceptance.result === 'done') {
    const title = 'You are in';
    return views.trainersPage(response, 'invitation-done', { ...acceptance, title, toolName: toolName(context) });
  }
  switch (acceptance.reason) {
    case 'weak-password':
      return showForm(context, views, response, { token, view, error: acceptance.message }, 422);
    case 'tool-down':
      response.set('Retry-After', '60');
      return showForm(context, views, response, { token, view, problem: tryAgainWords['tool-down'] }, 503);
    case 'tool-refused':
      return showForm(context, views, response, { token, view, problem: tryAgainWords['tool-refused'] }, 409);
    case 'busy':
      response.set('Retry-After', '60');
      return showForm(context, views, response, { token, view, problem: tryAgainWords.busy }, 409);
    case 'account-exists':
      return showForm(context, views, response, { token, view, problem: acceptance.message }, 409);
    default:
      return closedInvitation(context, views, response, { token, state: acceptance.reason });
  }
}

function resend(context: PluginContext, views: Views): RequestHandler {
  return async (request, response) => {
    const token = pathPart(request, 'token');
    const { view, resend: sendAnother } = await openInvitation(context, token);
    const ours = isOurForm(context, request, `resend ${token}`);
    if (view.state === 'open') return void response.redirect(303, `/invitations/${encodeURIComponent(token)}`);
    if (view.state !== 'expired' || !ours || !context.mailer) {
      return closedInvitation(context, views, response, { token, state: view.state });
    }
    await sendAnother();
    views.trainersPage(response, 'link-closed', {
      title: 'A new invitation is on its way',
      message: 'It goes to the Work Email that this one was for, and should be there within minutes.',
      remedy: 'If nothing comes, look in the spam folder, then write to your client on OpenTrain.',
      resend: null,
    });
  };
}
