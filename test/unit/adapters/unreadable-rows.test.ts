/** A row of the tool's database whose numbers are none: it is named, and every other row is read. */
import { expect } from 'chai';
import { tallyWork } from '../../../adapters/doccano/tally.ts';
import { tally } from '../../../adapters/label-studio/tally.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import type { TallyQuery, TallyRow } from '../../../adapters/tool.ts';

const query: TallyQuery = {
  projectIds: ['1'],
  from: new Date('2031-05-19T00:00:00Z'),
  until: new Date('2031-05-20T00:00:00Z'),
  offsets: [{ from: new Date('2031-05-19T00:00:00Z'), offsetSeconds: 0 }],
  maxSecondsPerAnnotation: 3_600,
};

/** A database that answers every statement with these rows. */
function answering(rows: readonly object[]): ToolDatabase {
  return {
    dialect: 'postgres',
    query: async () => [],
    queryEach: async (_sql, _parameters, take) => {
      for (const row of rows) take(row);
    },
    execute: async () => 0,
    missingPrivileges: async () => [],
    close: async () => undefined,
  };
}

const key = (user: number) => ({ project_id: 1, email: `${user}@opentrain.work`, day: '2031-05-19' });
const counted = {
  ...{ reason: 0, tasks: 2, annotations: 3, regions: 4, seconds: 50.4, edited_annotations: 0, edited_seconds: 0 },
  ...{ capped_annotations: 0, capped_seconds: 0, without_time: 0, first_at: 1_937_000_000, last_at: 1_937_000_060.5 },
};

const tools: { name: string; read: (rows: object[]) => Promise<TallyRow[]>; row: (user: number) => object }[] = [
  {
    name: 'Label Studio',
    read: (rows) => tally(answering(rows), query),
    row: (user) => ({ ...key(user), completed_by_id: user, ...counted }),
  },
  {
    name: 'doccano',
    read: (rows) => tallyWork(answering(rows), query),
    row: (user) => ({ ...key(user), user_id: user, ...counted }),
  },
];

for (const { name, read, row } of tools) {
  describe(`a row of ${name} that cannot be read`, () => {
    for (const [field, value] of [
      ['tasks', -1],
      ['annotations', Number.NaN],
      ['annotations', '7'],
      ['annotations', 1.5],
      ['first_at', 'yesterday'],
      ['last_at', Number.POSITIVE_INFINITY],
    ] as const) {
      it(`is told with its person and day, and costs nobody else (${field}: ${value})`, async () => {
        const rows = await read([row(7), { ...row(8), [field]: value }, row(9)]);
        expect(rows.map(({ toolUserId, annotations }) => [toolUserId, annotations])).to.deep.equal([
          ['7', 3],
          ['8', 0],
          ['9', 3],
        ]);
        expect(rows.map(({ unreadable }) => unreadable !== undefined)).to.deep.equal([false, true, false]);
        expect(rows[1]).to.deep.include({ projectId: '1', day: '2031-05-19', email: '8@opentrain.work' });
        expect(rows[1]?.unreadable).to.include(name).and.to.include(field);
        expect(rows[1]).not.to.have.property('firstAt');
      });
    }

    it('is none where all is well', async () => {
      const [only] = await read([row(7)]);
      expect(only).not.to.have.property('unreadable');
      expect(only?.firstAt).to.deep.equal(new Date(1_937_000_000_000));
      expect(only?.lastAt).to.deep.equal(new Date(1_937_000_060_500));
    });
  });
}
