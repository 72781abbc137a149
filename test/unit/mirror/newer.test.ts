import { expect } from 'chai';
import { type ContractStatus, isLaterEvent, judge, type KnownState } from '../../../plugin/mirror/newer.ts';

const ids: [a: string, b: string, later: boolean][] = [
  ['10', '9', true],
  ['9', '10', false],
  ['9', '9', false],
  ['evt_b', 'evt_a', true],
  ['evt_a', 'evt_a', false],
  ['evt_10', '9', true],
  ['10', '9a', false],
  ['9a', '10', true],
];

/** What is known since 100 s, told by event 5, or by a read. */
const AT = 100_000;
const byEvent = (status: ContractStatus): KnownState => ({ status, eventId: '5', stateAt: AT, readAt: null });
const byRead = (status: ContractStatus): KnownState => ({ status, eventId: null, stateAt: AT, readAt: AT });
/** A read told it first; then event 5 told something. */
const bySince = (status: ContractStatus): KnownState => ({ status, eventId: '5', stateAt: AT, readAt: AT - 50_000 });
/** Event 5 told it; a later read of the same noted its time only. */
const noted = (status: ContractStatus): KnownState => ({
  status,
  eventId: '5',
  stateAt: AT - 50_000,
  readAt: AT,
});

type Result = 'stays' | 'replaces' | 'stays, read again' | 'replaces, read again';
const cases: [known: KnownState, status: ContractStatus, at: number, eventId: string | null, result: Result][] = [
  // An event whose id is not later.
  [byEvent('active'), 'ended', AT + 1, '5', 'stays'],
  [byEvent('active'), 'ended', AT + 1, '4', 'stays'],
  [byEvent('ended'), 'active', AT + 1, '4', 'stays'],
  [noted('active'), 'ended', AT + 1, '4', 'stays'],
  // An end, known as active.
  [byEvent('active'), 'ended', AT - 1, '6', 'replaces'],
  [byEvent('active'), 'ended', AT + 1, '6', 'replaces'],
  [bySince('active'), 'ended', AT - 60_000, '6', 'replaces'],
  [byRead('active'), 'ended', AT - 1, '6', 'stays, read again'],
  [noted('active'), 'ended', AT - 1, '6', 'stays, read again'],
  [noted('active'), 'ended', AT - 60_000, '6', 'stays, read again'],
  [byRead('active'), 'ended', AT, '6', 'replaces, read again'],
  [byRead('active'), 'ended', AT + 2_999, '6', 'replaces, read again'],
  [byRead('active'), 'ended', AT + 3_000, '6', 'replaces'],
  // A start, known as active.
  [byEvent('active'), 'active', AT - 1, '6', 'stays'],
  [byEvent('active'), 'active', AT, '6', 'replaces'],
  [byRead('active'), 'active', AT - 1, '6', 'stays'],
  [byRead('active'), 'active', AT, '6', 'replaces'],
  // An end, known as ended.
  [byEvent('ended'), 'ended', AT - 1, '6', 'replaces'],
  [byRead('ended'), 'ended', AT - 1, '6', 'stays'],
  [byRead('ended'), 'ended', AT, '6', 'replaces'],
  // A start, known as ended.
  [byEvent('ended'), 'active', AT + 1, '6', 'stays, read again'],
  [byEvent('ended'), 'active', AT - 60_000, '6', 'stays, read again'],
  [bySince('ended'), 'active', AT - 60_000, '6', 'stays, read again'],
  [byRead('ended'), 'active', AT - 3_001, '6', 'stays'],
  [byRead('ended'), 'active', AT - 3_000, '6', 'stays, read again'],
  [byRead('ended'), 'active', AT + 1, '6', 'stays, read again'],
  // A read.
  [byEvent('active'), 'ended', AT + 1, null, 'replaces'],
  [byEvent('active'), 'ended', AT, null, 'stays, read again'],
  [byEvent('ended'), 'active', AT + 1, null, 'replaces'],
  [byEvent('ended'), 'active', AT, null, 'stays, read again'],
  [byRead('active'), 'active', AT, null, 'stays'],
  [byRead('ended'), 'ended', AT - 1, null, 'stays'],
];

describe('Which evidence about a contract is newer', () => {
  for (const [a, b, later] of ids) {
    it(`event ${a} is ${later ? '' : 'not '}later than ${b}`, () => expect(isLaterEvent(a, b)).to.equal(later));
  }

  for (const [known, status, at, eventId, result] of cases) {
    const evidence = `${eventId === null ? 'a read' : `event ${eventId}`} at ${at} "${status}"`;
    const what = `"${known.status}" of event ${known.eventId} at ${known.stateAt}, read at ${known.readAt}`;
    it(`${evidence} ${result === 'stays' ? 'leaves' : result} against ${what}`, () => {
      const { replaces, readAgain } = judge(known, status, { at: new Date(at), eventId });
      expect(`${replaces ? 'replaces' : 'stays'}${readAgain ? ', read again' : ''}`).to.equal(result);
    });
  }
});
