/** Whose an account of the tool is: proved, confirmed, or known to nobody. */
import { expect } from 'chai';
import { WHOLE_TOOL } from '../../../adapters/tool.ts';
import { confirmAccount } from '../../../plugin/access/confirm-account.ts';
import { firstStart } from '../../../plugin/access/first-start.ts';
import { closeNewAccount, confirmColleague, lookForNewAccounts } from '../../../plugin/access/new-accounts.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { findTrainer } from '../../../plugin/mirror/trainers.ts';
import { type AccessWorld, GOOD_PASSWORD, mailOf, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const HOUR_MS = 3_600_000;

for (const kind of storeKinds) {
  describe(`whose an account is (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.connect();
      await world.link('link', 'job', '1');
    });

    it('an account under the Work Email becomes theirs with the mailed link, and every key to it is dead', async () => {
      const squatted = world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL], keys: new Set(['a token']) });
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
      expect(await world.state('ann')).to.equal('* invited');
      expect((await findTrainer(world.store.database, 'ann'))?.tool_user_id).to.equal(null);
      await acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
      expect(await world.state('ann')).to.equal('* active');
      expect(squatted.password).to.equal(GOOD_PASSWORD);
      expect(squatted.keys.size).to.equal(0);
      expect(await world.audit()).to.include('prove-account ann invited → active');
    });

    it('is left alone where keys cannot be ended, until an admin confirms one that was there before the plugin', async () => {
      world.tool.capabilities = { ...world.tool.capabilities, endKeys: false };
      const account = world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] });
      world.later(HOUR_MS);
      await firstStart(world.context);
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      expect(await world.state('ann')).to.equal('* blocked account-not-ours');
      expect((await world.rows('ann'))[0]?.remedy).to.include('confirm-account ann');
      expect((await confirmAccount(world.context, 'ann', 'console')).toolUserId).to.equal(account.id);
      expect(await world.state('ann')).to.equal('* active');
      expect(account.password).to.equal('their own');
      expect((await world.audit()).filter((line) => line.startsWith('confirm-account'))).to.have.length(1);
    });

    it('cannot be confirmed when it was made since the first start, administers the tool, or is another trainer’s', async () => {
      await firstStart(world.context);
      world.later(HOUR_MS);
      await world.hire('contract', 'job', 'ann');
      await world.hire('contract of bob', 'job', 'bob');
      const confirm = () => thrownBy(confirmAccount(world.context, 'ann', 'console'));
      expect((await confirm()).message).to.include('shows no account');
      const account = world.tool.add(mailOf('ann'), { places: [WHOLE_TOOL] });
      expect((await confirm()).message).to.include('made after the plugin’s first start');
      account.joinedAt = new Date(0);
      await world.tie('bob', account);
      expect((await confirm()).message).to.include('bob');
      await world.store.database('trainers').where({ id: 'bob' }).update({ tool_user_id: null });
      account.privileged = true;
      expect((await confirm()).message).to.include('administers');
    });

    it('one account never belongs to two trainers', async () => {
      await world.annIsActive();
      const [account] = [...world.tool.accounts.values()];
      await world.hire('contract of bob', 'job', 'bob');
      expect((await thrownBy(world.tie('bob', account ?? { id: '' }))).message).to.match(/unique/i);
    });

    it('accounts that joined since the first start and that no contract explains are told, with who could have made them', async () => {
      world.tool.add('colleague@example.com', { places: [WHOLE_TOOL] });
      world.later(HOUR_MS);
      await firstStart(world.context);
      world.later(HOUR_MS);
      const early = world.tool.add('early@example.com', { places: [WHOLE_TOOL] });
      world.later(HOUR_MS);
      await world.annIsActive();
      world.later(HOUR_MS);
      const late = world.tool.add('late@example.com', { places: [WHOLE_TOOL] });
      const found = await lookForNewAccounts(world.context);
      expect(found?.map(({ name, suspects }) => `${name} ${suspects}`)).to.deep.equal([
        'early@example.com ',
        'late@example.com ann',
      ]);
      expect(await closeNewAccount(world.context, late.id, 'console')).to.deep.equal([]);
      expect(late.closed).to.equal(true);
      await confirmColleague(world.context, early.id, 'console');
      expect(early.closed).to.equal(false);
      expect(await lookForNewAccounts(world.context)).to.deep.equal([]);
      expect((await world.audit()).slice(-2)).to.deep.equal(['close-account  – → –', 'confirm-colleague  – → –']);
    });

    it('nothing but an account that nobody knows can be closed', async () => {
      await firstStart(world.context);
      await world.annIsActive();
      const boss = world.tool.add('boss@example.com', { places: [WHOLE_TOOL], privileged: true });
      const ann = world.tool.byEmail(mailOf('ann'));
      for (const id of [ann?.id ?? '', boss.id, '999']) {
        expect((await thrownBy(closeNewAccount(world.context, id, 'console'))).message).to.include('nobody knows');
      }
      expect(ann?.closed).to.equal(false);
    });
  });
}
