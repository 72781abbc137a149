import { expect } from 'chai';
import type { Assignment } from '../../../plugin/usage/attribution.ts';
import { dayTotals } from '../../../plugin/usage/day-totals.ts';
import { keyOf, type Totals } from '../../../plugin/usage/totals.ts';

const day = '2031-05-01';

function work(seconds: number | null, change: Partial<Assignment> = {}, projectId = 'P'): Assignment {
  const counts = { tasks: 2, annotations: 3, regions: 9, cappedAnnotations: 0, cappedSeconds: 0 };
  return {
    row: { projectId, toolUserId: '7', email: null, day, seconds, ...counts },
    trainerId: 'ada',
    contractId: 'c1',
    otherContractIds: [],
    totals: { seconds, tasks: 2, labels: 3 },
    ...change,
  };
}

const secondsOf = (...assignments: Assignment[]) => {
  const { days, cuts } = dayTotals(assignments, new Map());
  return [
    [...days.values()].map(({ totals }) => totals.seconds),
    cuts.map((cut) => [cut.projectId, cut.clampedSeconds]),
  ];
};

describe('The totals of a day', () => {
  it('have at most 86,400 seconds, and name what is above at the project with the most time', () => {
    expect(secondsOf(work(86_399))).to.deep.equal([[86_399], []]);
    expect(secondsOf(work(86_400))).to.deep.equal([[86_400], []]);
    expect(secondsOf(work(86_401))).to.deep.equal([[86_400], [['P', 1]]]);
    expect(secondsOf(work(50_000), work(40_000, {}, 'Q'))).to.deep.equal([[86_400], [['P', 3_600]]]);
    expect(secondsOf(work(40_000), work(50_000, {}, 'Q'))).to.deep.equal([[86_400], [['Q', 3_600]]]);
    expect(secondsOf(work(50_000), work(50_000, {}, 'Q'))).to.deep.equal([[86_400], [['Q', 13_600]]]);
  });

  it('leave out work without a trainer or without a contract', () => {
    expect(secondsOf(work(60, { trainerId: null }), work(60, { contractId: null }))).to.deep.equal([[], []]);
  });

  it('are less by what OpenTrain accepted for another contract beyond that one’s own work, once', () => {
    const accepted: Totals = { seconds: 100, tasks: 3, labels: null };
    const frozen = new Map([[keyOf({ contractId: 'c0', trainerId: 'ada', day }), accepted]]);
    const own = work(30, { contractId: 'c0', totals: { seconds: 30, tasks: 1, labels: 1 } });
    const shared = { otherContractIds: ['c0'] };
    const { days } = dayTotals([own, work(60, shared), work(60, shared, 'Q')], frozen);
    expect(days.get(keyOf({ contractId: 'c1', trainerId: 'ada', day }))?.totals).to.deep.equal({
      seconds: 50,
      tasks: 2,
      labels: 6,
    });
  });
});
