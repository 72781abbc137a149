import { expect } from 'chai';
import { daySpans, startOfDay } from '../../../adapters/sql/day-spans.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';

const utc = [{ from: new Date('2000-01-01T00:00:00Z'), offsetSeconds: 0 }];
const amsterdam = [
  { from: new Date('2025-10-26T01:00:00Z'), offsetSeconds: 3600 },
  { from: new Date('2026-03-29T01:00:00Z'), offsetSeconds: 7200 },
];

/** The clock changes at the midnight with which 2 May begins. */
const atMidnight = [
  { from: new Date('2000-01-01T00:00:00Z'), offsetSeconds: 0 },
  { from: new Date('2026-05-01T23:00:00Z'), offsetSeconds: 3600 },
];

describe('spans of days', () => {
  it('start a day where the offset of that day says', () => {
    for (const [instant, offsets, start] of [
      ['2026-05-02T00:00:00Z', utc, '2026-05-02T00:00:00Z'],
      ['2026-05-02T23:59:59Z', utc, '2026-05-02T00:00:00Z'],
      ['2026-05-02T21:59:59Z', amsterdam, '2026-05-01T22:00:00Z'],
      ['2026-02-02T22:59:59Z', amsterdam, '2026-02-01T23:00:00Z'],
      // The day of the change is passed over: any day before it will do.
      ['2026-03-29T12:00:00Z', amsterdam, '2026-03-27T23:00:00Z'],
      ['2026-05-02T12:00:00Z', atMidnight, '2026-05-01T00:00:00Z'],
      ['2026-05-01T23:00:00Z', atMidnight, '2026-04-30T00:00:00Z'],
    ] as const) {
      expect(startOfDay(new Date(instant), offsets).toISOString(), instant).to.equal(new Date(start).toISOString());
    }
  });

  it('cover the range without a gap, end with a day, and hold a heavy day whole', async () => {
    // The row after a whole span lies on the third day, then within the first day again and again, then nowhere.
    const boundaries = ['2026-05-03 12:00:00', '2026-05-03 13:00:00', undefined];
    const database: Pick<ToolDatabase, 'dialect' | 'query'> = {
      dialect: 'sqlite',
      query: async () => {
        const created_at = boundaries.shift();
        return created_at === undefined ? [] : [{ created_at }];
      },
    };
    const range = { from: new Date('2026-05-01T00:00:00Z'), until: new Date('2026-06-01T00:00:00Z'), offsets: utc };
    const spans = [];
    for await (const { from, until } of daySpans(database, 'task_completion', range)) {
      spans.push(`${from.toISOString().slice(0, 10)} ${until.toISOString().slice(0, 10)}`);
    }
    expect(spans).to.deep.equal(['2026-05-01 2026-05-03', '2026-05-03 2026-05-04', '2026-05-04 2026-06-01']);
  });
});
