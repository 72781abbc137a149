import { expect } from 'chai';
import { withKeptPlaces } from '../../../plugin/gateway/kept-places.ts';
import { placesOf } from '../../../plugin/gateway/places.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';

const GRACE_MS = 600_000;

for (const kind of storeKinds) {
  describe(`a tool with one membership, behind the gateway (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, (opened) => {
      world = opened;
    });

    const switchOn = (): void => world.useTool(withKeptPlaces(world.tool, world.store.database));
    const switchOff = (): void => world.useTool(world.tool);
    const account = () => ({ toolUserId: world.tool.byEmail(mailOf('ann'))?.id ?? '', email: mailOf('ann') });
    const reaches = async (): Promise<string[]> => [
      ...((await placesOf(world.context, account()))?.projects ?? ['everything']),
    ];

    async function annOnTwoProjects(): Promise<void> {
      await world.connect();
      await world.link('link 1', 'job', '1');
      await world.link('link 2', 'job', '2');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      await world.converge();
      await world.work();
    }

    it('invites to projects, takes one away without touching the tool, and removes the member with the last one', async () => {
      switchOn();
      await annOnTwoProjects();
      expect(await world.state('ann')).to.equal('1 active, 2 active');
      expect(await reaches()).to.have.members(['1', '2']);
      const before = world.tool.changes.length;
      await world.unlink('link 1');
      world.later(GRACE_MS);
      expect(await reaches(), 'at once when the grace is over').to.deep.equal(['2']);
      await world.converge();
      expect(await world.state('ann')).to.equal('1 revoked, 2 active');
      expect(world.tool.changes).to.have.length(before);
      await world.end('contract', 'job');
      expect(await reaches(), 'before the tool is asked').to.deep.equal([]);
      await world.converge();
      expect(await world.state('ann')).to.equal('1 revoked, 2 revoked');
      expect(world.tool.changes.at(-1)).to.equal('revoke ann@opentrain.work * and close');
    });

    it('lets a trainer who was hired again in again, with the same account', async () => {
      switchOn();
      await annOnTwoProjects();
      await world.end('contract', 'job');
      await world.converge();
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('1 active, 2 active');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, '*')).to.equal(true);
      expect(await reaches()).to.have.members(['1', '2']);
    });

    it('lets nobody in by the contract of another trainer with the same address', async () => {
      switchOn();
      await annOnTwoProjects();
      await world.hire('contract 2', 'job', 'bob');
      await world.store
        .database('trainers')
        .where({ id: 'bob' })
        .update({ work_email: mailOf('ann') });
      expect(await reaches()).to.have.members(['1', '2']);
      await world.end('contract', 'job');
      expect(await reaches()).to.deep.equal([]);
    });

    it('is switched on and off without anybody losing anything, or being mailed', async () => {
      await annOnTwoProjects();
      expect(await world.state('ann')).to.equal('* active');
      const [changes, mails] = [world.tool.changes.length, world.mails.length];
      switchOn();
      expect(await reaches(), 'while the record still speaks of the whole tool').to.have.members(['1', '2']);
      await world.converge('all', { look: true });
      await world.work();
      expect(await world.state('ann')).to.equal('1 active, 2 active');
      expect(await reaches()).to.have.members(['1', '2']);
      switchOff();
      await world.converge('all', { look: true });
      await world.work();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.changes).to.have.length(changes);
      expect(world.mails).to.have.length(mails);
      expect(await world.audit()).to.include('fit-places ann – → –');
    });

    it('removes, when switched on, whoever should have nothing any more', async () => {
      await annOnTwoProjects();
      switchOn();
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
      expect(world.tool.canWork(mailOf('ann'), GOOD_PASSWORD, '*')).to.equal(false);
    });

    it('keeps an open invitation over the switch', async () => {
      await world.connect();
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      const token = world.token('ann');
      switchOn();
      await world.converge();
      expect(await world.state('ann')).to.equal('1 invited');
      expect((await acceptInvitation(world.context, token, GOOD_PASSWORD)).result).to.equal('done');
      expect(await world.state('ann')).to.equal('1 active');
      expect(await reaches()).to.deep.equal(['1']);
    });

    it('lets everybody keep what they have while OpenTrain is disconnected, and removes nobody with grant-only', async () => {
      switchOn();
      await annOnTwoProjects();
      await world.end('contract', 'job');
      expect(await reaches()).to.deep.equal([]);
      world.useSettings({ ACCESS_POLICY: 'grant-only' });
      expect(await reaches()).to.have.members(['1', '2']);
      world.useSettings({});
      await world.store.database('installs').update({ status: 'disconnected' });
      expect(await reaches()).to.have.members(['1', '2']);
    });

    it('lets nobody with a trainer’s address in whose account is not known to be theirs', async () => {
      switchOn();
      await world.connect();
      await world.link('link 1', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      world.tool.add(mailOf('ann'), { places: ['*'] });
      expect(await reaches()).to.deep.equal([]);
      expect(await placesOf(world.context, { toolUserId: '999', email: 'colleague@example.com' })).to.equal(null);
    });
  });
}
