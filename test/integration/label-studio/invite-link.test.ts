/** Label Studio's one invite link, which every member can read: a copy of it is worth nothing soon. The clock is the test's. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { signUp } from '../../../adapters/label-studio/sign-up.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { timetable } from '../../../plugin/queue/timetable.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { runTurn } from '../../../plugin/service/schedule.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { freshWorkEmail, type TestLabelStudio } from '../../support/label-studio.ts';
import { useLabelStudioAccess } from '../../support/label-studio-access.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';

const DAY_MS = 86_400_000;

describe('the invite link of a real Label Studio', function () {
  this.timeout(120_000);
  let tool: TestLabelStudio;
  let world: AccessWorld;
  let owner: LabelStudioSession;
  useLabelStudioAccess('sqlite', (access) => {
    ({ tool, world } = access);
    owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
  });

  /** What a member read before is refused now. */
  async function expectWorthless(copy: string, after: string): Promise<void> {
    expect(await owner.inviteToken(), after).not.to.equal(copy);
    const attempt = signUp(tool.baseUrl, copy, { email: freshWorkEmail('intruder'), password: GOOD_PASSWORD });
    expect((await thrownBy(attempt)) as Error, after).to.have.property('name', 'StaleInvite');
  }

  /** The turn of the clock at this moment, and the item that it makes due. */
  async function turnTheClock(): Promise<number> {
    const turn = timetable(world.context.settings).find(({ name }) => name === 'invite link');
    if (!turn) return expect.fail('no turn renews the link');
    await runTurn(world.context, turn, world.date);
    const due = world.store.database('queue_items').where({ kind: turn.mark.kind, key: turn.mark.key });
    const item = await due.clone().first();
    if (!item) return 0;
    await createHandlers(world.context)[turn.mark.kind]?.run(turn.mark.key, item.detail, new AbortController().signal);
    return due.delete();
  }

  it('is another one after an acceptance, after a removal, and after each day', async () => {
    const ann = `ann.${randomBytes(4).toString('hex')}`;
    await world.hire('contract', 'job', ann);
    await world.settle();
    let copy = await owner.inviteToken();
    expect(await acceptInvitation(world.context, world.token(ann), GOOD_PASSWORD)).to.include({ result: 'done' });
    await expectWorthless(copy, 'the acceptance');

    const member = await LabelStudioSession.mustSignIn(tool.baseUrl, mailOf(ann), GOOD_PASSWORD);
    copy = await member.inviteToken();
    await world.end('contract', 'job');
    await world.settle();
    await expectWorthless(copy, 'the removal');

    for (const day of [1, 2]) {
      copy = await owner.inviteToken();
      expect(await turnTheClock()).to.equal(1);
      await expectWorthless(copy, `day ${day}`);
      // Another replica's timer rings for the same turn.
      expect(await turnTheClock()).to.equal(0);
      world.later(DAY_MS);
    }
  });

  it('is renewed by a turn of the clock once a day', () => {
    const turn = timetable(world.context.settings).find(({ name }) => name === 'invite link');
    expect(turn?.expression).to.match(/^\d+ \d+ \* \* \*$/);
    expect(turn?.mark.kind).to.equal('invite-link');
  });
});
