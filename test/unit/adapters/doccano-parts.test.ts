import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { labelTables } from '../../../adapters/doccano/database.ts';
import { tallyWork } from '../../../adapters/doccano/tally.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import type { ToolDatabase } from '../../../adapters/sql/tool-database.ts';
import type { TallyRow } from '../../../adapters/tool.ts';

describe('work in doccano’s SQLite file, read in parts', () => {
  let folder: string;
  let database: ToolDatabase;
  let statements: number;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'doccano-parts-'));
    const file = new DatabaseSync(join(folder, 'db.sqlite3'));
    file.exec(`CREATE TABLE auth_user (id INTEGER PRIMARY KEY, email TEXT);
      CREATE TABLE examples_example (id INTEGER PRIMARY KEY, project_id INTEGER);
      CREATE TABLE examples_examplestate (id INTEGER PRIMARY KEY, example_id INTEGER, confirmed_by_id INTEGER, confirmed_at TEXT);
      INSERT INTO auth_user VALUES (1, 'A@opentrain.work'), (2, '');
      INSERT INTO examples_example VALUES (1, 7), (2, 7), (3, 8);`);
    for (const table of labelTables) {
      file.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, example_id INTEGER, user_id INTEGER, created_at TEXT)`);
    }
    const add = file.prepare(`INSERT INTO labels_span VALUES (?, ?, ?, ?)`);
    // Ids with a gap, on two days, of two people; the last one is in a project that is not asked for.
    for (let id = 1; id <= 9; id += 1) {
      add.run(
        id < 5 ? id : id * 3,
        id === 9 ? 3 : 1 + (id % 2),
        1 + (id % 2),
        `2031-05-0${1 + (id % 3 === 0 ? 1 : 0)} 10:0${id}:30`,
      );
    }
    file.exec(
      `INSERT INTO examples_examplestate VALUES (4, 1, 1, '2031-05-01 11:00:00'), (9, 2, 1, '2031-05-01 12:00:00')`,
    );
    file.close();
    const opened = openToolDatabase(`sqlite:${join(folder, 'db.sqlite3')}`);
    database = {
      ...opened,
      queryEach: (sql, parameters, take) => {
        statements += 1;
        return opened.queryEach(sql, parameters, take);
      },
    };
  });
  after(async () => {
    await database.close();
    rmSync(folder, { recursive: true });
  });

  const hours = ({ firstAt, lastAt }: Pick<TallyRow, 'firstAt' | 'lastAt'>): string =>
    [firstAt, lastAt].map((at) => at?.toISOString().slice(11, 16)).join(' to ');
  const count = async (rows?: number): Promise<string[]> => {
    statements = 0;
    const [from, until] = [new Date('2031-05-01T00:00:00Z'), new Date('2031-05-03T00:00:00Z')];
    const offsets = [{ from, offsetSeconds: 0 }];
    const query = { projectIds: ['7'], from, until, offsets, maxSecondsPerAnnotation: 3_600 };
    const found = await tallyWork(database, query, rows);
    return found
      .map((row) => `${row.email} ${row.day}: ${row.tasks} tasks, ${row.annotations} labels, ${hours(row)}`)
      .sort();
  };
  const whole = [
    'a@opentrain.work 2031-05-01: 2 tasks, 3 labels, 10:02 to 10:08',
    'a@opentrain.work 2031-05-02: 0 tasks, 1 labels, 10:06 to 10:06',
    'null 2031-05-01: 0 tasks, 3 labels, 10:01 to 10:07',
    'null 2031-05-02: 0 tasks, 1 labels, 10:03 to 10:03',
  ];

  it('comes to the same however small the parts are', async () => {
    expect(await count()).to.deep.equal(whole);
    expect(statements).to.equal(2);
    expect(await count(4)).to.deep.equal(whole);
    // Ids to 27 and to 9.
    expect(statements).to.equal(7 + 3);
  });
});
