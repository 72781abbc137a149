import { expect } from 'chai';
import { burnDownChart } from '../../../plugin/web/console/burn-down-chart.ts';

const DAY = 86_400_000;
const days = [
  { at: 0, left: 100 },
  { at: 10 * DAY, left: 50 },
];
const none = { fundedUntil: null, warnAt: null };

describe('the burn-down of a budget', () => {
  it('needs two days', () => {
    expect(burnDownChart([], none)).to.equal(null);
    expect(burnDownChart(days.slice(0, 1), none)).to.equal(null);
  });

  it('goes from the highest at the top to what is left, over the whole width', () => {
    const chart = burnDownChart(days, none);
    expect(chart).to.include({ line: '0.00,0.00 100.00,20.00', forecast: null, threshold: null, highest: 100 });
    expect(chart?.area).to.equal('0.00,40 0.00,0.00 100.00,20.00 100.00,40');
  });

  it('continues as its forecast down to nothing', () => {
    const chart = burnDownChart(days, { fundedUntil: 20 * DAY, warnAt: null });
    expect(chart).to.include({ line: '0.00,0.00 50.00,20.00', forecast: '50.00,20.00 100.00,40.00', until: 20 * DAY });
  });

  it('cuts a forecast that is far away, on its way down', () => {
    const chart = burnDownChart(days, { fundedUntil: 38 * DAY, warnAt: null });
    expect(chart?.until).to.equal(24 * DAY);
    expect(chart?.forecast).to.equal('41.67,20.00 100.00,30.00');
  });

  it('has no forecast once nothing is left, and none into the past', () => {
    expect(
      burnDownChart(
        [
          { at: 0, left: 9 },
          { at: DAY, left: 0 },
        ],
        { fundedUntil: 2 * DAY, warnAt: null },
      )?.forecast,
    ).to.equal(null);
    expect(burnDownChart(days, { fundedUntil: 10 * DAY, warnAt: null })?.forecast).to.equal(null);
  });

  it('shows the threshold where it is within the chart', () => {
    expect(burnDownChart(days, { fundedUntil: null, warnAt: 25 })?.threshold).to.equal('30.00');
    expect(burnDownChart(days, { fundedUntil: null, warnAt: 101 })?.threshold).to.equal(null);
  });
});
