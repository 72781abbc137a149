import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { eventRules } from '../../../plugin/mirror/apply-event.ts';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import {
  claimDeliveries,
  latestDeliveries,
  type NewDelivery,
  retryDeliveries,
} from '../../../plugin/webhooks/deliveries.ts';
import { Inbox } from '../../../plugin/webhooks/inbox.ts';
import { processDeliveries } from '../../../plugin/webhooks/process-delivery.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { type FreshStore, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

for (const kind of storeKinds) {
  describe(`the inbox on ${kind}`, () => {
    let store: FreshStore;
    let world: CoreWorld;
    useCoreWorld(kind, (opened, itsStore) => {
      world = opened;
      store = itsStore;
    });

    const delivery = (id: string, change: Partial<NewDelivery> = {}): NewDelivery => {
      const body = JSON.stringify({ id, type: 'contract.paused', createdAt: 'x', data: {} });
      return {
        id,
        eventId: id,
        eventType: 'contract.paused',
        body,
        headers: {},
        receivedAt: world.clock.time,
        ...change,
      };
    };
    const claim = (limit = 50, owner = 'test') =>
      claimDeliveries(store.database, { owner, now: world.clock.time, leaseMs: 30_000, limit });
    const rows = () => latestDeliveries(store.database, 1_000);

    it('stores a burst in few statements', async () => {
      let statements = 0;
      const watch = (query: { sql: string }): void => {
        if (query.sql.startsWith('insert into')) statements += 1;
      };
      store.database.on('query', watch);
      const inbox = new Inbox(store.database, () => undefined);
      const fresh = await Promise.all(Array.from({ length: 500 }, (_, index) => inbox.store(delivery(`d${index}`))));
      store.database.removeListener('query', watch);
      expect(fresh).to.deep.equal(Array(500).fill(true));
      expect(await rows()).to.have.length(500);
      expect(statements).to.be.at.most(8);
    });

    it('tells of a delivery that came twice in one burst that one is new', async () => {
      const inbox = new Inbox(store.database, () => undefined);
      const answers = await Promise.all([
        inbox.store(delivery('first')),
        inbox.store(delivery('a')),
        inbox.store(delivery('a')),
      ]);
      expect(answers.filter(Boolean)).to.have.length(2);
      expect(await rows()).to.have.length(2);
    });

    it('one delivery that the store refuses does not take the others of its burst along', async () => {
      const inbox = new Inbox(store.database, () => undefined);
      const first = inbox.store(delivery('first'));
      const good = inbox.store(delivery('good'));
      const bad = thrownBy(
        inbox.store(delivery('bad', { eventType: kind === 'postgres' ? 'NUL \u0000' : 'fine' })),
      ).catch((error: Error) => error);
      const another = inbox.store(delivery('another'));
      expect(await Promise.all([first, good, another])).to.deep.equal([true, true, true]);
      if (kind === 'postgres') expect((await bad).message).to.match(/invalid byte sequence/);
    });

    it('rejects within 2 s while the store does not answer, and goes on afterwards', async () => {
      const other = openDatabase(store.url);
      const holding = await other.transaction();
      await (kind === 'postgres' ? holding.raw('LOCK TABLE deliveries') : holding('counters').delete());
      const inbox = new Inbox(store.database, () => undefined);
      const startedAt = performance.now();
      const errors = await Promise.all([thrownBy(inbox.store(delivery('a'))), thrownBy(inbox.store(delivery('b')))]);
      expect(performance.now() - startedAt).to.be.below(2_000);
      expect(errors[0]?.message).to.match(/did not answer within 1800 ms/);
      await holding.rollback();
      await other.destroy();
      await inbox.store(delivery('a'));
      await inbox.store(delivery('b'));
      expect((await rows()).map(({ id }) => id).sort()).to.deep.equal(['a', 'b']);
    });

    it('knows whether it is receiving', async () => {
      const inbox = new Inbox(store.database, () => undefined);
      expect(inbox.isReceiving).to.equal(false);
      const storing = inbox.store(delivery('a'));
      expect(inbox.isReceiving).to.equal(true);
      await storing;
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(inbox.isReceiving).to.equal(false);
    });

    it('an event that cannot be applied leaves nothing behind, is retried later, and holds up no other', async () => {
      const { jobId } = await world.linkedJob();
      const poisoned = world.hire(jobId, 'Poisoned');
      const bad = world.lastEvent('contract.started');
      const good = world.hire(jobId, 'Good');
      const inbox = new Inbox(store.database, () => undefined);
      await inbox.store(delivery('bad', { body: JSON.stringify(bad) }));
      await inbox.store(delivery('good', { body: JSON.stringify(world.lastEvent('contract.started')) }));
      await poison(poisoned.trainerId);
      await processDeliveries({ ...world.context, rules: eventRules }, await claim());
      expect(await findContract(store.database, poisoned.contractId), 'nothing of it is left').to.equal(undefined);
      expect((await findContract(store.database, good.contractId))?.status).to.equal('active');
      const row = (await rows()).find(({ id }) => id === 'bad');
      expect(row).to.include({ finished_at: null, attempts: 1, lease_owner: null });
      expect(row?.last_error).to.match(/poisoned/);
      expect(row?.due_at).to.be.greaterThan(world.clock.time.getTime());
      await cure();
      expect(await claim()).to.deep.equal([]);
      expect(await retryDeliveries(store.database, world.clock.time)).to.equal(1);
      await processDeliveries({ ...world.context, rules: eventRules }, await claim());
      expect((await findContract(store.database, poisoned.contractId))?.status).to.equal('active');
      expect((await rows()).every(({ finished_at }) => finished_at !== null)).to.equal(true);
    });

    it('a delivery that can never be applied is set aside once, and links and contracts are read again', async () => {
      const { jobId } = await world.linkedJob();
      world.hire(jobId);
      const event = world.lastEvent('contract.started');
      const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      const inbox = new Inbox(store.database, () => undefined);
      await inbox.store(
        delivery('deep', { body: JSON.stringify(event).replace('"data":{', `"data":{"x":${nested},`) }),
      );
      const long = randomBytes(60_000).toString('hex');
      const body = JSON.stringify(event).replaceAll(JSON.stringify(jobId), JSON.stringify(long));
      await inbox.store(delivery('long', { body }));
      await processDeliveries({ ...world.context, rules: eventRules }, await claim());
      for (const row of await rows()) expect(row.finished_at, `${row.id}: ${row.last_error}`).not.to.equal(null);
      expect((await rows()).find(({ id }) => id === 'deep')?.outcome).to.match(/can never be applied/);
      expect(await world.due()).to.include('reconcile all');
    });

    /** The store refuses work about this trainer. */
    async function poison(trainerId: string): Promise<void> {
      if (kind === 'sqlite') {
        await store.database.raw(
          `CREATE TRIGGER poison BEFORE INSERT ON queue_items WHEN NEW.key = '${trainerId}' BEGIN SELECT RAISE(ABORT, 'poisoned'); END`,
        );
        return;
      }
      await store.database.raw(`ALTER TABLE queue_items ADD CONSTRAINT poisoned CHECK (key <> '${trainerId}')`);
    }

    async function cure(): Promise<void> {
      await store.database.raw(
        kind === 'sqlite' ? 'DROP TRIGGER poison' : 'ALTER TABLE queue_items DROP CONSTRAINT poisoned',
      );
    }

    it('a delivery that another replica has finished is not applied a second time', async () => {
      const inbox = new Inbox(store.database, () => undefined);
      await inbox.store(delivery('a', { body: '{"unreadable":true}' }));
      const late = await claim(1, 'late');
      world.later(31_000);
      const early = await claim(1, 'early');
      await processDeliveries({ ...world.context, rules: eventRules }, early);
      await world.forgetItems();
      await processDeliveries({ ...world.context, rules: eventRules }, late);
      expect(await world.due(), 'what the late one did was undone').to.deep.equal([]);
      expect((await rows())[0]).to.include({ attempts: 1 });
    });

    it('two replicas that take deliveries at once share them', async () => {
      const inbox = new Inbox(store.database, () => undefined);
      await Promise.all(Array.from({ length: 60 }, (_, index) => inbox.store(delivery(`d${index}`))));
      const second = openDatabase(store.url);
      const claimed = await Promise.all(
        [store.database, second, store.database, second].map((database, index) =>
          claimDeliveries(database, { owner: `o${index}`, now: world.clock.time, leaseMs: 30_000, limit: 20 }),
        ),
      );
      await second.destroy();
      const ids = claimed.flat().map(({ id }) => id);
      expect(new Set(ids).size).to.equal(ids.length);
      expect(Math.max(...claimed.map(({ length }) => length))).to.be.at.most(20);
    });

    it('hires and ends in any order, doubled and torn apart into any batches, end with every contract as it is', async function () {
      this.timeout(60_000);
      const { jobId } = await world.linkedJob();
      const events: { event: Record<string, unknown>; contractId: string }[] = [];
      const truth = new Map<string, string>();
      for (let index = 0; index < 6; index += 1) {
        const { contractId } = world.hire(jobId, `Trainer ${index}`);
        events.push({ event: world.lastEvent('contract.started'), contractId });
        world.later(1_000);
        truth.set(contractId, index % 2 === 0 ? 'ended' : 'active');
        if (index % 2 !== 0) continue;
        world.sandbox.control.endContract(contractId);
        events.push({ event: world.lastEvent('contract.ended'), contractId });
      }
      const histories = fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 });
      await fc.assert(
        fc.asyncProperty(histories, async (history) => {
          for (const table of ['deliveries', 'contracts', 'contract_trainers', 'trainers', 'queue_items'])
            await store.database(table).delete();
          await world.deliver(...history.map(({ event }) => event));
          for (const [contractId, status] of truth) {
            expect((await findContract(store.database, contractId))?.status, contractId).to.equal(status);
          }
        }),
        { numRuns: 12 },
      );
    });
  });
}
