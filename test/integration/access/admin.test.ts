import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { restoreRevoked, revokeAll } from '../../../plugin/access/admin.ts';
import { reportRevokeAll } from '../../../plugin/commands/revoke-all.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { markDisconnected } from '../../../plugin/mirror/installs.ts';
import { planReport } from '../../../plugin/service/reconcile-plan.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { REMEDY } from '../../support/model-tool.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`what an admin asks for outright (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      await world.work();
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      await world.work();
    });

    it('revoke-all takes everybody out, invitations included, and reports each person', async () => {
      const { people, problem } = await revokeAll(world.context, 'command revoke-all');
      expect(problem).to.equal(null);
      expect(people.map(({ trainerId, before, after }) => `${trainerId} ${before} → ${after}`)).to.deep.equal([
        'ann active → revoked',
        'bob invited → revoked',
      ]);
      expect(await acceptInvitation(world.context, world.token('bob'), GOOD_PASSWORD)).to.include({ reason: 'void' });
      expect(world.tool.byEmail(mailOf('ann'))).to.include({ closed: true });
    });

    it('revoke-all keeps them out, until a new contract starts', async () => {
      await revokeAll(world.context, 'command revoke-all');
      await world.converge('all', { look: true });
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      expect(await world.state('bob')).to.equal('* revoked');
    });

    it('reconcile --restore-revoked lets them in again', async () => {
      await revokeAll(world.context, 'command revoke-all');
      expect(await restoreRevoked(world.context, 'command')).to.equal(2);
      await world.work();
      expect(await world.state('ann')).to.equal('* active');
      expect(await world.state('bob')).to.equal('* invited');
    });

    it('revoke-all works while OpenTrain is disconnected and with any ACCESS_POLICY', async () => {
      await markDisconnected(world.store.database, 'install', 'revoked', world.date);
      world.useSettings({ ACCESS_POLICY: 'observe' });
      await revokeAll(world.context, 'command revoke-all');
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('revoke-all says what could not be done and what remains, and can be run again', async () => {
      world.tool.before = (call) => {
        if (call === 'revoke') throw new ToolUnavailable('the tool is away');
      };
      const failed = await reportRevokeAll(world.context, 'command revoke-all');
      expect(failed.exitCode).to.equal(1);
      expect(failed.text).to.contain('the tool is away').and.to.contain('1 of 2 have no access any more');
      world.tool.before = () => undefined;
      world.tool.capabilities = { ...world.tool.capabilities, closeAccount: false };
      const partial = await reportRevokeAll(world.context, 'command revoke-all');
      expect(partial.exitCode).to.equal(1);
      expect(partial.text).to.contain('can still: sign in').and.to.contain(REMEDY);
      world.tool.capabilities = { ...world.tool.capabilities, closeAccount: true };
      expect((await reportRevokeAll(world.context, 'command revoke-all')).exitCode).to.equal(0);
      expect((await reportRevokeAll(world.context, 'command revoke-all')).text).to.contain('Nobody has access');
    });

    it('a look at everybody, as `reconcile` makes it, lets in who is no longer blocked', async () => {
      const boss = world.tool.add(mailOf('cleo'), { places: [WHOLE_TOOL], privileged: true });
      await world.hire('contract of cleo', 'job', 'cleo');
      await world.converge();
      expect(await world.state('cleo')).to.match(/blocked/);
      boss.privileged = false;
      await world.converge('all', { look: true });
      expect(await world.state('cleo')).to.equal('* invited');
    });

    it('the plan says who, what and why, and what ACCESS_POLICY holds', async () => {
      await world.end('contract', 'job');
      await world.hire('contract of dora', 'job', 'dora', null);
      world.useSettings({ ACCESS_POLICY: 'grant-only' });
      const plan = await planReport(world.context);
      const short = plan.map(({ action, trainerId, where, heldByPolicy }) => ({
        action,
        trainerId,
        where,
        heldByPolicy,
      }));
      expect(short).to.deep.equal([
        { action: 'remove', trainerId: 'ann', where: 'the whole tool', heldByPolicy: true },
        { action: 'keep', trainerId: 'bob', where: 'the whole tool', heldByPolicy: false },
        { action: 'block', trainerId: 'dora', where: 'the whole tool', heldByPolicy: false },
      ]);
      expect(plan[0]?.why).to.contain('contract contract (Title of contract) ended on 2031-05-01');
      expect(plan[1]?.why).to.contain('is active, linked to Project 1');
      expect(plan[2]?.remedy).to.contain('has not told this trainer');
    });
  });
}
