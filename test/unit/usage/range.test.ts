import { expect } from 'chai';
import type { Facts } from '../../../plugin/usage/attribution.ts';
import { awaitsFinalCount, rangeOf } from '../../../plugin/usage/range.ts';
import { contractRow, linkRow } from '../../support/usage-rows.ts';

const start = (day: string) => ({ start_date: day });
const ended = { status: 'ended' as const, ended_seen_at: 1 };

const facts: Facts = {
  contracts: [
    contractRow('a', 'A', start('2031-05-01')),
    contractRow('b', 'B', start('2031-04-01')),
    contractRow('c', 'C', start('2031-03-01')),
    contractRow('d', 'A', start('2031-02-01')),
    contractRow('waiting', 'D', { ...ended, ...start('2031-01-01') }),
    contractRow('final', 'E', { ...ended, ...start('2030-01-01'), final_submitted_at: 1 }),
    contractRow('refused', 'F', { ...ended, ...start('2029-01-01'), usage_problem: 'no' }),
  ],
  contractTrainers: [
    ['a', 'ada'],
    ['a', 'eve'],
    ['b', 'ada'],
    ['b', 'joe'],
    ['c', 'ada'],
    ['d', 'bob'],
    ['waiting', 'wim'],
    ['final', 'fay'],
    ['refused', 'rex'],
  ].map(([contract_id = '', trainer_id = '']) => ({ contract_id, trainer_id })),
  trainers: [],
  links: [
    linkRow('l1', 'P', 'A'),
    linkRow('l2', 'P', 'B'),
    linkRow('l3', 'Q', 'C'),
    linkRow('l4', 'R', 'D'),
    linkRow('l5', 'S', null),
  ],
  timezone: 'UTC',
  today: '2031-06-01',
};

function range(options: Parameters<typeof rangeOf>[1]) {
  const { contracts, projectIds, from } = rangeOf(facts, options);
  return { contracts: contracts.map(({ contract, since }) => [contract.id, since]), projectIds, from };
}

describe('The range of a sync', () => {
  it('is everything when nothing is asked for', () => {
    expect(range({})).to.deep.equal({
      contracts: facts.contracts.map(({ id }) => [id, null]),
      projectIds: ['P', 'Q', 'R'],
      from: '2029-01-01',
    });
  });

  it('is the contracts asked for, and those of the same trainers that share a project with them', () => {
    expect(range({ contractIds: ['a'] })).to.deep.equal({
      contracts: [
        ['a', null],
        ['b', null],
      ],
      projectIds: ['P'],
      from: '2031-04-01',
    });
    expect(range({ contractIds: ['c'], since: '2031-05-20' })).to.deep.equal({
      contracts: [['c', '2031-05-20']],
      projectIds: ['Q'],
      from: '2031-05-20',
    });
  });

  it('is the active contracts when only a first day is asked for', () => {
    expect(range({ since: '2031-05-20' })).to.deep.equal({
      contracts: [
        ['a', '2031-05-20'],
        ['b', '2031-05-20'],
        ['c', '2031-05-20'],
        ['d', '2031-05-20'],
      ],
      projectIds: ['P', 'Q'],
      from: '2031-05-20',
    });
  });

  it('starts no earlier than 2000, and no later than today', () => {
    const of = (start_date: string | null) =>
      rangeOf({ ...facts, contracts: [contractRow('a', 'A', { start_date })] }, {}).from;
    expect(of('1999-12-31')).to.equal('2000-01-01');
    expect(of('2000-01-02')).to.equal('2000-01-02');
    expect(of('2031-07-01')).to.equal('2031-06-01');
  });

  it('cannot be of a contract that is not known', () => {
    expect(() => range({ contractIds: ['nobody'] })).to.throw('There is no contract nobody here.');
  });

  it('waits for the final count of a contract that has ended, until that is in', () => {
    expect(facts.contracts.filter(awaitsFinalCount).map(({ id }) => id)).to.deep.equal(['waiting', 'refused']);
  });
});
