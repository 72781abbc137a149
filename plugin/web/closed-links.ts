/** Links that lead nowhere any more: each state explains itself, and says what to do. */

import type { Response } from 'express';
import type { PluginContext } from '../context.ts';
import type { ClosedState } from '../invitations/invitation-state.ts';
import { addressForTrainers } from '../tool/trainer-address.ts';
import { formToken } from './forms.ts';
import type { Views } from './render.ts';

interface Words {
  title: string;
  message: string;
  remedy: string;
}

/** An answer that leaves the form open: the link still works. */
export const tryAgainWords = {
  busy: 'This invitation is being used at this moment, perhaps in another window. Please try again in a minute.',
  'tool-down':
    'The annotation tool does not answer at the moment. Nothing was changed: please try again in a few minutes.',
  'tool-refused':
    'The annotation tool did not accept this. The team that looks after it can see why: your link stays valid, so please try again later.',
} as const;

const invitationWords: Readonly<Record<ClosedState, Words>> = {
  expired: {
    title: 'This invitation has expired',
    message: 'It is older than 14 days, or a newer one has been sent to you since.',
    remedy: 'Look for a newer mail, or have a new one sent to your Work Email.',
  },
  used: {
    title: 'You have used this invitation',
    message: 'It works once, and your account has been made with it.',
    remedy: 'Sign in with your Work Email and the password you chose.',
  },
  void: {
    title: 'This invitation no longer applies',
    message: 'The contract it was for has ended, or a newer invitation has been sent to you.',
    remedy:
      'Look for a newer mail. If there is none and your contract still runs, open this link again in a few minutes; if it stays closed, write to your client on OpenTrain.',
  },
  unknown: {
    title: 'We do not know this link',
    message: 'It is not one of our invitations, or a part of it is missing.',
    remedy: 'Open it from the mail again, or copy it completely.',
  },
};

const passwordWords: Readonly<Record<ClosedState, Words>> = {
  expired: {
    title: 'This link has expired',
    message: 'For safety a link for a new password works for a short time only.',
    remedy: 'Ask for another one and use it soon.',
  },
  used: {
    title: 'This link has been used',
    message: 'It works once, and a new password has been set with it.',
    remedy: 'Sign in with that password. If it was not you who set it, ask for another link now.',
  },
  void: {
    title: 'This link no longer applies',
    message: 'Your access has ended, or a newer link has been sent to you.',
    remedy: 'Look for a newer mail. If your contract still runs and there is none, ask for another link.',
  },
  unknown: {
    title: 'We do not know this link',
    message: 'It is not one of ours, or a part of it is missing.',
    remedy: 'Open it from the mail again, or ask for another one.',
  },
};

function statusOf(state: ClosedState): number {
  return state === 'unknown' ? 404 : 410;
}

/** The page for an invitation that cannot be accepted. */
export function closedInvitation(
  context: PluginContext,
  views: Views,
  response: Response,
  given: { token: string; state: ClosedState },
): void {
  const { token, state } = given;
  const words = invitationWords[state];
  const resend =
    state === 'expired' && context.mailer
      ? { action: `/invitations/${encodeURIComponent(token)}/resend`, formToken: formToken(context, `resend ${token}`) }
      : null;
  const remedy =
    state === 'expired' && !context.mailer ? 'Write to your client on OpenTrain and ask for a new one.' : words.remedy;
  const signIn =
    state === 'used'
      ? { signInUrl: addressForTrainers(context.settings, context.tool.signInUrl()), passwordUrl: '/password' }
      : {};
  views.trainersPage(response, 'link-closed', { ...words, remedy, resend, ...signIn }, statusOf(state));
}

/** The page for a password link that cannot be used. */
export function closedPasswordLink(context: PluginContext, views: Views, response: Response, state: ClosedState): void {
  const signIn = state === 'used' ? { signInUrl: addressForTrainers(context.settings, context.tool.signInUrl()) } : {};
  views.trainersPage(
    response,
    'link-closed',
    { ...passwordWords[state], resend: null, passwordUrl: '/password', ...signIn },
    statusOf(state),
  );
}
