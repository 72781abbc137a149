import { expect } from 'chai';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { type DeliveryRow, latestDeliveries, storeDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { gate, QueueBench } from '../../support/queue-bench.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`work on the inbox on ${kind}`, () => {
    let bench: QueueBench;
    before(async () => {
      bench = await QueueBench.open(kind);
    });
    after(() => bench.close());
    beforeEach(() => bench.reset());

    const fill = async (count: number): Promise<void> => {
      const deliveries = Array.from({ length: count }, (_, index) => ({
        id: `d${index}`,
        eventId: String(1_000 - index),
        eventType: 'x',
        body: '{}',
        headers: {},
        receivedAt: bench.clock.now(),
      }));
      await storeDeliveries(bench.database, deliveries);
    };
    const finish = async (rows: readonly DeliveryRow[]): Promise<void> => {
      for (const { id } of rows)
        await bench.database('deliveries').where({ id }).update({ finished_at: 1, due_at: null });
    };

    it('is handed over in the order in which things happened', async () => {
      await fill(12);
      const seen: string[] = [];
      const applyDeliveries = async (rows: readonly DeliveryRow[]): Promise<void> => {
        seen.push(...rows.map(({ event_id }) => event_id));
        await finish(rows);
      };
      await bench.deliveries(applyDeliveries).drain();
      expect(seen).to.deep.equal(seen.toSorted((a, b) => Number(a) - Number(b)));
      expect(seen).to.have.length(12);
    });

    it('is taken again at once when the store failed while it was worked off', async () => {
      bench.useRealTime();
      await fill(3);
      let failures = 1;
      const applyDeliveries = async (rows: readonly DeliveryRow[]): Promise<void> => {
        failures -= 1;
        if (failures >= 0) throw new Error('the store went away');
        await finish(rows);
      };
      bench.deliveries(applyDeliveries).start();
      await waitFor('all to be worked off', async () =>
        (await latestDeliveries(bench.database, 10)).every(({ finished_at }) => finished_at !== null),
      );
    });

    it('keeps its lease for as long as applying goes on, also while some of it is finished and not committed yet', async () => {
      bench.useRealTime();
      await fill(3);
      const door = gate();
      const lease = { leaseSeconds: 0.4 };
      const applied: string[] = [];
      const applySlowly = (rows: readonly DeliveryRow[]): Promise<void> =>
        bench.database.transaction(async (transaction) => {
          for (const { id } of rows) {
            await transaction('deliveries').where({ id }).update({ finished_at: 1, due_at: null });
            applied.push(id);
            if (applied.length === 1) await door.passed;
          }
        });
      const slow = bench.deliveries(applySlowly, lease);
      slow.start();
      await waitFor('one to be applied', async () => applied.length === 1);
      const startedAt = Date.now();
      await waitFor('the first leases to expire', async () => Date.now() > startedAt + 600);
      const other = bench.deliveries(async (rows) => void applied.push(...rows.map(({ id }) => `again ${id}`)), lease);
      // On SQLite the other one waits for the write lock.
      const drained = other.drain();
      if (kind === 'postgres') await drained;
      door.open();
      await drained;
      await waitFor('all to be applied', async () => applied.length >= 3);
      expect(applied).to.deep.equal(['d2', 'd1', 'd0']);
    });

    it('gives way to deliveries that arrive, but only for a moment', async () => {
      bench.useRealTime();
      await fill(1);
      const startedAt = performance.now();
      bench.deliveries(finish, { receiving: () => true }).start();
      await waitFor(
        'it to be worked off',
        async () => (await latestDeliveries(bench.database, 1))[0]?.finished_at === 1,
      );
      expect(performance.now() - startedAt).to.be.within(1_000, 5_000);
    });
  });
}
