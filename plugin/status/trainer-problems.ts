/** Trainers who cannot get in or are not quite out, invitations that did not arrive, and accounts that nobody knows. Pure. */
import { type BlockReason, blockReasons } from '../access/changes.ts';
import type { Matter } from './matters.ts';
import { type TrainerStatus, whoIs } from './people.ts';
import type { Status, UngroupedProblem } from './status-types.ts';

function urgentProblem(matter: Matter, what: string, remedy: string, since: number | null): UngroupedProblem {
  return { matter, severity: 'urgent', what, remedy, since };
}

/** What needs an admin of these trainers. */
export function trainerProblems({ trainers }: Pick<Status, 'trainers'>): UngroupedProblem[] {
  return trainers.flatMap((trainer) =>
    accessProblems(trainer).map((problem) => ({ ...problem, trainerId: trainer.id })),
  );
}

function accessProblems(trainer: TrainerStatus): UngroupedProblem[] {
  const { state, reason, since, invitation } = trainer;
  const remedy = trainer.remedy ?? '';
  const who = whoIs(trainer);
  if (state === 'blocked')
    return [urgentProblem('blocked', `${who} cannot be given access: ${reasonWords(reason)}.`, remedy, since)];
  if (state === 'revoked-partial') {
    return [
      urgentProblem('removal-partial', `${who} was removed, but can still: ${reason ?? 'sign in'}.`, remedy, since),
    ];
  }
  if (invitation?.refusal) {
    const { message, remedy: mend, at } = invitation.refusal;
    return [
      urgentProblem(
        'invitation-refused',
        `${who} could not accept their invitation, because the tool refused: ${message}`,
        mend,
        at,
      ),
    ];
  }
  if (!invitation?.link) return [];
  const why = invitation.mailError ? `the mail failed: ${invitation.mailError}` : 'no mail was sent';
  return [
    urgentProblem(
      'invitation-not-mailed',
      `${who} does not know of their invitation: ${why}.`,
      `Pass this on: ${invitation.link}`,
      since,
    ),
  ];
}

/** Accounts of the tool that no contract and no admin explains. */
export function accountProblems({ newAccounts }: Pick<Status, 'newAccounts'>): UngroupedProblem[] {
  return newAccounts.map(({ tool_user_id, name, joined_at, suspects }) => {
    const who =
      suspects === '' ? 'no trainer had access then' : `could have been made by ${suspects.split(' ').join(', ')}`;
    return urgentProblem(
      'unknown-account',
      `Account ${tool_user_id} of the tool (${name}) belongs to no contract; ${who}.`,
      `Close it with \`opentrain-plugin accounts --close ${tool_user_id}\`, or say that it is a colleague’s with --confirm (console: Trainers).`,
      joined_at,
    );
  });
}

const reasons: Readonly<Record<BlockReason, string>> = {
  'no-work-email': 'OpenTrain has not told a Work Email',
  'not-a-work-email': 'the address that OpenTrain sent is not a Work Email',
  'privileged-account': 'the account with this address administers the tool',
  'needs-database-role': 'they were removed before, and letting them in again needs the tool’s database',
  'no-password': 'their account has no password, and none can be set',
  'account-exists': 'an account with this address exists already',
  'account-not-ours': 'an account with this address exists, and nothing shows that it is theirs',
};

/** A reason code as words. */
export function reasonWords(reason: string | null): string {
  if (reason === null) return 'for an unknown reason';
  const known = blockReasons.find((code) => code === reason);
  return known ? reasons[known] : reason.replaceAll('-', ' ');
}
