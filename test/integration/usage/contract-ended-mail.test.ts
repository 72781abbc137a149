import { expect } from 'chai';
import { stub } from 'sinon';
import { RESTORE, recordAudit } from '../../../plugin/audit/audit-log.ts';
import { sendContractEndedMails } from '../../../plugin/usage/contract-ended-mail.ts';
import { type AccessWorld, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

for (const kind of storeKinds) {
  describe(`the mail about the end of a contract on ${kind}`, function () {
    this.timeout(20_000);
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.annIsActive();
      await world.store.database('usage_days').delete();
      world.mails.length = 0;
    });

    const tell = () => sendContractEndedMails(world.context, 'contract');

    it('says what ended, what was counted, and whom to ask, once', async () => {
      const day = { contract_id: 'contract', trainer_id: 'ann', labels_completed: 700, total_seconds: 5_400 };
      const days = ['2031-04-29', '2031-04-30'].map((work_date) => ({ ...day, work_date, accepted_at: 1 }));
      await world.store.database('usage_days').insert(days);
      await world.end('contract', 'job');
      await world.converge();
      await tell();
      await tell();
      expect(world.mails.map(({ to, subject }) => `${to}: ${subject}`)).to.deep.equal([
        'ann@opentrain.work: Your contract has ended: Title of contract',
      ]);
      expect(world.mails[0]?.text)
        .to.include('1,400 labels and 3 hours on 2 days')
        .and.to.include('Write to your client on OpenTrain')
        .and.not.to.include('Your other contracts');
    });

    it('says that other contracts go on', async () => {
      await world.hire('other', 'job', 'ann');
      await world.end('contract', 'job');
      await tell();
      expect(world.mails[0]?.text).to.include('Your other contracts go on');
    });

    it('is not sent while the contract runs, or runs again', async () => {
      await tell();
      expect(world.mails).to.deep.equal([]);
    });

    it('is not sent because a link went away', async () => {
      await world.unlink('link');
      await world.converge();
      await tell();
      expect(world.mails).to.deep.equal([]);
    });

    it('is not sent where nobody’s access is taken, nor to somebody who was never let in', async () => {
      await world.end('contract', 'job');
      world.useSettings({ ACCESS_POLICY: 'grant-only' });
      await tell();
      world.useSettings({});
      await world.store.database('access').delete();
      await tell();
      expect(world.mails).to.deep.equal([]);
    });

    it('is not sent of an end before a restored backup, which the lost store has mailed; a later end is', async () => {
      await world.end('contract', 'job');
      const ended = world.store.database('contracts').where({ id: 'contract' });
      const restoredAt = world.context.clock.now();
      const entry = { at: restoredAt, cause: 'restored from a backup', action: RESTORE };
      await recordAudit(world.store.database, entry);
      await ended.clone().update({ end_date: new Date(restoredAt.getTime() - 1).toISOString() });
      await tell();
      expect(world.mails).to.deep.equal([]);
      await ended.clone().update({ end_date: restoredAt.toISOString() });
      await tell();
      expect(world.mails).to.have.length(1);
    });

    it('is sent later when the mail server was away', async () => {
      await world.end('contract', 'job');
      const { mailer } = world.context;
      if (!mailer) throw new Error('the world has a mailer');
      const send = stub(mailer, 'send').rejects(new Error('away'));
      await thrownBy(tell());
      send.restore();
      await tell();
      expect(world.mails).to.have.length(1);
    });
  });
}
