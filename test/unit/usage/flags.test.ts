import { expect } from 'chai';
import type { TallyRow } from '../../../adapters/tool.ts';
import { type Flag, flagsOf } from '../../../plugin/usage/flags.ts';

const CAP = 900;
const at = (time: string) => new Date(`2031-05-19T${time}Z`);
const row = (over: Partial<TallyRow>): TallyRow => ({
  projectId: 'P',
  toolUserId: '7',
  email: null,
  day: '2031-05-19',
  tasks: 10,
  annotations: 10,
  regions: 10,
  seconds: 3_600,
  cappedAnnotations: 0,
  cappedSeconds: 0,
  firstAt: at('08:00:00'),
  lastAt: at('09:00:00'),
  ...over,
});

describe('the flags of a day', () => {
  const cases: { what: string; rows: TallyRow[]; flags: Flag[] }[] = [
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
  ];
  for (const { what, rows, flags } of cases) {
    it(`${what}: ${flags.map(({ kind }) => kind).join(', ') || 'none'}`, () => {
      expect(flagsOf(rows, CAP)).to.deep.equal(flags);
    });
  }
});

function onlyFirst({ lastAt: _last, ...rest }: TallyRow): TallyRow {
  return rest;
}

function untimed({ firstAt: _first, lastAt: _last, ...rest }: TallyRow): TallyRow {
  return rest;
}
