/** Rows of the table above `planTrainer`, in its order. */
import { expect } from 'chai';
import { type Capabilities, type ToolAccount, WHOLE_TOOL } from '../../../adapters/tool.ts';
import type { AccessRow } from '../../../plugin/access/access-rows.ts';
import type { Change } from '../../../plugin/access/changes.ts';
import type { Desired } from '../../../plugin/access/desired.ts';
import { differs, type Facts, planTrainer, type Situation } from '../../../plugin/access/plan.ts';

const everything: Capabilities = {
  accessLevel: 'tool',
  restore: true,
  closeAccount: true,
  setPassword: true,
  endKeys: true,
  tally: true,
  seconds: true,
  regions: true,
  notices: true,
};
const without = (...missing: (keyof Capabilities)[]): Capabilities => ({
  ...everything,
  ...Object.fromEntries(missing.map((name) => [name, false])),
});
const facts = (change: Partial<Facts> = {}): Facts => ({
  connected: true,
  capabilities: everything,
  remedies: { restore: 'give us the role' },
  emailRemedy: 'give consent',
  ...change,
});
const row = (change: Partial<AccessRow> = {}, place = WHOLE_TOOL): AccessRow => ({
  trainer_id: 'ann',
  place,
  state: 'active',
  reason: null,
  remedy: null,
  adopted: false,
  owned: change.state !== 'invited',
  since: 1,
  ...change,
});
const blocked = (reason: string, owned: boolean, remedy: string | null = null): AccessRow =>
  row({ state: 'blocked', reason, owned, remedy });
const member = (change: Partial<ToolAccount> = {}): ToolAccount => ({
  toolUserId: '7',
  email: 'ann@opentrain.work',
  places: [WHOLE_TOOL],
  closed: false,
  hasPassword: true,
  privileged: false,
  ...change,
});
const desiredAs = (desired: Desired | null): Map<string, Desired> => new Map(desired ? [[WHOLE_TOOL, desired]] : []);
const granted: Desired = { value: 'granted' };
const situation = (change: Partial<Situation>): Situation => ({
  trainerId: 'ann',
  workEmail: 'ann@opentrain.work',
  refusedEmail: null,
  toolUserId: '7',
  desired: desiredAs(granted),
  rows: [],
  invited: false,
  interrupted: false,
  account: undefined,
  ...change,
});

/** "invite *", "remove * and close": short, for reading in a table. */
function short(change: Change): string {
  const extra =
    (change.action === 'remove' && change.closeAccount && ' and close') ||
    ('choosePassword' in change && change.choosePassword && ' and choose a password') ||
    (change.action === 'block' && ` ${change.reason}`) ||
    '';
  return `${change.action} ${change.places.join('+')}${extra}`;
}
const plan = (change: Partial<Situation>, given: Partial<Facts> = {}): string[] =>
  planTrainer(situation(change), facts(given)).map(short);

interface Row {
  when: string;
  given: Partial<Situation>;
  facts?: Partial<Facts>;
  actions: string[];
}

const lost = desiredAs(null);
const rows: Row[] = [
  {
    when: 'OpenTrain is disconnected and a contract has ended',
    given: { desired: lost, rows: [row()], account: member() },
    facts: { connected: false },
    actions: ['keep *'],
  },
  {
    when: 'a managed link covers somebody who is ours',
    given: { desired: desiredAs({ value: 'managed', until: null }), rows: [row()], account: member() },
    actions: ['keep *'],
  },
  {
    when: 'a managed link covers somebody the tool does not know',
    given: { desired: desiredAs({ value: 'managed', until: null }), account: null },
    actions: ['keep *'],
  },
  {
    when: 'a managed link covers somebody whose removal was interrupted after it took effect',
    given: {
      desired: desiredAs({ value: 'managed', until: null }),
      rows: [row()],
      account: member({ places: [] }),
      interrupted: true,
    },
    actions: ['remove *'],
  },
  {
    when: 'a managed link covers somebody whose removal was interrupted before it took effect',
    given: {
      desired: desiredAs({ value: 'managed', until: null }),
      rows: [row()],
      account: member(),
      interrupted: true,
    },
    actions: ['keep *'],
  },
  {
    when: 'a managed link covers somebody who is no member, without anything of ours interrupted',
    given: { desired: desiredAs({ value: 'managed', until: null }), rows: [row()], account: member({ places: [] }) },
    actions: ['keep *'],
  },
  {
    when: 'a link was removed just now',
    given: { desired: desiredAs({ value: 'grace', until: 9 }), rows: [row()], account: member() },
    actions: ['keep *'],
  },
  {
    when: 'a link was removed just now and nobody had access yet',
    given: { desired: desiredAs({ value: 'grace', until: 9 }), account: null },
    actions: ['keep *'],
  },
  { when: 'access is as it should be', given: { rows: [row()] }, actions: ['keep *'] },
  {
    when: 'an invitation is on its way',
    given: { rows: [row({ state: 'invited' })], invited: true, account: null },
    actions: ['keep *'],
  },
  { when: 'no Work Email is known', given: { workEmail: null }, actions: ['block * no-work-email'] },
  {
    when: 'no Work Email is known, as the record says',
    given: { workEmail: null, rows: [blocked('no-work-email', false, 'give consent')] },
    actions: ['keep *'],
  },
  {
    when: 'no Work Email is known, for another reason than the record says',
    given: { workEmail: null, rows: [blocked('no-work-email', false, 'another remedy')] },
    actions: ['block * no-work-email'],
  },
  {
    when: 'OpenTrain sent an address elsewhere',
    given: { workEmail: null, refusedEmail: 'ann@example.com' },
    actions: ['block * not-a-work-email'],
  },
  { when: 'the tool knows nobody', given: { account: null }, actions: ['invite *'] },
  {
    when: 'the Work Email came after all',
    given: { rows: [blocked('no-work-email', false)], account: null },
    actions: ['invite *'],
  },
  {
    when: 'the invitation is gone',
    given: { rows: [row({ state: 'invited' })], account: null },
    actions: ['invite *'],
  },
  { when: 'the account was erased', given: { rows: [row()], account: null }, actions: ['invite *'] },
  {
    when: 'the tool hides the account that is in the way',
    given: { rows: [blocked('account-exists', false)], account: null },
    facts: { capabilities: without('restore') },
    actions: ['keep *'],
  },
  {
    when: 'the account that was in the way is gone',
    given: { rows: [blocked('account-exists', false)], account: null },
    actions: ['invite *'],
  },
  { when: 'somebody else made them a member', given: { account: member() }, actions: ['adopt *'] },
  {
    when: 'an account under the Work Email is nobody’s by our record',
    given: { toolUserId: null, account: member() },
    actions: ['invite *'],
  },
  {
    when: 'the account of our record is gone, and there is another under the Work Email',
    given: { toolUserId: '3', rows: [row()], account: member() },
    actions: ['invite *'],
  },
  {
    when: 'an account appeared under the Work Email while the invitation is open',
    given: { toolUserId: null, rows: [row({ state: 'invited' })], invited: true, account: member() },
    actions: ['keep *'],
  },
  {
    when: 'an account under the Work Email is nobody’s, and keys to it cannot be ended',
    given: { toolUserId: null, account: member() },
    facts: { capabilities: without('endKeys') },
    actions: ['block * account-not-ours'],
  },
  {
    when: 'an account under the Work Email is nobody’s, and no password can be set',
    given: { toolUserId: null, rows: [row({ state: 'invited' })], invited: true, account: member() },
    facts: { capabilities: without('setPassword') },
    actions: ['block * account-not-ours'],
  },
  {
    when: 'a closed account under the Work Email is nobody’s',
    given: { toolUserId: null, account: member({ closed: true, places: [] }) },
    actions: ['invite *'],
  },
  {
    when: 'a closed account under the Work Email is nobody’s, and cannot be opened',
    given: { toolUserId: null, account: member({ closed: true, places: [] }) },
    facts: { capabilities: without('restore') },
    actions: ['block * needs-database-role'],
  },
  {
    when: 'the contract ended while an account was nobody’s',
    given: { toolUserId: null, desired: lost, rows: [blocked('account-not-ours', false)], account: member() },
    actions: ['unblock *'],
  },
  {
    when: 'the tool does not tell of passwords',
    given: { account: member({ hasPassword: null }) },
    actions: ['adopt *'],
  },
  {
    when: 'they joined by another way while invited',
    given: { rows: [row({ state: 'invited' })], invited: true, account: member() },
    actions: ['adopt *'],
  },
  {
    when: 'a member has no password',
    given: { account: member({ hasPassword: false }) },
    actions: ['adopt * and choose a password'],
  },
  {
    when: 'a member has no password and none can be set',
    given: { account: member({ hasPassword: false }) },
    facts: { capabilities: without('setPassword') },
    actions: ['block * no-password'],
  },
  {
    when: 'they were removed before',
    given: { rows: [row({ state: 'revoked' })], account: member({ places: [], closed: true }) },
    actions: ['restore *'],
  },
  {
    when: 'they were removed before, without a password',
    given: { account: member({ places: [], hasPassword: false }) },
    actions: ['restore * and choose a password'],
  },
  {
    when: 'they were removed before and cannot be let in',
    given: { rows: [row({ state: 'revoked-partial' })], account: member({ places: [], closed: null }) },
    facts: { capabilities: without('restore') },
    actions: ['block * needs-database-role'],
  },
  {
    when: 'somebody closed the account meanwhile',
    given: { rows: [row()], account: member({ closed: true }) },
    actions: ['restore *'],
  },
  {
    when: 'the account administers the tool',
    given: { account: member({ privileged: true }) },
    actions: ['block * privileged-account'],
  },
  {
    when: 'our member was made an admin',
    given: { rows: [row()], account: member({ privileged: true }) },
    actions: ['keep *'],
  },
  {
    when: 'a stranger without a contract is known to OpenTrain',
    given: { desired: lost, account: member() },
    actions: [],
  },
  {
    when: 'somebody removed was let in again by others',
    given: { desired: lost, rows: [row({ state: 'revoked' })], account: member() },
    actions: ['keep *'],
  },
  {
    when: 'a removed trainer became a member by an acceptance that was interrupted',
    given: { desired: lost, rows: [row({ state: 'revoked' })], account: member(), interrupted: true },
    actions: ['remove * and close'],
  },
  {
    when: 'an acceptance that was interrupted left an account in nothing, after the invitation was cancelled',
    given: { desired: lost, rows: [row({ state: 'revoked' })], account: member({ places: [] }), interrupted: true },
    actions: ['remove * and close'],
  },
  {
    when: 'an acceptance that was interrupted left an account in nothing, and the contract ended',
    given: { desired: lost, rows: [row({ state: 'invited' })], account: member({ places: [] }), interrupted: true },
    actions: ['remove * and close'],
  },
  {
    when: 'somebody removed has an open account in nothing again, by others',
    given: { desired: lost, rows: [row({ state: 'revoked' })], account: member({ places: [] }) },
    actions: ['keep *'],
  },
  {
    when: 'an acceptance was interrupted before there was an account, and the contract ended',
    given: { desired: lost, rows: [row({ state: 'invited' })], account: null, interrupted: true },
    actions: ['cancel-invitation *'],
  },
  {
    when: 'a removal was partial and accounts can be closed now',
    given: { desired: lost, rows: [row({ state: 'revoked-partial' })], account: member({ places: [] }) },
    actions: ['remove * and close'],
  },
  {
    when: 'a removal was partial and still could be no better',
    given: { desired: lost, rows: [row({ state: 'revoked-partial' })], account: member({ places: [] }) },
    facts: { capabilities: without('closeAccount') },
    actions: ['keep *'],
  },
  {
    when: 'the contract ended before the invitation was accepted',
    given: { desired: lost, rows: [row({ state: 'invited' })], invited: true, account: null },
    actions: ['cancel-invitation *'],
  },
  {
    when: 'the contract ended and the invited trainer had joined by another way',
    given: { desired: lost, rows: [row({ state: 'invited' })], invited: true, account: member() },
    actions: ['remove * and close'],
  },
  {
    when: 'the contract ended',
    given: { desired: lost, rows: [row()], account: member() },
    actions: ['remove * and close'],
  },
  {
    when: 'the contract ended and the account was erased',
    given: { desired: lost, rows: [row()], account: null },
    actions: ['remove * and close'],
  },
  {
    when: 'the contract ended while one of ours was blocked',
    given: { desired: lost, rows: [blocked('needs-database-role', true)], account: member({ places: [] }) },
    actions: ['remove * and close'],
  },
  {
    when: 'the contract ended while a stranger was blocked',
    given: { desired: lost, rows: [blocked('privileged-account', false)], account: member({ privileged: true }) },
    actions: ['unblock *'],
  },
  {
    when: 'the contract ended of a member who was made an admin',
    given: { desired: lost, rows: [row()], account: member({ privileged: true }) },
    actions: ['block * privileged-account'],
  },
];

describe('the plan', () => {
  for (const { when, given, facts: about, actions } of rows) {
    it(`${when} → ${actions.join(', ') || 'nothing'}`, () => {
      expect(plan(given, about)).to.deep.equal(actions);
    });
  }
});

describe('the plan, project by project', () => {
  const capabilities = { ...everything, accessLevel: 'project' as const };
  const wants = (...places: string[]): Map<string, Desired> => new Map(places.map((place) => [place, granted]));

  it('adopts the memberships that are there and grants the others', () => {
    const account = member({ places: ['1', '9'] });
    expect(plan({ desired: wants('1', '2'), account }, { capabilities })).to.deep.equal(['adopt 1', 'grant 2']);
  });

  it('grants a second project to somebody who is active on the first', () => {
    const given = { desired: wants('1', '2'), rows: [row({}, '1')], account: member({ places: ['1'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['grant 2', 'keep 1']);
  });

  it('removes one project and leaves the account open for the other', () => {
    const given = { desired: wants('2'), rows: [row({}, '1'), row({}, '2')], account: member({ places: ['1', '2'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['keep 2', 'remove 1']);
  });

  it('leaves the account open for a project that somebody else gave', () => {
    const given = { desired: wants(), rows: [row({}, '1')], account: member({ places: ['1', '9'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['remove 1']);
  });

  it('closes the account with the last project', () => {
    const given = { desired: wants(), rows: [row({}, '1'), row({}, '2')], account: member({ places: ['1', '2'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['remove 1+2 and close']);
  });

  it('leaves the account open for a managed project', () => {
    const desired = new Map<string, Desired>([['2', { value: 'managed', until: null }]]);
    const given = { desired, rows: [row({}, '1')], account: member({ places: ['1'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['keep 2', 'remove 1']);
  });

  it('needs no capability to grant a project to an open account', () => {
    const account = member({ places: [] });
    const given = { capabilities: { ...without('restore', 'setPassword'), accessLevel: 'project' as const } };
    expect(plan({ desired: wants('1'), account }, given)).to.deep.equal(['grant 1']);
  });
});

describe('whether the tool is asked', () => {
  const asked = (change: Partial<Situation>, given: Partial<Facts> = {}) => differs(situation(change), facts(given));

  it('not when record and desire agree', () => {
    expect(asked({ rows: [row()] })).to.equal(false);
    expect(asked({ rows: [row({ state: 'invited' })], invited: true })).to.equal(false);
    expect(asked({ desired: lost, rows: [row({ state: 'revoked' })] })).to.equal(false);
    expect(asked({ desired: lost })).to.equal(false);
    expect(asked({ desired: desiredAs({ value: 'grace', until: 9 }), rows: [row()] })).to.equal(false);
  });

  it('when they do not, or a change was interrupted', () => {
    expect(asked({})).to.equal(true);
    expect(asked({ desired: lost, rows: [row()] })).to.equal(true);
    expect(asked({ rows: [row()], interrupted: true })).to.equal(true);
    expect(asked({ rows: [row({ state: 'invited' })] })).to.equal(true);
  });

  it('never while OpenTrain is disconnected', () => {
    expect(asked({ desired: lost, rows: [row()] }, { connected: false })).to.equal(false);
  });

  it('about a partial removal only once accounts can be closed', () => {
    const given = { desired: lost, rows: [row({ state: 'revoked-partial' })] };
    expect(asked(given, { capabilities: without('closeAccount') })).to.equal(false);
    expect(asked(given)).to.equal(true);
  });
});
