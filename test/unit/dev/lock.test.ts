import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { withLock } from '../../../plugin/dev/local-tools/lock.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('the lock around an installation', function () {
  this.timeout(10_000);
  let path: string;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'lock-')), 'deep', 'tool.lock');
  });
  afterEach(() => rm(join(path, '../..'), { recursive: true }));

  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      for (let turn = 0; turn < 5; turn += 1) await setImmediate();
      inside -= 1;
    };
    await Promise.all([withLock(path, work), withLock(path, work), withLock(path, work)]);
    expect(most).to.equal(1);
    expect(existsSync(path)).to.equal(false);
  });

  it('is given back when the work fails', async () => {
    const failing = withLock(path, () => Promise.reject(new Error('no disk')));
    expect((await thrownBy(failing)).message).to.equal('no disk');
    expect(await withLock(path, async () => 'next')).to.equal('next');
  });

  it('is taken over from a process that is gone', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    await withLock(path, async () => undefined);
    await writeFile(path, String(gone));
    expect(await withLock(path, async () => 'taken over')).to.equal('taken over');
  });
});
