/** A tool's SQLite file where the plugin may read and not write: a read-only mount, or a folder of somebody else's. */
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import { readFromReadOnlyMount, WalOnReadOnlyMount } from '../../../adapters/sql/sqlite-read-only-mount.ts';
import { thrownBy } from '../../support/thrown.ts';

const isRoot = process.getuid?.() === 0;

/** Only root may mount; nothing but a mount is read-only for root. */
const readOnlyFor = isRoot ? describeReadOnlyMount : describeReadOnlyFolder;
readOnlyFor();

function describeReadOnlyMount(): void {
  describe('a tool’s SQLite file in WAL mode on a read-only mount', () => {
    let folder: string;
    let tool: DatabaseSync | undefined;

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tool-database-wal-'));
      await mkdir(join(folder, 'tool'));
      await mkdir(join(folder, 'mount'));
      execFileSync('mount', ['--bind', join(folder, 'tool'), join(folder, 'mount')], { stdio: 'pipe' });
      execFileSync('mount', ['-o', 'remount,ro,bind', join(folder, 'mount')], { stdio: 'pipe' });
      tool = openTool();
      tool.exec('PRAGMA journal_mode = WAL; CREATE TABLE work (id integer); INSERT INTO work VALUES (1)');
    });
    after(async () => {
      if (tool?.isOpen) tool.close();
      // Lazily: nothing of ours holds it, but the machine may still be at it.
      if (tool) execFileSync('umount', ['--lazy', join(folder, 'mount')]);
      await rm(folder, { recursive: true });
    });

    const openTool = (): DatabaseSync => new DatabaseSync(join(folder, 'tool', 'tool.sqlite3'));

    it('is read while the tool has it open, and while it has not, always as it is at that moment', async () => {
      const database = openToolDatabase(`sqlite:${join(folder, 'mount', 'tool.sqlite3')}`);
      const ids = async (): Promise<number> => {
        const rows: unknown[] = [];
        await database.queryEach('SELECT id FROM work', [], (row) => rows.push(row));
        expect((await database.query('SELECT id FROM work', [])).length).to.equal(rows.length);
        return rows.length;
      };
      tool?.close();
      expect(await ids()).to.equal(1);
      tool = openTool();
      tool.exec('INSERT INTO work VALUES (2)');
      expect(await ids()).to.equal(2);
      const change = await thrownBy(database.execute('DELETE FROM work', []));
      expect(change).to.be.instanceOf(ToolRefused).with.property('message').that.includes('cannot be written');
      await database.close();
      tool.exec('INSERT INTO work VALUES (3)');
      tool.close();
      tool = undefined;
      const again = openToolDatabase(`sqlite:${join(folder, 'mount', 'tool.sqlite3')}`);
      expect(await again.query('SELECT count(*) AS count FROM work', [])).to.deep.equal([{ count: 3 }]);
      await again.close();
      tool = openTool();
    });
  });
}

function describeReadOnlyFolder(): void {
  describe('a tool’s SQLite file in WAL mode in a folder that the plugin’s user may not write', () => {
    it('is read while the tool has it closed, and is not written', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tool-database-wal-'));
      const path = join(folder, 'tool.sqlite3');
      const tool = new DatabaseSync(path);
      tool.exec('PRAGMA journal_mode = WAL; CREATE TABLE work (id integer); INSERT INTO work VALUES (1)');
      tool.close();
      await chmod(path, 0o444);
      await chmod(folder, 0o555);
      const database = openToolDatabase(`sqlite:${path}`);
      try {
        expect(await database.query('SELECT id FROM work', [])).to.deep.equal([{ id: 1 }]);
        const change = await thrownBy(database.execute('DELETE FROM work', []));
        expect(change).to.be.instanceOf(ToolRefused).with.property('message').that.includes('cannot be written');
      } finally {
        await database.close();
        await chmod(folder, 0o755);
        await rm(folder, { recursive: true });
      }
    });
  });
}

describe('reading an SQLite file in WAL mode whose folder cannot be written', () => {
  for (const errcode of [14, 1544]) {
    it(`reads what is in the file itself, when SQLite refused with code ${errcode}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'tool-database-wal-'));
      const path = join(folder, 'tool.sqlite3');
      const tool = new DatabaseSync(path);
      tool.exec('PRAGMA journal_mode = WAL; CREATE TABLE work (id integer); INSERT INTO work VALUES (1)');
      const refusal = Object.assign(new Error('refused'), { errcode });
      const read = () =>
        readFromReadOnlyMount(path, refusal, (file) => file.prepare('SELECT id FROM work').all().length);
      expect(read).to.throw(WalOnReadOnlyMount);
      tool.close();
      expect(read()).to.equal(1);
      await rm(folder, { recursive: true });
    });
  }
});
