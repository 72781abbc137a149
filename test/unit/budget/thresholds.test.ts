import { expect } from 'chai';
import {
  budgetWarning,
  type Threshold,
  thresholdOf,
  thresholdText,
  widest,
} from '../../../plugin/budget/thresholds.ts';
import type { BudgetState } from '../../../plugin/platform/types.ts';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const none: Threshold = { usedPercent: null, daysLeft: null };

describe('a warning of a budget', () => {
  type Row = [
    what: string,
    state: BudgetState,
    used: number | null,
    days: number | null,
    own: Threshold,
    told: unknown,
  ];
  const rows: Row[] = [
    ['is none while all is well', 'OK', 0.5, 9, none, null],
    ['is OpenTrain’s LOW without a percentage', 'LOW', 0.85, null, none, { kind: 'low' }],
    ['is OpenTrain’s LOW beside days alone', 'LOW', 0.85, 9, { usedPercent: null, daysLeft: 3 }, { kind: 'low' }],
    ['is a percentage of one’s own in its place', 'LOW', 0.85, null, { usedPercent: 90, daysLeft: null }, null],
    ['is told at the percentage', 'OK', 0.7, null, { usedPercent: 70, daysLeft: null }, { kind: 'used', limit: 70 }],
    ['is not told below it', 'OK', 0.699, null, { usedPercent: 70, daysLeft: null }, null],
    ['is not told where nobody knows', 'OK', null, null, { usedPercent: 1, daysLeft: 365 }, null],
    ['is told within the days', 'OK', 0.1, 3, { usedPercent: null, daysLeft: 3 }, { kind: 'ends', limit: 3 }],
    ['is not told before them', 'OK', 0.1, 3.01, { usedPercent: null, daysLeft: 3 }, null],
    ['names the percentage first', 'OK', 0.9, 1, { usedPercent: 80, daysLeft: 3 }, { kind: 'used', limit: 80 }],
    ['is no warning once it is used up', 'DEPLETED', 1, 0, { usedPercent: 80, daysLeft: 3 }, null],
  ];
  for (const [what, state, consumedFraction, days, own, told] of rows) {
    it(what, () => {
      const fundedUntil = days === null ? null : NOW + days * DAY;
      expect(budgetWarning({ state, consumedFraction, fundedUntil }, own, NOW)).to.deep.equal(told);
    });
  }

  it('takes each part of a job’s own before that of all jobs', () => {
    const thresholds = {
      all: { usedPercent: 75, daysLeft: 5 },
      jobs: new Map([['job', { usedPercent: null, daysLeft: 9 }]]),
    };
    expect(thresholdOf(thresholds, 'job')).to.deep.equal({ usedPercent: 75, daysLeft: 9 });
    expect(thresholdOf(thresholds, 'another')).to.deep.equal({ usedPercent: 75, daysLeft: 5 });
    expect(thresholdOf(thresholds, null)).to.deep.equal({ usedPercent: 75, daysLeft: 5 });
    expect(widest(thresholds, NOW)).to.deep.equal({ used: 0.75, endsBefore: NOW + 9 * DAY });
    expect(widest({ all: none, jobs: new Map() }, NOW)).to.deep.equal({ used: null, endsBefore: null });
  });

  it('is written in a few words', () => {
    expect(thresholdText({ usedPercent: 80, daysLeft: 5 })).to.equal('80 % used, 5 days left');
    expect(thresholdText(none)).to.equal('none');
  });
});
