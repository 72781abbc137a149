/** Whatever happens, in whatever order: in the end access is what it should be, and only what is ours was changed. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Capabilities } from '../../../adapters/tool.ts';
import { History, useHistoryStore } from '../../support/access-history.ts';
import { histories } from '../../support/access-steps.ts';
import { expectRightEnd } from '../../support/access-verdict.ts';
import { mailOf } from '../../support/access-world.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 200);

const lacking: Record<string, Partial<Capabilities>> = {
  nothing: {},
  restore: { restore: false },
  closeAccount: { closeAccount: false },
  setPassword: { setPassword: false },
  'all three': { restore: false, closeAccount: false, setPassword: false },
};

describe('any history of hires, ends, links, failures and hands in the tool', () => {
  const store = useHistoryStore();

  it('leaves alone an account whose making was cut off, where nothing can prove whose it is', async () => {
    const history = await History.begin(store(), { accessLevel: 'project', ...lacking['all three'] });
    await history.play([
      { type: 'link', job: 0, project: '1', managed: false },
      { type: 'hire', contract: 0, trainer: 'cleo', told: true },
      { type: 'call fails', toolCall: 'createMember', when: 'midway' },
      { type: 'converge', look: false },
      { type: 'accept', trainer: 'cleo' },
      { type: 'converge', look: false },
      { type: 'revoke all' },
    ]);
    await expectRightEnd(history);
    expect(history.world.tool.byEmail(mailOf('cleo'))).to.include({ closed: false });
    expect(await history.world.rows('cleo')).to.deep.equal([]);
  });

  for (const accessLevel of ['tool', 'project'] as const) {
    for (const [what, capabilities] of Object.entries(lacking)) {
      it(`ends with the access that contracts give, and stays there (by ${accessLevel}, lacking ${what})`, async function () {
        this.timeout(600_000);
        await fc.assert(
          fc.asyncProperty(histories, async (steps) => {
            const history = await History.begin(store(), { accessLevel, ...capabilities });
            await history.play(steps);
            await expectRightEnd(history);
          }),
          { numRuns: RUNS },
        );
      });
    }
  }
});
