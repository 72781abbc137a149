/** Rows of the table above `planTrainer`, in its order: whom nothing gives access any more. */
import { blocked, lost, member, type Row, row, testRows, without } from '../../support/plan-situations.ts';

const rows: Row[] = [
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
  {
    when: 'the contract ended and the tool was not asked',
    given: { desired: lost, rows: [row()] },
    actions: ['keep *'],
  },
  {
    when: 'an account in nothing, after an acceptance that was interrupted, administers the tool',
    given: {
      ...{ desired: lost, rows: [row({ state: 'revoked' })], interrupted: true },
      account: member({ places: [], privileged: true }),
    },
    actions: ['keep *'],
  },
  {
    when: 'an account in nothing, after an acceptance that was interrupted, is closed',
    given: {
      ...{ desired: lost, rows: [row({ state: 'revoked' })], interrupted: true },
      account: member({ places: [], closed: true }),
    },
    actions: ['keep *'],
  },
];

describe('the plan for whom nothing gives access any more', () => testRows(rows));
