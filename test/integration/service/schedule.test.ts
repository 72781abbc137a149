import { expect } from 'chai';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { allOutages, recordOutage } from '../../../plugin/queue/outages.ts';
import { type Turn, timetable } from '../../../plugin/queue/timetable.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { keptDays, prune } from '../../../plugin/service/prune.ts';
import { markStartItems, runTurn, takeMissedNight } from '../../../plugin/service/schedule.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { latestDeliveries, storeDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { type FreshStore, storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const DAY = 86_400_000;

for (const kind of storeKinds) {
  describe(`the schedule on ${kind}`, () => {
    let store: FreshStore;
    let world: CoreWorld;
    useCoreWorld(kind, (opened, itsStore) => {
      world = opened;
      store = itsStore;
    });

    const turn = (name: string): Turn => {
      const found = timetable(world.context.settings).find((candidate) => candidate.name === name);
      if (!found) throw new Error(`there is no turn ${name}`);
      return found;
    };
    /** Takes the turn, and does the item that it makes due. */
    const take = async (name: string): Promise<void> => {
      const { mark } = turn(name);
      await runTurn(world.context, turn(name), world.clock.time);
      const item = await world.queueItem(mark.kind, mark.key);
      await createHandlers(world.context)[mark.kind]?.run(mark.key, item?.detail ?? '', new AbortController().signal);
    };
    const nominal = new Date('2031-05-20T03:30:00Z');

    it('reads the budget of every active contract once an hour, spread over its minutes', async () => {
      const { jobId } = await world.linkedJob();
      for (let index = 0; index < 61; index += 1) world.hire(jobId, `Trainer ${index}`);
      world.later(1_000);
      await refreshFromOpenTrain(world.context, 'test');
      const perMinute: number[] = [];
      const seen = new Set<string>();
      for (let minute = 0; minute < 60; minute += 1) {
        await world.forgetItems();
        await take('budgets');
        const due = (await world.due()).filter((item) => item.startsWith('budget '));
        perMinute.push(due.length);
        for (const item of due) seen.add(item);
        world.later(60_000);
      }
      expect([seen.size, Math.max(...perMinute)]).to.deep.equal([61, 2]);
    });

    it('reads no budget of a job that only another tool has linked', async () => {
      const { jobId, linkId } = await world.linkedJob();
      world.hire(jobId);
      world.later(1_000);
      await refreshFromOpenTrain(world.context, 'test');
      const duePerHour = async () => {
        const seen = new Set<string>();
        for (let minute = 0; minute < 60; minute += 1) {
          await world.forgetItems();
          await take('budgets');
          for (const item of await world.due()) seen.add(item);
          world.later(60_000);
        }
        return [...seen].filter((item) => item.startsWith('budget ')).length;
      };
      expect(await duePerHour()).to.equal(1);
      await world.context.database('project_links').where({ id: linkId }).update({ owner: 'another tool' });
      expect(await duePerHour()).to.equal(0);
      await world.link(jobId);
      await refreshFromOpenTrain(world.context, 'test');
      expect(await duePerHour(), 'linked by both').to.equal(1);
    });

    it('runs each turn once over all replicas, even when their timers differ by a little', async () => {
      const second = openDatabase(store.url);
      const replicas = [world.context, { ...world.context, database: second }];
      await Promise.all(
        replicas.map((replica, index) =>
          runTurn(replica, turn('nightly usage'), new Date(nominal.getTime() + index * 40)),
        ),
      );
      expect((await world.queueItem('sync', 'nightly'))?.revision).to.equal(1);
      await runTurn(replicas[1] ?? world.context, turn('nightly usage'), new Date(nominal.getTime() + DAY));
      expect((await world.queueItem('sync', 'nightly'))?.revision).to.equal(2);
      await second.destroy();
    });

    it('a turn whose work could not be marked is still to be taken', async () => {
      const broken = { ...world.context, clock: { now: () => new Date(Number.NaN) } };
      await thrownBy(runTurn(broken, turn('reconcile'), nominal));
      expect(await world.due()).to.deep.equal([]);
      await runTurn(world.context, turn('reconcile'), nominal);
      expect(await world.due()).to.deep.equal(['reconcile all']);
    });

    it('has a turn for usage, nights, reconcile, the endpoint, reminders, silence and pruning', () => {
      const names = timetable(world.context.settings).map(({ name }) => name);
      expect(names).to.deep.equal([
        'recent usage',
        'nightly usage',
        'reconcile',
        'webhook endpoint',
        'budgets',
        'new accounts',
        'invite link',
        'alerts',
        'reminders',
        'silence',
        'missed night',
        'pruning',
      ]);
      expect(turn('nightly usage').expression).to.equal('30 3 * * *');
    });

    it('prunes finished deliveries after their time', async () => {
      const delivery = { eventId: '1', eventType: 'x', body: '{}', headers: {} };
      const old = new Date(world.clock.time.getTime() - (keptDays.deliveries + 1) * DAY);
      await storeDeliveries(store.database, [{ ...delivery, id: 'old', receivedAt: old }]);
      await storeDeliveries(store.database, [{ ...delivery, id: 'young', receivedAt: world.clock.time }]);
      await store.database('deliveries').update({ finished_at: 1 });
      await storeDeliveries(store.database, [{ ...delivery, id: 'old, not finished', receivedAt: old }]);
      await prune(world.context);
      expect((await latestDeliveries(store.database, 10)).map(({ id }) => id)).to.deep.equal([
        'young',
        'old, not finished',
      ]);
    });

    it('a start makes endpoint, reconcile and usage due', async () => {
      await markStartItems(world.context);
      expect(await world.due()).to.deep.equal(['endpoint check', 'reconcile all', 'sync recent']);
    });

    it('a start tries at once what was down: whoever was to try it may have died', async () => {
      const now = world.clock.time.getTime();
      await recordOutage(store.database, { dependency: 'tool', since: now, error: 'away', retry_at: now + 60_000 });
      await markStartItems(world.context);
      const [outage] = await allOutages(store.database);
      expect(outage).to.include({ dependency: 'tool', since: now, retry_at: now });
    });

    it('takes a night once whose hour is repeated when summer time ends, and no night is left out when it begins', async () => {
      const berlin = {
        ...world.context,
        settings: { ...world.context.settings, usage: { ...world.context.settings.usage, timezone: 'Europe/Berlin' } },
      };
      const at = async (name: string, time: string): Promise<number> => {
        await world.forgetItems();
        world.clock.time = new Date(time);
        const found = timetable(berlin.settings).find((candidate) => candidate.name === name);
        if (found) await runTurn(berlin, found, new Date(time));
        if (found?.mark.kind === 'missed-night') await takeMissedNight(berlin);
        return (await world.due()).filter((item) => item === 'sync nightly').length;
      };
      // 2031-10-26: 02:30 comes at 00:30Z and again at 01:30Z.
      expect(await at('nightly usage', '2031-10-26T00:30:00Z')).to.equal(1);
      expect(await at('nightly usage', '2031-10-26T01:30:00Z')).to.equal(0);
      expect(await at('nightly usage', '2031-10-27T01:30:00Z')).to.equal(1);
      // 2032-03-28: 02:30 never comes; the night before it was at 01:30Z.
      expect(await at('nightly usage', '2032-03-27T01:30:00Z')).to.equal(1);
      expect(await at('missed night', '2032-03-28T00:50:00Z')).to.equal(0);
      expect(await at('missed night', '2032-03-28T02:50:00Z')).to.equal(1);
      expect(await at('missed night', '2032-03-28T03:05:00Z')).to.equal(0);
      expect(await at('nightly usage', '2032-03-29T00:30:00Z')).to.equal(1);
    });

    it('runs what was due once when the machine has slept', async () => {
      await runTurn(world.context, turn('nightly usage'), world.clock.time);
      await world.forgetItems();
      world.later(3 * DAY);
      await take('missed night');
      world.later(900_000);
      await take('missed night');
      expect((await world.queueItem('sync', 'nightly'))?.revision).to.equal(1);
    });

    it('a start catches up with a night that passed while nobody ran', async () => {
      await runTurn(world.context, turn('nightly usage'), new Date(world.clock.time.getTime() - 3 * 3_600_000));
      await world.forgetItems();
      await markStartItems(world.context);
      expect(await world.due()).to.not.include('sync nightly');
      world.later(26 * 3_600_000);
      await markStartItems(world.context);
      expect(await world.due()).to.include('sync nightly');
    });
  });
}
