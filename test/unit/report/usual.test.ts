import { expect } from 'chai';
import { labelsAnHour, lastsUntil } from '../../../plugin/report/report-usual.ts';

describe('what is usual', () => {
  const budget = { paymentType: 'PAY_PER_LABEL', fundedVolume: 100, consumedVolume: 80 };
  const pace = { labels: 70, seconds: 14 * 3_600 };

  it('tells until when a budget lasts at the pace of 14 days, in the unit of its payment', () => {
    expect(lastsUntil(budget, pace, '2031-05-19')).to.equal('2031-05-23');
    expect(lastsUntil({ ...budget, paymentType: 'PAY_PER_HOUR' }, pace, '2031-05-19')).to.equal('2031-06-08');
    expect(lastsUntil({ ...budget, consumedVolume: 120 }, pace, '2031-05-19')).to.equal('2031-05-19');
  });

  it('tells nothing without work, without a budget, or beyond a year', () => {
    expect(lastsUntil(budget, undefined, '2031-05-19')).to.equal(null);
    expect(lastsUntil(budget, { labels: 0, seconds: 0 }, '2031-05-19')).to.equal(null);
    expect(lastsUntil({ ...budget, fundedVolume: null }, pace, '2031-05-19')).to.equal(null);
    expect(lastsUntil({ ...budget, fundedVolume: 1e6 }, pace, '2031-05-19')).to.equal(null);
  });

  it('is labels an hour, and nothing where time is not known', () => {
    expect(labelsAnHour(30, 1_800)).to.equal(60);
    expect(labelsAnHour(30, 0)).to.equal(null);
    expect(labelsAnHour(30, null)).to.equal(null);
  });
});
