/**
 * The plan: what must change so that a trainer's access in the tool is what it should be. Pure: data in, data out.
 *
 * | desired | our record        | in the tool                     | action                                              |
 * |---------|-------------------|---------------------------------|-----------------------------------------------------|
 * | any     | any               | OpenTrain is disconnected       | keep; the record follows, as in the last row        |
 * | managed | any               | any                             | keep                                                |
 * | grace   | any               | any                             | keep                                                |
 * | held    | any               | any                             | keep                                                |
 * | granted | active            | member, or not asked            | keep                                                |
 * | granted | invited, open     | nobody, or not asked            | keep                                                |
 * | granted | not active        | (the Work Email is not known)   | block no-work-email                                 |
 * | granted | not active        | (the address is no Work Email)  | block not-a-work-email                              |
 * | granted | any but below     | nobody                          | invite                                              |
 * | granted | blocked account-exists | nobody (the tool hides it) | keep, until accounts can be restored                |
 * | granted | not active        | theirs: member with a password  | adopt                                               |
 * | granted | not active        | theirs: member without a password | adopt, choose password; or block no-password      |
 * | granted | any               | theirs: open, other places      | grant (choose password; or block no-password)       |
 * | granted | any               | theirs: removed or closed       | restore; or block needs-database-role               |
 * | granted | any but below     | not known to be theirs          | invite; or block account-not-ours                   |
 * | granted | any but below     | the same, removed or closed     | invite; or block needs-database-role                |
 * | granted | invited, open     | not known to be theirs          | keep                                                |
 * | granted | not active        | privileged account              | block privileged-account                            |
 * | granted | active            | privileged account              | keep                                                |
 * | –       | –, revoked        | any                             | keep                                                |
 * | –       | revoked, interrupted | member, or open and in nothing | remove                                            |
 * | –       | revoked-partial   | any                             | remove again once accounts can be closed; else keep |
 * | –       | invited           | open and in nothing             | remove                                              |
 * | –       | invited           | not a member                    | cancel-invitation                                   |
 * | –       | invited           | member                          | remove                                              |
 * | –       | active            | any but privileged              | remove                                              |
 * | –       | ours, then blocked | any but privileged             | remove                                              |
 * | –       | never ours, blocked | any                           | unblock                                             |
 * | –       | active            | privileged account              | block privileged-account                            |
 * | managed, grace, held | active, interrupted | not a member      | remove, of the record only                          |
 *
 * An account is "theirs" when our record ties it to this trainer: we made it for them, they have proved the Work Email by the mailed
 * link and all older keys to it are dead (accepting an invitation does both), or an admin has confirmed it. The Work Email alone
 * proves nothing: every member of a tool may be able to make an account under it.
 *
 * "Interrupted" is where a change or an acceptance was begun, and what came of it is not recorded. "Or block" is where the tool,
 * with the rights we were given, lacks the capability. `remove` also closes the account when nothing is left for it: no place that
 * should stay, and no place that somebody else gave.
 */
import type { Capabilities, CapabilityRemedies, ToolAccount } from '../../adapters/tool.ts';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { AccessRow } from './access-rows.ts';
import type { BlockReason, Change } from './changes.ts';
import type { Desired } from './desired.ts';

/** Everything that the plan for one trainer depends on. */
export interface Situation {
  trainerId: string;
  /** null while OpenTrain has not told it. */
  workEmail: string | null;
  /** An address that OpenTrain sent and that we refused. */
  refusedEmail: string | null;
  toolUserId: string | null;
  desired: ReadonlyMap<string, Desired>;
  rows: readonly AccessRow[];
  /** There is an invitation that can be accepted, or replaced by the trainer. */
  invited: boolean;
  /** A change in the tool, or an acceptance, was begun and its outcome is not in the record: only a look tells it. */
  interrupted: boolean;
  /** What the tool says; undefined when it was not asked, null when it knows nobody. */
  account: ToolAccount | null | undefined;
}

/** What is the same for every trainer. */
export interface Facts {
  connected: boolean;
  capabilities: Capabilities;
  remedies: CapabilityRemedies;
  /** Why OpenTrain does not tell a Work Email, and what to do. */
  emailRemedy: string;
}

/** The places that are in question for this trainer, in a stable order. */
function placesOf({ desired, rows }: Situation): string[] {
  return [...new Set([...desired.keys(), ...rows.map((row) => row.place)])].sort();
}

function rowOf({ rows }: Situation, place: string): AccessRow | undefined {
  return rows.find((row) => row.place === place);
}

/** Whether our records alone show that something may have to change. Only then is the tool asked about this trainer. */
export function differs(situation: Situation, facts: Facts): boolean {
  if (!facts.connected) return false;
  if (situation.interrupted) return true;
  return placesOf(situation).some((place) => placeDiffers(situation, place, facts));
}

function placeDiffers(situation: Situation, place: string, { capabilities }: Facts): boolean {
  const desired = situation.desired.get(place)?.value;
  const state = rowOf(situation, place)?.state;
  if (desired === 'managed' || desired === 'grace' || desired === 'held') return false;
  if (desired === 'granted') return state === 'invited' ? !situation.invited : state !== 'active';
  if (state === 'revoked-partial') return capabilities.closeAccount;
  return state !== undefined && state !== 'revoked';
}

/** The plan for one trainer. Places with nothing to do are in a `keep`. */
export function planTrainer(situation: Situation, facts: Facts): Change[] {
  const places = placesOf(situation);
  const keep = (kept: readonly string[], why: string): Change[] => planKept(situation, kept, why);
  if (!facts.connected) return keep(places, 'OpenTrain is disconnected: everybody keeps what they have');
  const by = (value: Desired['value'] | undefined): string[] =>
    places.filter((place) => situation.desired.get(place)?.value === value);
  return [
    ...keep(by('managed'), 'a MANAGED_ADAPTER link: OpenTrain looks after this itself'),
    ...keep(by('grace'), 'the link was removed just now: held until the grace ends'),
    ...keep(by('held'), 'a reconnect left the link behind: held until it is linked again or removed'),
    ...planGranted(situation, facts, by('granted')),
    ...planLost(situation, facts, by(undefined)),
  ];
}

/** Nothing is done to these places; where an interrupted removal took one, the record follows. */
function planKept(situation: Situation, places: readonly string[], why: string): Change[] {
  const { trainerId, account, interrupted } = situation;
  const isTaken = (place: string): boolean =>
    interrupted &&
    account !== undefined &&
    rowOf(situation, place)?.state === 'active' &&
    (account === null || account.closed === true || !account.places.includes(place));
  const [taken, kept] = [places.filter(isTaken), places.filter((place) => !isTaken(place))];
  const common = { trainerId, account: null, closeAccount: false, why: 'a removal that was interrupted took it' };
  return [
    ...(taken.length > 0 ? [{ action: 'remove' as const, places: taken, ...common }] : []),
    ...(kept.length > 0 ? [{ action: 'keep' as const, trainerId, places: kept, why }] : []),
  ];
}

const UNDER_CONTRACT = 'under an active contract of a linked job';
const NOT_UNDER_CONTRACT = 'no active contract of a linked job gives this any more';

function planGranted(situation: Situation, facts: Facts, granted: readonly string[]): Change[] {
  const { account, trainerId, workEmail, refusedEmail } = situation;
  const notActive = granted.filter((place) => rowOf(situation, place)?.state !== 'active');
  const keep: Change = { action: 'keep', trainerId, places: granted, why: UNDER_CONTRACT };
  if (granted.length === 0) return [];
  if (notActive.length > 0 && !workEmail) {
    return refusedEmail
      ? [
          block(
            situation,
            notActive,
            'not-a-work-email',
            `OpenTrain sent ${refusedEmail}; ask OpenTrain's support why.`,
          ),
        ]
      : [block(situation, notActive, 'no-work-email', facts.emailRemedy)];
  }
  if (account === undefined) return [keep];
  if (account === null) return planNobody(situation, facts, granted);
  if (account.privileged) {
    return notActive.length > 0 ? [block(situation, notActive, 'privileged-account', PRIVILEGED_REMEDY)] : [keep];
  }
  if (account.toolUserId !== situation.toolUserId) return planUnproved(situation, facts, account, granted);
  return planAccount(situation, facts, account, granted);
}

const PRIVILEGED_REMEDY =
  'This account administers the tool, so the plugin never changes it. Take its rights away in the tool, then retry.';

function planNobody(situation: Situation, { capabilities }: Facts, granted: readonly string[]): Change[] {
  const waiting = (place: string): boolean => {
    const row = rowOf(situation, place);
    if (row?.state === 'invited') return situation.invited;
    return row?.state === 'blocked' && row.reason === 'account-exists' && !capabilities.restore;
  };
  const { trainerId } = situation;
  const invite = granted.filter((place) => !waiting(place));
  const keep = granted.filter(waiting);
  return [
    ...(invite.length > 0 ? [{ action: 'invite' as const, trainerId, places: invite, why: UNDER_CONTRACT }] : []),
    ...(keep.length > 0 ? [{ action: 'keep' as const, trainerId, places: keep, why: 'waiting for the trainer' }] : []),
  ];
}

/** Accepting the invitation makes the account theirs, where the tool can end all older keys to it. */
function planUnproved(situation: Situation, facts: Facts, account: ToolAccount, granted: readonly string[]): Change[] {
  const { capabilities, remedies } = facts;
  const { trainerId } = situation;
  if (!capabilities.endKeys || !capabilities.setPassword) {
    const ways = remedies.endKeys ?? remedies.setPassword ?? NO_WAY;
    return [block(situation, granted, 'account-not-ours', `${ways} ${CONFIRM_REMEDY} ${trainerId}`)];
  }
  if (isShut(account, granted) && !capabilities.restore) {
    return [block(situation, granted, 'needs-database-role', remedies.restore ?? NO_WAY)];
  }
  const waiting = (place: string): boolean => situation.invited && rowOf(situation, place)?.state === 'invited';
  const invite = granted.filter((place) => !waiting(place));
  const keep = granted.filter(waiting);
  const why = `${UNDER_CONTRACT}, has to prove that the account is theirs`;
  return [
    ...(invite.length > 0 ? [{ action: 'invite' as const, trainerId, places: invite, why }] : []),
    ...(keep.length > 0 ? [{ action: 'keep' as const, trainerId, places: keep, why: 'waiting for the trainer' }] : []),
  ];
}

const CONFIRM_REMEDY =
  'Or, if the account was there before the plugin’s first start and is this trainer’s: opentrain-plugin confirm-account';

/** The account was closed, or is a member of nothing in a tool that has one membership. */
export function isShut(account: ToolAccount, places: readonly string[]): boolean {
  return account.closed === true || places.some((place) => place === WHOLE_TOOL && !account.places.includes(place));
}

function planAccount(situation: Situation, facts: Facts, account: ToolAccount, granted: readonly string[]): Change[] {
  const { capabilities, remedies } = facts;
  const { trainerId } = situation;
  const member = (place: string): boolean => account.places.includes(place);
  const isActive = (place: string): boolean => rowOf(situation, place)?.state === 'active';
  const closed = isShut(account, granted);
  const change = granted.filter((place) => closed || !member(place) || !isActive(place));
  const keep = granted.filter((place) => !change.includes(place));
  const kept: Change[] = keep.length > 0 ? [{ action: 'keep', trainerId, places: keep, why: UNDER_CONTRACT }] : [];
  if (change.length === 0) return kept;
  if (closed && !capabilities.restore) {
    return [block(situation, change, 'needs-database-role', remedies.restore ?? NO_WAY), ...kept];
  }
  const choosePassword = account.hasPassword === false;
  if (choosePassword && !capabilities.setPassword) {
    return [block(situation, change, 'no-password', remedies.setPassword ?? NO_WAY), ...kept];
  }
  const common = { trainerId, account, choosePassword };
  if (closed) return [{ ...common, action: 'restore', places: change, why: `${UNDER_CONTRACT}, was removed before` }];
  const adopt = change.filter(member);
  const grant = change.filter((place) => !member(place));
  return [
    ...(adopt.length > 0
      ? [{ ...common, action: 'adopt' as const, places: adopt, why: `${UNDER_CONTRACT}, a member already` }]
      : []),
    ...(grant.length > 0 ? [{ ...common, action: 'grant' as const, places: grant, why: UNDER_CONTRACT }] : []),
    ...kept,
  ];
}

const NO_WAY = 'The tool offers no way: make this trainer an account by hand, with the same Work Email.';

/** A block that says what the record says already is no change. */
function block(situation: Situation, places: readonly string[], reason: BlockReason, remedy: string): Change {
  const { trainerId } = situation;
  const same = places.every((place) => {
    const row = rowOf(situation, place);
    return row?.state === 'blocked' && row.reason === reason && row.remedy === remedy;
  });
  return same
    ? { action: 'keep', trainerId, places, why: `blocked: ${reason}` }
    : { action: 'block', trainerId, places, reason, remedy, why: reason };
}

function planLost(situation: Situation, facts: Facts, lost: readonly string[]): Change[] {
  const { trainerId, account } = situation;
  const common = { trainerId, why: NOT_UNDER_CONTRACT };
  const isLeftOver = isOpenInNothing(situation, lost);
  const byAction = Map.groupBy(lost, (place) => lostAction(situation, facts, place, isLeftOver));
  const of = (action: LostAction): readonly string[] => byAction.get(action) ?? [];
  const changes: Change[] = [];
  for (const action of ['cancel-invitation', 'unblock', 'keep'] as const) {
    if (of(action).length > 0) changes.push({ ...common, action, places: of(action) });
  }
  if (of('block').length > 0) changes.push(block(situation, of('block'), 'privileged-account', PRIVILEGED_REMEDY));
  const places = of('remove');
  if (places.length > 0) {
    const closeAccount = !somethingStays(situation, places);
    changes.push({ ...common, action: 'remove', places, account: account ?? null, closeAccount });
  }
  return changes;
}

type LostAction = 'cancel-invitation' | 'unblock' | 'keep' | 'block' | 'remove';

/** As when an acceptance made the account and was cut off before it put it into anything: one could still sign in. */
function isOpenInNothing(situation: Situation, lost: readonly string[]): boolean {
  const { account } = situation;
  if (!account || account.privileged || account.closed === true) return false;
  return account.places.length === 0 && !somethingStays(situation, lost);
}

function lostAction(situation: Situation, { capabilities }: Facts, place: string, isLeftOver: boolean): LostAction {
  const row = rowOf(situation, place);
  const { account } = situation;
  if (row === undefined) return 'keep';
  if (row.state === 'blocked' && !row.owned) return 'unblock';
  if (account === undefined) return 'keep';
  const joined = account !== null && !account.privileged && account.places.includes(place);
  if (row.state === 'revoked') return situation.interrupted && (isLeftOver || joined) ? 'remove' : 'keep';
  if (row.state === 'invited') return joined || isLeftOver ? 'remove' : 'cancel-invitation';
  if (account?.privileged) return 'block';
  if (row.state === 'revoked-partial') return capabilities.closeAccount ? 'remove' : 'keep';
  return 'remove';
}

/** Whether the account must stay open: another place should stay, or is somebody else's doing. */
function somethingStays({ desired, rows, account }: Situation, removed: readonly string[]): boolean {
  const held = [...desired].some(([place, { value }]) => {
    const state = rows.find((row) => row.place === place)?.state;
    return value !== 'grace' || state === 'active' || state === 'invited';
  });
  return held || (account?.places ?? []).some((place) => !removed.includes(place));
}
