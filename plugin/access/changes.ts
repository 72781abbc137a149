/** What a plan can say: the changes of one trainer's access, each on some places, with the reason in words. */
import type { ToolAccount } from '../../adapters/tool.ts';
import type { Settings } from '../settings/settings.ts';

export const blockReasons = [
  'no-work-email',
  'not-a-work-email',
  'privileged-account',
  'needs-database-role',
  'no-password',
  'account-exists',
  'account-not-ours',
] as const;
export type BlockReason = (typeof blockReasons)[number];

interface OnPlaces {
  trainerId: string;
  places: readonly string[];
  /** In words, for the plan that an admin reads and for the audit log. */
  why: string;
}

export type Change = OnPlaces &
  (
    | { action: 'invite' }
    /** The account is a member already, and this trainer's by our record: ours from now on. */
    | { action: 'adopt'; account: ToolAccount; choosePassword: boolean }
    /** The account is there, the place is new to it. */
    | { action: 'grant'; account: ToolAccount; choosePassword: boolean }
    /** The account was removed or closed before: let it in again. */
    | { action: 'restore'; account: ToolAccount; choosePassword: boolean }
    /** `account` is null when the tool does not know this person any more: only our record changes. */
    | { action: 'remove'; account: ToolAccount | null; closeAccount: boolean }
    | { action: 'cancel-invitation' }
    | { action: 'block'; reason: BlockReason; remedy: string }
    /** A block that never led to anything is over: the record goes. */
    | { action: 'unblock' }
    | { action: 'keep' }
  );

export type Action = Change['action'];

const filters: Record<Settings['accessPolicy'], (change: Change) => boolean> = {
  sync: () => true,
  'grant-only': (change) => change.action !== 'remove',
  observe: (change) => change.action === 'keep',
};

/**
 * The changes that ACCESS_POLICY allows. `grant-only` still cancels invitations: nobody loses anything, and an invitation must
 * not outlive the contract.
 */
export function allowedBy(policy: Settings['accessPolicy'], changes: readonly Change[]): Change[] {
  return changes.filter(filters[policy]);
}
