import { expect } from 'chai';
import { type ContractRow, type ContractStatus, isLaterEvent, overrides } from '../../../plugin/mirror/contracts.ts';

const stored = (status: ContractStatus, event_id: string | null): ContractRow => ({
  id: 'c',
  job_id: 'j',
  status,
  title: null,
  start_date: null,
  end_date: null,
  created_at: 0,
  event_id,
  state_at: 1_000,
  participants_read_at: null,
  ended_seen_at: null,
  final_submitted_at: null,
  usage_problem: null,
  usage_problem_at: null,
});

describe('Which evidence about a contract is newer', () => {
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
  for (const [a, b, later] of ids) {
    it(`event ${a} is ${later ? '' : 'not '}later than ${b}`, () => expect(isLaterEvent(a, b)).to.equal(later));
  }

  const cases: [row: ContractRow, status: ContractStatus, at: number, eventId: string | null, replaces: boolean][] = [
    [stored('active', '5'), 'ended', 999, '6', true],
    [stored('active', '5'), 'ended', 2_000, '5', false],
    [stored('active', '5'), 'ended', 2_000, '4', false],
    [stored('active', null), 'ended', 999, '1', true],
    [stored('ended', null), 'active', 2_000, '9', false],
    [stored('ended', null), 'ended', 999, '9', true],
    [stored('active', null), 'active', 999, '9', false],
    [stored('active', null), 'active', 1_000, '9', true],
    [stored('active', null), 'ended', 1_000, null, false],
    [stored('active', null), 'ended', 1_001, null, true],
    [stored('ended', '9'), 'active', 1_001, null, true],
    [stored('ended', '9'), 'active', 999, null, false],
  ];
  for (const [row, status, at, eventId, replaces] of cases) {
    const evidence = eventId === null ? `a read at ${at}` : `event ${eventId} at ${at}`;
    it(`${evidence} "${status}" ${replaces ? 'replaces' : 'leaves'} "${row.status}" of event ${row.event_id}`, () => {
      expect(overrides(row, status, { at: new Date(at), eventId })).to.equal(replaces);
    });
  }
});
