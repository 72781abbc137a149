/** A short, seeded cut of `test/chaos/red-team.ts`. */
import { expect } from 'chai';
import { runRedTeam } from './red-team.ts';

describe('a red team of three trainers on a real Label Studio (postgres)', function () {
  this.timeout(180_000);
  it('takes nothing from others, and the plugin serves on', async () => {
    expect(await runRedTeam({ seconds: 10, seed: 7, progress: () => undefined })).to.deep.equal([]);
  });
});
