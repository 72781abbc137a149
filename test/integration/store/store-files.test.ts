import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pluginSecret } from '../../../plugin/settings/plugin-secret.ts';
import { loadSettings, type Settings } from '../../../plugin/settings/settings.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { takeInstanceLock } from '../../../plugin/store/instance-lock.ts';
import { migrate } from '../../../plugin/store/migrate.ts';
import { insistOnMigratedStore, insistOnStoreFile, tightenStoreFiles } from '../../../plugin/store/store-files.ts';
import { emptyDatabase, storeKinds } from '../../support/store.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

function settingsWith(databaseUrl: string): Settings {
  const environment = { TOOL_BASE_URL: 'http://tool', TOOL_API_TOKEN: 'x', DATABASE_URL: databaseUrl };
  return loadSettings({ environment });
}

describe('the files of a SQLite store', () => {
  let parent: string;
  let folder: string;
  let file: string;
  let settings: Settings;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'plugin-files-'));
    folder = join(parent, 'data');
    file = join(folder, 'plugin.sqlite3');
    settings = settingsWith(`sqlite:${file}`);
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  /** Opens the store, uses it as `start` does, and looks at the files while it is open. */
  async function modesInUse(): Promise<Record<string, string>> {
    pluginSecret(settings);
    const database = openDatabase(settings.databaseUrl);
    const unlock = takeInstanceLock(settings.databaseUrl);
    try {
      await migrate(database);
      const names = [
        'plugin.sqlite3',
        'plugin.sqlite3-wal',
        'plugin.sqlite3-shm',
        'plugin.sqlite3.lock',
        'plugin.secret',
      ];
      return { folder: modeOf(folder), ...Object.fromEntries(names.map((name) => [name, modeOf(join(folder, name))])) };
    } finally {
      unlock();
      await database.destroy();
    }
  }

  const ownerOnly = {
    folder: '700',
    'plugin.sqlite3': '600',
    'plugin.sqlite3-wal': '600',
    'plugin.sqlite3-shm': '600',
    'plugin.sqlite3.lock': '600',
    'plugin.secret': '600',
  };

  it('are made for their owner only, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      expect(await modesInUse()).to.deep.equal(ownerOnly);
    } finally {
      process.umask(before);
    }
  });

  it('are tightened where they were open, and told once', async () => {
    await modesInUse();
    chmodSync(folder, 0o755);
    for (const name of ['plugin.sqlite3', 'plugin.sqlite3.lock', 'plugin.secret']) chmodSync(join(folder, name), 0o644);
    const tightened = tightenStoreFiles(settings.databaseUrl);
    expect(tightened).to.have.members([file, `${file}.lock`, join(folder, 'plugin.secret'), folder]);
    expect(await modesInUse()).to.deep.equal(ownerOnly);
    expect(tightenStoreFiles(settings.databaseUrl)).to.deep.equal([]);
  });

  it('leave a folder with other files as it is', async () => {
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, 'notes.txt'), 'not ours', { mode: 0o644 });
    writeFileSync(file, '', { mode: 0o644 });
    expect(tightenStoreFiles(settings.databaseUrl)).to.deep.equal([file]);
    expect(modeOf(folder)).to.equal('755');
    expect(modeOf(join(folder, 'notes.txt'))).to.equal('644');
  });

  it('are not made by asking whether they are there', () => {
    expect(() => insistOnStoreFile(settings)).to.throw(`There is no store at ${file}`);
    expect(existsSync(folder)).to.equal(false);
  });
});

for (const kind of storeKinds) {
  describe(`an empty store on ${kind}`, () => {
    it('is told from one in use', async () => {
      const { url, remove } = await emptyDatabase(kind);
      const database = openDatabase(url);
      const insist = () => insistOnMigratedStore(database, settingsWith(url));
      try {
        const refused = await insist().then(
          () => '',
          (error: Error) => error.message,
        );
        expect(refused).to.match(/store is empty .*the environment/);
        await migrate(database);
        await insist();
      } finally {
        await database.destroy();
        await remove();
      }
    });
  });
}
