/** Refusals of letting somebody in, in words for an admin. */
import { ToolRefused } from '../errors.ts';

/** Why an account that is in no organization cannot be let in again. */
export function neverMemberRefusal(email: string): ToolRefused {
  return new ToolRefused(
    `The account of ${email} never was a member of Label Studio's organization.`,
    'Delete that account in Label Studio if it did no work, and let the trainer activate the invitation again.',
  );
}

/** Why there is nobody to let in. */
export function erasedRefusal({ toolUserId, email }: { toolUserId: string; email: string }): ToolRefused {
  return new ToolRefused(
    `Label Studio has no account ${toolUserId} for ${email} any more.`,
    'It was erased by hand: invite the trainer again.',
  );
}
