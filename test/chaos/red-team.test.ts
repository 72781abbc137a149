/** A short, seeded cut of `npm run red-team`: every kind of event once. */
import { expect } from 'chai';
import { runRedTeam, STEPS_A_CYCLE } from './red-team.ts';

describe('a red team of three trainers on a real Label Studio (postgres)', function () {
  this.timeout(240_000);
  it('takes nothing from others, and the plugin serves on', async () => {
    const cut = { length: { steps: STEPS_A_CYCLE }, seed: 7, progress: () => undefined };
    expect(await runRedTeam({ database: 'postgres', ...cut })).to.deep.equal([]);
  });
});
