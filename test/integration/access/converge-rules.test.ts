import { expect } from 'chai';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { planAll } from '../../../plugin/access/converge.ts';
import { markDisconnected } from '../../../plugin/mirror/installs.ts';
import { listItems } from '../../../plugin/queue/items.ts';
import { type AccessWorld, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';

const GRACE_MS = 600_000;

for (const kind of storeKinds) {
  describe(`access follows the rules (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
    });

    it('blocks a trainer whose Work Email is not told, with the remedy for the cause', async () => {
      const remedies: Record<string, { scopes?: string[]; piiConsent?: boolean }> = {
        'scope participants:email': { scopes: ['contracts:read'] },
        'consent to share Work Emails': { piiConsent: false },
        'has not told this trainer': {},
      };
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann', null);
      for (const [words, install] of Object.entries(remedies)) {
        await world.connect(install);
        await world.converge();
        expect(await world.state('ann')).to.equal('* blocked no-work-email');
        expect((await world.rows('ann'))[0]?.remedy).to.contain(words);
      }
      expect(world.tool.looks).to.equal(0);
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* invited');
    });

    it('refuses an address that is not a Work Email', async () => {
      await world.link('link', 'job', '1');
      for (const [trainer, address] of [
        ['ann', 'ann@example.com'],
        ['bob', 'bob@opentrain.work.example.com'],
      ] as const) {
        await world.hire(`contract of ${trainer}`, 'job', trainer, address);
        await world.converge();
        expect(await world.state(trainer)).to.equal('* blocked not-a-work-email');
        expect((await world.rows(trainer))[0]?.remedy).to.contain(address);
      }
      expect(world.tool.looks).to.equal(0);
      expect(world.mails).to.deep.equal([]);
    });

    it('holds access through the grace after a link was removed, then removes it by itself', async () => {
      await world.annIsActive();
      await world.unlink('link');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      world.later(GRACE_MS - 1);
      await world.work();
      expect(await world.state('ann')).to.equal('* active');
      world.later(1);
      await world.work();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('changes nothing when a link is re-pointed: removed and created again within the grace', async () => {
      await world.annIsActive();
      await world.unlink('link');
      await world.converge();
      world.later(60_000);
      await world.link('link again', 'job', '1');
      world.later(GRACE_MS);
      await world.work();
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.changes).to.have.length(1);
    });

    it('does not let the grace delay an ended contract', async () => {
      await world.annIsActive();
      await world.unlink('link');
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('throws nobody out while OpenTrain is disconnected, and carries on after a reconnect', async () => {
      await world.annIsActive();
      await markDisconnected(world.store.database, 'install', 'revoked', world.date);
      await world.end('contract', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      world.later(1000);
      await world.connect({ id: 'install 2' });
      await world.hire('contract 2', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      expect(world.tool.changes).to.have.length(1);
      await world.end('contract 2', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('leaves MANAGED_ADAPTER links alone: neither grants nor removes', async () => {
      await world.link('managed', 'job', '1', 'MANAGED_ADAPTER');
      await world.hire('contract', 'job', 'bob');
      await world.converge('all', { look: true });
      expect(await world.state('bob')).to.equal('');
      await world.link('link', 'job 2', '2');
      await world.hire('contract 2', 'job 2', 'ann');
      await world.tie('ann', world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] }));
      await world.converge();
      await world.hire('contract 3', 'job', 'ann');
      await world.end('contract 2', 'job 2');
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      await world.end('contract 3', 'job');
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
    });

    it('repairs what was changed by hand only when it is asked to look', async () => {
      await world.annIsActive();
      const account = world.tool.byEmail(mailOf('ann'));
      account?.places.clear();
      await world.converge();
      expect(account?.places.size).to.equal(0);
      await world.converge('all', { look: true });
      expect([...(account?.places ?? [])]).to.deep.equal([WHOLE_TOOL]);
    });

    it('removes nobody with ACCESS_POLICY=grant-only, and does nothing at all with observe', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      world.useSettings({ ACCESS_POLICY: 'grant-only' });
      await world.converge();
      expect(await world.state('ann')).to.equal('* active');
      world.useSettings({ ACCESS_POLICY: 'observe' });
      await world.hire('contract of bob', 'job', 'bob');
      await world.converge();
      expect(await world.state('bob')).to.equal('');
      world.useSettings({ ACCESS_POLICY: 'sync' });
      await world.converge();
      expect(await world.state('ann')).to.equal('* revoked');
      expect(await world.state('bob')).to.equal('* invited');
    });

    it('plans for everybody without changing anything', async () => {
      await world.annIsActive();
      await world.end('contract', 'job');
      await world.hire('contract of bob', 'job', 'bob');
      const before = {
        rows: await world.rows(),
        audit: await world.audit(),
        work: await listItems(world.store.database),
      };
      const { planned } = await planAll(world.context);
      const plan = planned.flatMap(({ changes }) => changes.map(({ action, trainerId }) => `${action} ${trainerId}`));
      expect(plan.sort()).to.deep.equal(['invite bob', 'remove ann']);
      const after = {
        rows: await world.rows(),
        audit: await world.audit(),
        work: await listItems(world.store.database),
      };
      expect(after).to.deep.equal(before);
      expect(world.tool.changes).to.have.length(1);
    });
  });
}
