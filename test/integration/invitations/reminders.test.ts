import { expect } from 'chai';
import { invitationRows } from '../../../plugin/access/invitation-rows.ts';
import { markReminders, sendReminder } from '../../../plugin/invitations/invitation-mail.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { type AccessWorld, GOOD_PASSWORD, useAccessWorld } from '../../support/access-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

for (const kind of storeKinds) {
  describe(`reminders of an invitation (${kind})`, () => {
    let world: AccessWorld;
    useAccessWorld(kind, async (opened) => {
      world = opened;
      await world.link('link', 'job', '1');
      await world.hire('contract', 'job', 'ann');
      await world.converge();
      await world.work();
    });

    const accept = () => acceptInvitation(world.context, world.token('ann'), GOOD_PASSWORD);
    const hourly = async (): Promise<void> => {
      await markReminders(world.context);
      await world.work();
    };
    const subjects = (): string[] => world.mails.slice(1).map(({ subject }) => subject);
    const reminder = 'Reminder: your access to Project 1 is waiting';

    it('go out after 2 and 7 days, once each, with a link that works, and never again', async () => {
      for (let hour = 0; hour < 13 * 24; hour += 6) {
        await hourly();
        const days = (hour + 0.1) / 24;
        expect(subjects(), `hour ${hour}`).to.have.length(Number(days >= 2) + Number(days >= 7));
        world.later(DAY_MS / 4);
      }
      expect(subjects()).to.deep.equal([reminder, reminder]);
      const ids = world.mails.map(({ messageId }) => messageId);
      expect(new Set(ids).size).to.equal(3);
      expect(await accept()).to.include({ result: 'done' });
    });

    it('are not sent once it was accepted, nor after the end of the contract', async () => {
      await world.hire('contract of bob', 'job', 'bob');
      await world.settle();
      await accept();
      await world.end('contract of bob', 'job');
      world.later(3 * DAY_MS);
      await hourly();
      expect(world.mails).to.have.length(2);
    });

    it('that were due before the end of the contract are not sent after it', async () => {
      world.later(3 * DAY_MS);
      await markReminders(world.context);
      await world.end('contract', 'job');
      await world.work();
      expect(world.mails).to.have.length(1);
    });

    it('wait for a mail server that refuses, and are one even after a week without it', async () => {
      const { mailer } = world.context;
      world.later(8 * DAY_MS);
      const failing = {
        send: async () => Promise.reject(new Error('451 later')),
        verify: async () => {},
        close() {},
      };
      world.use({ mailer: failing });
      const [row] = await invitationRows(world.store.database);
      await thrownBy(sendReminder(world.context, `${row?.id}:1`));
      world.use({ mailer });
      await hourly();
      await hourly();
      expect(subjects()).to.deep.equal([reminder]);
    });
  });
}
