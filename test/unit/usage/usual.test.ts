import { expect } from 'chai';
import fc from 'fast-check';
import { addDays } from '../../../plugin/usage/days.ts';
import { type DaySum, speedOf, usualBefore } from '../../../plugin/usage/usual.ts';

const TODAY = '2031-05-20';
const ago = (days: number, annotations: number, seconds = 3_600, timedAnnotations = annotations): DaySum => ({
  day: addDays(TODAY, -days),
  ...{ annotations, timedAnnotations, seconds },
});

describe('what is usual for a person', () => {
  const cases: { what: string; days: DaySum[]; annotations: number | null; speed: number | null }[] = [
    { what: 'no days', days: [], annotations: null, speed: null },
    { what: 'four days', days: [1, 2, 3, 4].map((n) => ago(n, 20)), annotations: null, speed: null },
    { what: 'five days', days: [1, 2, 3, 4, 5].map((n) => ago(n, n * 10)), annotations: 30, speed: 30 },
    { what: 'six days', days: [1, 2, 3, 4, 5, 6].map((n) => ago(n, n * 10)), annotations: 35, speed: 35 },
    {
      what: 'a day far from the others',
      days: [...[1, 2, 3, 4].map((n) => ago(n, 20)), ago(5, 5_000)],
      annotations: 20,
      speed: 20,
    },
    {
      what: 'the day itself, later ones, and those more than 28 days before',
      days: [...[1, 2, 3, 28].map((n) => ago(n, 20)), ...[0, -1, 29].map((n) => ago(n, 900))],
      annotations: null,
      speed: null,
    },
    {
      what: 'the 28th day before',
      days: [...[1, 2, 3, 4].map((n) => ago(n, 20)), ago(28, 20)],
      annotations: 20,
      speed: 20,
    },
    {
      what: 'days without work',
      days: [...[1, 2, 3, 4].map((n) => ago(n, 20)), ago(5, 0)],
      annotations: null,
      speed: null,
    },
    {
      what: 'days with too little time for a speed',
      days: [1, 2, 3, 4, 5].map((n) => ago(n, 20, 599)),
      annotations: 20,
      speed: null,
    },
    {
      what: 'days with too few annotations whose time is known',
      days: [1, 2, 3, 4, 5].map((n) => ago(n, 20, 3_600, 9)),
      annotations: 20,
      speed: null,
    },
  ];
  for (const { what, days, annotations, speed } of cases) {
    it(`${what}: ${annotations ?? 'nothing'} a day, ${speed ?? 'nothing'} an hour`, () => {
      expect(usualBefore(days, TODAY)).to.deep.equal({ annotations, speed });
      expect(usualBefore(days.toReversed(), TODAY)).to.deep.equal({ annotations, speed });
    });
  }

  it('is never below the least nor above the most of the days', () => {
    const days = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 5, maxLength: 28 });
    fc.assert(
      fc.property(days, (counts) => {
        const { annotations } = usualBefore(
          counts.map((count, index) => ago(index + 1, count)),
          TODAY,
        );
        expect(annotations).to.be.within(Math.min(...counts), Math.max(...counts));
      }),
    );
  });

  it('tells a speed from 10 annotations in 10 minutes on', () => {
    expect(speedOf({ timedAnnotations: 10, seconds: 600 })).to.equal(60);
    expect(speedOf({ timedAnnotations: 9, seconds: 600 })).to.equal(null);
    expect(speedOf({ timedAnnotations: 10, seconds: 599 })).to.equal(null);
  });
});
