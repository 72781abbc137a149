import { expect } from 'chai';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { addDays, dayOf, dayOfDate, offsetPeriods, startOfDay, todayInUtc } from '../../../plugin/usage/days.ts';

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

  it('of OpenTrain are days in UTC', () => {
    expect(todayInUtc(new Date('2031-05-20T23:59:59.999Z'))).to.equal('2031-05-20');
    expect(todayInUtc(new Date('2031-05-21T00:00:00Z'))).to.equal('2031-05-21');
  });

  const dates: [zone: string, date: string | null, day: string | null][] = [
    ['America/Los_Angeles', '2031-05-20T02:00:00.000Z', '2031-05-19'],
    ['America/Los_Angeles', '2031-05-20T06:59:59.999Z', '2031-05-19'],
    ['America/Los_Angeles', '2031-05-20T07:00:00.000Z', '2031-05-20'],
    ['America/Los_Angeles', '2031-01-20T07:59:59.999Z', '2031-01-19'],
    ['America/Los_Angeles', '2031-01-20T08:00:00.000Z', '2031-01-20'],
    ['Asia/Tokyo', '2031-05-20T20:00:00.000Z', '2031-05-21'],
    ['Asia/Tokyo', '2031-05-20T14:59:59.999Z', '2031-05-20'],
    ['Asia/Tokyo', '2031-05-20T15:00:00.000Z', '2031-05-21'],
    ['UTC', '2031-05-20T23:59:59.999Z', '2031-05-20'],
    ['UTC', '2031-05-21T00:00:00.000Z', '2031-05-21'],
    ['Europe/Berlin', '2031-05-20T23:30:00+02:00', '2031-05-20'],
    ['UTC', '2031-05-20T23:30:00-02:00', '2031-05-21'],
    ['UTC', '2031-05-20T23:30:00', '2031-05-20'],
    ['America/Los_Angeles', '2031-05-20', '2031-05-20'],
    ['Asia/Tokyo', '2031-05-20', '2031-05-20'],
    ['UTC', null, null],
    ['UTC', 'soon', null],
    ['UTC', '2031-05-20 at noon', null],
    ['UTC', '2031-02-29T10:00:00Z', null],
    ['UTC', '2031-02-29', null],
  ];
  for (const [zone, date, day] of dates) {
    it(`of the date ${date} are ${day} in ${zone}`, () => expect(dayOfDate(date, zone)).to.equal(day));
  }

  it('of an instant are those of its calendar, and of a bare day the day itself, in every zone', () => {
    const zone = fc.constantFrom('UTC', 'Asia/Tokyo', 'America/Los_Angeles', 'Australia/Lord_Howe', 'Pacific/Apia');
    const instant = fc.date({ min: new Date('2009-06-01'), max: new Date('2033-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(zone, instant, (timezone, at) => {
        const day = dayOfDate(at.toISOString(), timezone);
        expect(day).to.equal(new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(at));
        expect(dayOfDate(day, timezone)).to.equal(day);
      }),
    );
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
