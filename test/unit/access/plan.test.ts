/** Rows of the table above `planTrainer`, in its order: who is granted, held or managed. */
import { blocked, desiredAs, lost, member, type Row, row, testRows, without } from '../../support/plan-situations.ts';

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
    when: 'the account is gone after a removal that was interrupted, and a managed link covers them now',
    given: { desired: desiredAs({ value: 'managed', until: null }), rows: [row()], account: null, interrupted: true },
    actions: ['remove *'],
  },
  {
    when: 'the account is closed after a removal that was interrupted, and a managed link covers them now',
    given: {
      desired: desiredAs({ value: 'managed', until: null }),
      rows: [row()],
      account: member({ closed: true }),
      interrupted: true,
    },
    actions: ['remove *'],
  },
  {
    when: 'a change was interrupted and the tool was not asked, and a managed link covers them now',
    given: { desired: desiredAs({ value: 'managed', until: null }), rows: [row()], interrupted: true },
    actions: ['keep *'],
  },
  {
    when: 'OpenTrain no longer tells the Work Email of somebody who has what is granted',
    given: { workEmail: null, rows: [row()], account: member() },
    actions: ['keep *'],
  },
  {
    when: 'an open account under the Work Email is nobody’s, and closed ones cannot be opened',
    given: { toolUserId: null, account: member() },
    facts: { capabilities: without('restore') },
    actions: ['invite *'],
  },
];

describe('the plan for who is under contract', () => testRows(rows));
