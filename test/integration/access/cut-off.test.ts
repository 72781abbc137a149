/** Short stories of one trainer, each cut off at every place where a call to the tool can fail, the plugin die, or another act. */
import type { Capabilities } from '../../../adapters/tool.ts';
import { messageOf } from '../../../plugin/errors.ts';
import { History, useHistoryStore } from '../../support/access-history.ts';
import type { Step } from '../../support/access-steps.ts';
import { expectRightEnd, expectSettled } from '../../support/access-verdict.ts';
import type { FreshStore } from '../../support/store.ts';

const accept: Step = { type: 'accept', trainer: 'ann' };
const converge = { type: 'converge' as const, look: false };
/** Contracts 0 and 2 are of the first job, 1 and 3 of the second. */
const hire = (contract: number) => ({ type: 'hire' as const, contract, trainer: 'ann', told: true });
const end = (contract: number) => ({ type: 'end' as const, contract, told: true });
const rehire = (contract: number) => ({ type: 'rehire' as const, contract, trainer: 'ann', told: false });
const read: Step = { type: 'OpenTrain is read' };
const toolAway: Step = { type: 'call fails', toolCall: 'createMember', when: 'before' };
const link = (job: number, project: string): Step => ({ type: 'link', job, project, managed: false });
/** The first job is about one project, the second about two. */
const links = [link(0, '1'), link(1, '2'), link(1, '3')];

const stories: Record<string, readonly Step[]> = {
  'hired and removed': [hire(0), converge, accept, end(0), converge],
  'given a second job, which ends, then the first': [
    ...[hire(0), converge, accept, hire(1), converge, end(1), end(0), converge],
  ],
  'let in again for another job, which ends as another begins': [
    ...[hire(0), converge, accept, end(0), converge, hire(1), converge, end(1), hire(2), converge, end(2), converge],
  ],
  'hired again in the moment of the removal': [hire(1), converge, accept, end(1), converge, hire(3), converge],
  'accepting twice, as the tool was away': [hire(0), converge, toolAway, accept, accept, converge],
  'hired again under the same contract, whose start was lost': [
    ...[hire(0), converge, accept, end(0), converge, rehire(0), read, converge, accept, end(0), converge],
  ],
  'hired for one job while the other ends': [hire(0), converge, accept, hire(1), end(0), converge, end(1), converge],
};

const calls = ['findAccounts', 'createMember', 'grant', 'revoke'] as const;
const cuts: readonly Step[] = calls.flatMap((toolCall) => [
  ...(['before', 'midway', 'after'] as const).flatMap((when) =>
    (['plugin dies', 'call fails'] as const).map((type) => ({ type, toolCall, when })),
  ),
  // Another replica comes between, or OpenTrain changes its mind.
  ...([converge, end(0), end(1), hire(2)] as const).map((inner) => ({ type: 'during' as const, toolCall, inner })),
]);

describe('a story that is cut off anywhere', () => {
  const store = useHistoryStore();

  for (const accessLevel of ['tool', 'project'] as const) {
    for (const [title, story] of Object.entries(stories)) {
      it(`${title} (by ${accessLevel}): ends right all the same`, () => playEveryCut(store(), { accessLevel }, story));
    }
  }
});

async function playEveryCut(store: FreshStore, tool: Partial<Capabilities>, story: readonly Step[]): Promise<void> {
  for (const cut of cuts) {
    for (let before = 0; before < story.length; before += 1) {
      const history = await History.begin(store, tool);
      try {
        await history.play([...links, ...story.toSpliced(before, 0, cut)]);
        await history.settleByWork('ann');
        await expectSettled(history);
        await expectRightEnd(history);
      } catch (error) {
        throw new Error(`${JSON.stringify(cut)} before step ${before}: ${messageOf(error)}`, { cause: error });
      }
    }
  }
}
