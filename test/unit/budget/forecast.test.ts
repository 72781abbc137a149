import { expect } from 'chai';
import { forecast } from '../../../plugin/budget/forecast.ts';

const DAY_MS = 86_400_000;
const now = { at: 100 * DAY_MS, volume: 800 };

describe('the forecast of a budget', () => {
  const rows: [
    what: string,
    funded: number | null,
    earlier: { at: number; volume: number } | null,
    days: number | null,
  ][] = [
    ['ends when what is left is used at the pace so far', 1_000, { at: 90 * DAY_MS, volume: 300 }, 104],
    ['is not known from less than a day', 1_000, { at: 99.5 * DAY_MS, volume: 300 }, null],
    ['is not known where nothing was told before', 1_000, null, null],
    ['is not known where nothing is consumed', 1_000, { at: 90 * DAY_MS, volume: 800 }, null],
    ['is not known where consumption was corrected down', 1_000, { at: 90 * DAY_MS, volume: 900 }, null],
    ['is not known without a funded volume', null, { at: 90 * DAY_MS, volume: 300 }, null],
    ['is over where all is used up', 800, null, 100],
  ];
  for (const [what, funded, earlier, days] of rows) {
    it(what, () => {
      expect(forecast(funded, now, earlier).fundedUntil).to.equal(days === null ? null : days * DAY_MS);
    });
  }
});
