import { expect } from 'chai';
import fc from 'fast-check';
import { type DayRow, type Flag, flagKinds, flagsOf } from '../../../plugin/usage/flags.ts';
import type { Usual } from '../../../plugin/usage/usual.ts';

const CAP = 900;
const at = (time: string) => new Date(`2031-05-19T${time}Z`);
const nothingUsual: Usual = { annotations: null, speed: null };
const row = (over: Partial<DayRow>): DayRow => ({
  projectId: 'P',
  tasks: 10,
  annotations: 10,
  regions: 10,
  seconds: 3_600,
  firstAt: at('08:00:00'),
  lastAt: at('09:00:00'),
  ...over,
});

describe('the flags of a day', () => {
  const cases: { what: string; rows: DayRow[]; usual?: Partial<Usual>; flags: Flag[] }[] = [
    { what: 'no work', rows: [], flags: [] },
    { what: 'a plain day', rows: [row({})], flags: [] },
    { what: 'the whole span and one cap', rows: [row({ seconds: 4_500 })], flags: [] },
    {
      what: 'a second more than that',
      rows: [row({ seconds: 4_501 })],
      flags: [{ kind: 'more-than-span', value: 4_501, limit: 4_500 }],
    },
    {
      what: 'two projects at the same time',
      rows: [row({}), row({ projectId: 'Q' })],
      flags: [{ kind: 'more-than-span', value: 7_200, limit: 4_500 }],
    },
    {
      what: 'two projects one after the other',
      rows: [row({}), row({ projectId: 'Q', firstAt: at('09:00:00'), lastAt: at('10:00:00') })],
      flags: [],
    },
    { what: 'a tool that tells no instants', rows: [untimed(row({ seconds: 40_000 }))], flags: [] },
    {
      what: 'a row without time and without instants beside a row that is too long',
      rows: [row({ seconds: 4_501 }), untimed(row({ projectId: 'Q', seconds: 0 }))],
      flags: [{ kind: 'more-than-span', value: 4_501, limit: 4_500 }],
    },
    { what: 'a tool that tells only the first instant', rows: [onlyFirst(row({ seconds: 40_000 }))], flags: [] },
    { what: '12 hours', rows: [untimed(row({ seconds: 43_200 }))], flags: [] },
    {
      what: 'more than 12 hours',
      rows: [untimed(row({ seconds: 43_201 }))],
      flags: [{ kind: 'long-day', value: 43_201, limit: 43_200 }],
    },
    {
      what: 'several annotations on one task',
      rows: [row({ tasks: 2 })],
      flags: [{ kind: 'repeated-tasks', value: 10, limit: 2 }],
    },
    {
      what: 'many labels on one task where regions are no number of their own',
      rows: [row({ tasks: 2, regions: null, seconds: null })],
      flags: [],
    },
    {
      what: 'annotations without time',
      rows: [row({ withoutTime: 3 })],
      flags: [{ kind: 'without-time', value: 3, limit: 10 }],
    },
    {
      what: 'a row that cannot be read',
      rows: [untimed(row({ seconds: 0, tasks: 0, annotations: 0, unreadable: 'why' }))],
      flags: [{ kind: 'unreadable', value: 1, limit: null }],
    },
    {
      what: 'three times the usual speed',
      rows: [row({ annotations: 30, tasks: 30 })],
      usual: { speed: 10 },
      flags: [],
    },
    {
      what: 'more than three times the usual speed',
      rows: [row({ annotations: 31, tasks: 31 })],
      usual: { speed: 10 },
      flags: [{ kind: 'unusual-speed', value: 31, limit: 10 }],
    },
    {
      what: 'more than three times the usual speed over two projects',
      rows: [row({ seconds: 600 }), row({ projectId: 'Q', seconds: 600 })],
      usual: { speed: 19.94 },
      flags: [{ kind: 'unusual-speed', value: 60, limit: 19.9 }],
    },
    { what: 'a third of the usual speed', rows: [row({})], usual: { speed: 30 }, flags: [] },
    {
      what: 'less than a third of the usual speed',
      rows: [row({})],
      usual: { speed: 30.5 },
      flags: [{ kind: 'unusual-speed', value: 10, limit: 30.5 }],
    },
    { what: 'too few annotations for a speed', rows: [row({ annotations: 9 })], usual: { speed: 1_000 }, flags: [] },
    { what: 'too little time for a speed', rows: [row({ seconds: 599 })], usual: { speed: 1 }, flags: [] },
    {
      what: 'a speed that others’ edits would make',
      rows: [row({ annotations: 40, tasks: 40, editedByOthers: { annotations: 30, seconds: 0 } })],
      usual: { speed: 10 },
      flags: [{ kind: 'by-others', value: 30, limit: 40 }],
    },
    {
      what: 'three times the usual day',
      rows: [row({ annotations: 30, tasks: 30 })],
      usual: { annotations: 10 },
      flags: [],
    },
    {
      what: 'more than three times the usual day',
      rows: [row({ annotations: 31, tasks: 31 })],
      usual: { annotations: 10 },
      flags: [{ kind: 'far-above-usual', value: 31, limit: 10 }],
    },
    {
      what: 'more than three times the usual day, over two projects of a tool without time',
      rows: [untimed(row({ seconds: null })), untimed(row({ projectId: 'Q', seconds: null }))],
      usual: { annotations: 6.5 },
      flags: [{ kind: 'far-above-usual', value: 20, limit: 6.5 }],
    },
    {
      what: 'few annotations, however little is usual',
      rows: [row({ annotations: 19, tasks: 19 })],
      usual: { annotations: 1 },
      flags: [],
    },
    {
      what: 'annotations that others edited, and others that they made in this name',
      rows: [
        row({
          editedByOthers: { annotations: 2, seconds: 60 },
          notCounted: [
            { reason: 'author-changed', annotations: 3, seconds: 0 },
            { reason: 'copied', annotations: 5, seconds: 0 },
          ],
        }),
      ],
      flags: [{ kind: 'by-others', value: 5, limit: 13 }],
    },
    { what: 'as much as was counted before', rows: [row({ mostAnnotations: 10 })], flags: [] },
    { what: 'more than was counted before', rows: [row({ mostAnnotations: 4 })], flags: [] },
    {
      what: 'less than was counted before',
      rows: [row({ mostAnnotations: 14 })],
      flags: [{ kind: 'gone', value: 4, limit: 14 }],
    },
    {
      what: 'less in one project, made up for in another',
      rows: [row({ mostAnnotations: 12 }), row({ projectId: 'Q', seconds: 0, mostAnnotations: 3 })],
      flags: [{ kind: 'gone', value: 2, limit: 22 }],
    },
    {
      what: 'all gone',
      rows: [untimed(row({ tasks: 0, annotations: 0, regions: null, seconds: null, mostAnnotations: 7 }))],
      flags: [{ kind: 'gone', value: 7, limit: 7 }],
    },
    {
      what: 'a day that cannot be read, and was counted before',
      rows: [untimed(row({ seconds: 0, tasks: 0, annotations: 0, unreadable: 'why', mostAnnotations: 7 }))],
      flags: [{ kind: 'unreadable', value: 1, limit: null }],
    },
  ];
  for (const { what, rows, usual, flags } of cases) {
    it(`${what}: ${flags.map(({ kind }) => kind).join(', ') || 'none'}`, () => {
      const limits = { maxSecondsPerAnnotation: CAP, usual: { ...nothingUsual, ...usual } };
      expect(flagsOf(rows, limits)).to.deep.equal(flags);
    });
  }

  it('has a row above for every kind', () => {
    const raised = new Set(cases.flatMap(({ flags }) => flags.map(({ kind }) => kind)));
    expect([...raised].sort()).to.deep.equal([...flagKinds].sort());
  });

  it('raises each kind at most once, in whatever order the projects come, and none for a day as usual', () => {
    const count = fc.nat(200);
    const rows = fc.array(
      fc.record({
        projectId: fc.string(),
        ...{ tasks: count, annotations: count, regions: fc.option(count), seconds: fc.option(fc.nat(90_000)) },
        ...{ withoutTime: count, mostAnnotations: count },
      }),
      { maxLength: 5 },
    );
    const usual = fc.record({ annotations: fc.option(count), speed: fc.option(fc.double({ min: 0.1, max: 900 })) });
    fc.assert(
      fc.property(rows, usual, (day, own) => {
        const limits = { maxSecondsPerAnnotation: CAP, usual: own };
        const flags = flagsOf(day, limits);
        expect(new Set(flags.map(({ kind }) => kind)).size).to.equal(flags.length);
        expect(flagsOf(day.toReversed(), limits)).to.deep.equal(flags);
        for (const { value, limit } of flags) expect([value, limit ?? 0].every(Number.isFinite)).to.equal(true);
        const annotations = day.reduce((sum, one) => sum + one.annotations, 0);
        const seconds = day.reduce((sum, one) => sum + (one.seconds ?? 0), 0);
        const asUsual = { annotations, speed: seconds === 0 ? null : (annotations * 3_600) / seconds };
        const kinds = flagsOf(day, { ...limits, usual: asUsual }).map(({ kind }) => kind);
        expect(kinds).not.to.include.oneOf(['unusual-speed', 'far-above-usual']);
      }),
    );
  });
});

function onlyFirst({ lastAt: _last, ...rest }: DayRow): DayRow {
  return rest;
}

function untimed({ firstAt: _first, lastAt: _last, ...rest }: DayRow): DayRow {
  return rest;
}
