import { expect } from 'chai';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { addDays, dayOf, dayOfDate, isDay, offsetPeriods, startOfDay } from '../../../plugin/usage/days.ts';

describe('Days of work', () => {
  it('fall where the calendar of the time zone puts them', () => {
    const lateInUtc = new Date('2031-05-20T22:30:00Z');
    expect(dayOf(lateInUtc, 'UTC')).to.equal('2031-05-20');
    expect(dayOf(lateInUtc, 'Asia/Tokyo')).to.equal('2031-05-21');
    expect(dayOf(lateInUtc, 'America/New_York')).to.equal('2031-05-20');
  });

  it('start when the clock of the time zone says so, even where midnight does not exist', () => {
    expect(startOfDay('2031-05-20', 'Europe/Berlin').toISOString()).to.equal('2031-05-19T22:00:00.000Z');
    expect(startOfDay('2018-11-04', 'America/Sao_Paulo').toISOString()).to.equal('2018-11-04T03:00:00.000Z');
  });

  it('are counted on over months, years and changes of the clock', () => {
    expect(addDays('2028-02-28', 1)).to.equal('2028-02-29');
    expect(addDays('2031-01-01', -1)).to.equal('2030-12-31');
  });

  it('are read from the first ten characters of a date or an ISO time', () => {
    expect(dayOfDate('2031-05-20')).to.equal('2031-05-20');
    expect(dayOfDate('2031-05-20T23:59:59.000Z')).to.equal('2031-05-20');
    expect(dayOfDate(null)).to.equal(null);
    expect(dayOfDate('soon')).to.equal(null);
    expect(isDay('2031-02-29')).to.equal(false);
  });

  it('come from offsets that agree with the time zone at every instant', () => {
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Apia'];
    const from = new Date('2009-06-01T00:00:00Z');
    const until = new Date('2033-01-01T00:00:00Z');
    for (const zone of zones) {
      const periods = offsetPeriods(zone, from, until);
      expect(periods[0]?.from).to.deep.equal(from);
      fc.assert(
        fc.property(fc.integer({ min: from.getTime(), max: until.getTime() - 1 }), (instant) => {
          const offset = periods.findLast((period) => period.from.getTime() <= instant)?.offsetSeconds;
          expect(offset).to.equal(DateTime.fromMillis(instant, { zone }).offset * 60);
        }),
      );
      for (const period of periods.slice(1)) {
        const before = DateTime.fromMillis(period.from.getTime() - 1, { zone }).offset * 60;
        expect(before, `${zone} before ${period.from.toISOString()}`).to.not.equal(period.offsetSeconds);
      }
    }
  });
});
