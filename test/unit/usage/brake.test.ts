import { expect } from 'chai';
import fc from 'fast-check';
import { brakeSince, heldLoss } from '../../../plugin/usage/brake.ts';
import type { DayChange } from '../../../plugin/usage/differences.ts';

const day = '2031-05-01';
const totals = (labels: number, seconds: number) => ({ labels, seconds, tasks: labels });
const change = (before: [number, number] | null, now: [number, number]): DayChange => ({
  contractId: 'c',
  trainerId: 't',
  day,
  before: before && totals(...before),
  now: totals(...now),
  uncertain: false,
});
const recent = (labels: number, seconds: number) => [{ day, totals: totals(labels, seconds) }];

describe('the brake on losses', () => {
  for (const { what, changes, accepted, held } of [
    { what: 'nothing taken away', changes: [change([5, 50], [9, 90])], accepted: recent(5, 50), held: false },
    { what: 'a first report', changes: [change(null, [0, 0])], accepted: [], held: false },
    { what: '20 labels of 20', changes: [change([20, 100], [0, 0])], accepted: recent(20, 100), held: false },
    { what: '21 labels of 21', changes: [change([21, 100], [0, 0])], accepted: recent(21, 100), held: true },
    { what: '21 labels of 210', changes: [change([21, 100], [0, 0])], accepted: recent(210, 1000), held: false },
    { what: '22 labels of 210', changes: [change([22, 100], [0, 0])], accepted: recent(210, 1000), held: true },
    { what: 'an hour', changes: [change([1, 3600], [1, 0])], accepted: recent(1, 3600), held: false },
    { what: 'more than an hour', changes: [change([1, 3601], [1, 0])], accepted: recent(1, 3601), held: true },
    {
      what: 'a loss that is many small ones',
      changes: Array.from({ length: 30 }, () => change([10, 60], [0, 0])),
      accepted: recent(300, 1800),
      held: true,
    },
  ]) {
    it(`${held ? 'holds' : 'lets through'} ${what}`, () => {
      expect(heldLoss(changes, accepted) !== null).to.equal(held);
    });
  }

  it('never holds what takes nothing away, and always an emptied contract of more than 20 labels', () => {
    const day = fc.tuple(fc.nat(500), fc.nat(80_000));
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 40 }), (days) => {
        const accepted = days.flatMap(([labels, seconds]) => recent(labels, seconds));
        const grown = days.map(([labels, seconds]) => change([labels, seconds], [labels + 1, seconds]));
        expect(heldLoss(grown, accepted)).to.equal(null);
        const emptied = days.map(([labels, seconds]) => change([labels, seconds], [0, 0]));
        const labels = days.reduce((sum, [count]) => sum + count, 0);
        if (labels > 20) expect(heldLoss(emptied, accepted)?.labels).to.equal(labels);
      }),
    );
  });

  it('looks back 30 days, today included', () => {
    expect(brakeSince('2031-05-30')).to.equal('2031-05-01');
  });
});
