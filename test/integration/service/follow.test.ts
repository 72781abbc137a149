import { expect } from 'chai';
import { auditList } from '../../../plugin/audit/audit-log.ts';
import { unknownKind } from '../../../plugin/queue/handler.ts';
import { causeOf } from '../../../plugin/queue/items.ts';
import { Worker } from '../../../plugin/queue/worker.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { causedBy } from '../../../plugin/status/caused-by.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

/** Leaves its items in the queue. */
const failing = { ...unknownKind, run: () => Promise.reject(new Error('later')) };

for (const kind of storeKinds) {
  describe(`following a delivery to its effects on ${kind}`, function () {
    this.timeout(30_000);
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });

    it('goes by one text: in the queue, the audit log and every line of the log', async () => {
      const { jobId } = await world.linkedJob();
      const { trainerId } = world.hire(jobId);
      const event = world.lastEvent('contract.started');
      const cause = `event ${event.id} (contract.started)`;
      await world.deliver(event);
      const access = await world.queueItem('access', trainerId);
      expect(access && causeOf(access)).to.equal(cause);
      expect((await causedBy(world.context, cause)).items.map(({ what }) => what)).to.include(
        `access of trainer ${trainerId}`,
      );

      world.log.length = 0;
      const { context } = world;
      const broken = { ...createHandlers(context), access: failing };
      await new Worker({ ...context, handlers: broken, role: 'command' }).drain();
      const failed = world.log.filter(({ msg }) => msg.startsWith('queue item failed'));
      expect(failed.map((line) => line.cause)).to.include(cause);

      world.later(3_600_000);
      await new Worker({ ...context, handlers: createHandlers(context), role: 'command' }).drain();
      const audit = await auditList(context.database, { cause }).read({ offset: 0, limit: 10 });
      expect(audit.map(({ action, trainer_id }) => `${action} ${trainer_id}`)).to.deep.equal([`invite ${trainerId}`]);
      const { deliveries, items } = await causedBy(context, cause);
      expect(deliveries.map(({ id }) => id)).to.deep.equal(['test_1']);
      expect(items.map(({ what }) => what)).not.to.include(`access of trainer ${trainerId}`);
    });

    it('keeps what caused an item for the items that it marks', async () => {
      const { jobId } = await world.linkedJob();
      world.hire(jobId);
      const event = world.lastEvent('contract.started');
      await world.deliver(event);
      const { context } = world;
      const handlers = { ...createHandlers(context), 'invitation-mail': failing };
      await new Worker({ ...context, handlers, role: 'command' }).drain();
      const rows = await context.database('queue_items').where({ kind: 'invitation-mail' });
      expect(rows.map((row) => causeOf(row))).to.deep.equal([`event ${event.id} (contract.started)`]);
    });
  });
}
