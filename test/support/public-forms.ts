/** The forms that somebody may send who is signed in nowhere. Every other one is refused to whoever is not signed in. */

export interface PublicForm {
  /** Why nobody signs in first. */
  why: string;
  /** The status when the form's token is not its own. */
  refused: number;
}

/** By the route's path, of the plugin and of the set-up that is served before it. */
export const publicForms: Readonly<Record<string, PublicForm>> = {
  '/invitations/:token': { why: 'A trainer has no account yet: the address, mailed to them, is signed.', refused: 403 },
  '/invitations/:token/resend': {
    why: 'The invitation ran out before there was an account; the new one only goes to the address of the old one.',
    refused: 410,
  },
  '/password': { why: 'Whoever forgot the password cannot sign in; the link only goes to the address.', refused: 422 },
  '/password/:token': { why: 'The address, mailed to the trainer, is signed and works once.', refused: 403 },
  '/console/sign-in/:ticket': { why: 'It is the sign-in: the ticket comes from the command line.', refused: 410 },
  '/webhooks/opentrain': { why: 'OpenTrain signs what it delivers.', refused: 401 },
  '/setup/begin/:ticket': { why: 'It is the sign-in of the set-up: the ticket is printed by `start`.', refused: 403 },
};
