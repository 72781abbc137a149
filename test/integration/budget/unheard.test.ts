/** Budgets that move without us: first-party work and funding of which no event told. */
import { expect } from 'chai';
import type { PluginContext } from '../../../plugin/context.ts';
import type { Mail } from '../../../plugin/mail/mailer.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { claimItems, finishItems, markDue } from '../../../plugin/queue/items.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { recordingMailer } from '../../support/recording-mailer.ts';
import { storeKinds } from '../../support/store.ts';

const MINUTE = 60_000;
const MINUTES = 60;

for (const kind of storeKinds) {
  describe(`a budget that moves without us, on ${kind}`, () => {
    let world: CoreWorld;
    let context: PluginContext;
    let contractId: string;
    let projectId: string;
    const mails: Mail[] = [];
    useCoreWorld(kind, (opened) => {
      world = opened;
      mails.length = 0;
      context = { ...world.context, mailer: recordingMailer(mails) };
    });
    beforeEach(async () => {
      const { id: jobId } = world.sandbox.control.createJob({ title: 'Cats', paymentType: 'PAY_PER_LABEL' });
      ({ projectId } = await world.link(jobId));
      ({ contractId } = world.hire(jobId));
      world.sandbox.control.fundMilestone(contractId, { volume: 100 });
      world.later(MINUTE);
      await refreshFromOpenTrain(context, 'test');
      await hour();
      mails.length = 0;
    });

    /** What the timetable marks in each minute of an hour, and all that follows from it but access. */
    async function hour(): Promise<void> {
      const handlers = createHandlers(context);
      for (let minute = 0; minute < MINUTES; minute += 1) {
        await markDue(
          context.database,
          { kind: 'budgets', key: 'all', detail: { cause: 'timer' } },
          context.clock.now(),
        );
        const claim = { owner: 'test', now: world.clock.time, leaseMs: MINUTE, limit: 50 };
        for (let rows = await claimItems(context.database, claim); rows.length > 0; ) {
          for (const row of rows) {
            await handlers[row.kind]?.run(row.key, row.detail, AbortSignal.timeout(MINUTE));
            await finishItems(context.database, [row]);
          }
          rows = await claimItems(context.database, claim);
        }
        world.later(MINUTE);
      }
    }
    const notice = () => world.tool.notices.get(projectId) ?? null;
    const mailed = () => mails.map(({ to }) => to);

    it('is read within the hour: LOW shows a notice, DEPLETED mails, funding takes the notice away', async () => {
      const work = (labels: number) => world.sandbox.control.workFirstParty(contractId, { labels, silent: true });
      expect(notice()).to.equal(null);
      work(85);
      await hour();
      expect(notice()).not.to.equal(null);
      expect(mailed()).to.deep.equal([]);
      work(15);
      await hour();
      expect(mailed()).to.deep.equal(['ada.l@opentrain.work']);
      world.sandbox.control.dropNextEvents(1);
      world.sandbox.control.fundMilestone(contractId, { volume: 900 });
      await hour();
      expect(notice()).to.equal(null);
      expect(mailed(), 'once').to.deep.equal(['ada.l@opentrain.work']);
    });
  });
}
