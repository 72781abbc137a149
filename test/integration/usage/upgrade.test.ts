import { expect } from 'chai';
import { migrations } from '../../../migrations/index.ts';
import { listItems } from '../../../plugin/queue/items.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { migrate } from '../../../plugin/store/migrate.ts';
import { emptyDatabase, storeKinds } from '../../support/store.ts';
import { addContract, addTrainer, type UsageWorld, usageWorld } from '../../support/usage-world.ts';

/** The migrations of 0.1.0, which took a contract's dates by their first ten characters. */
const released = migrations.filter(({ name }) => name <= '0006-words');

for (const kind of storeKinds) {
  describe(`after the upgrade from 0.1.0 (${kind})`, () => {
    let world: UsageWorld;
    beforeEach(async () => {
      const empty = await emptyDatabase(kind);
      const database = openDatabase(empty.url);
      await migrate(database, released);
      const drop = async (): Promise<void> => {
        await database.destroy();
        await empty.remove();
      };
      world = await usageWorld(
        { database, url: empty.url, drop },
        { environment: { USAGE_TIMEZONE: 'America/Los_Angeles' } },
      );
    });
    afterEach(() => world.close());

    it('contracts are read again, and days that were missed are submitted, of ended contracts too', async () => {
      const { database } = world;
      await addTrainer(database, { id: 'ada' });
      const link = { id: 'l1', job_id: 'A', external_project_id: 'P', provisioning_mode: 'PARTNER_WEBHOOK' };
      await database('project_links').insert({ ...link, created_at: 0 });
      const term = { start_date: '2031-05-01T02:00:00.000Z', end_date: '2031-05-04T02:00:00.000Z' };
      const ended = { status: 'ended', ended_seen_at: 1, final_submitted_at: 1 } as const;
      await addContract(database, { id: 'c1', job_id: 'A', trainerIds: ['ada'], ...term, ...ended });
      // In Los Angeles: on the evening of the 30th of April, after the hire.
      world.tool.annotations.push({
        projectId: 'P',
        taskId: '1',
        toolUserId: '7',
        email: 'ada@opentrain.work',
        createdAt: new Date('2031-05-01T03:00:00Z'),
        seconds: 10,
        regions: 1,
      });
      await migrate(database);
      const due = await listItems(database);
      expect(due.map(({ kind, key }) => `${kind} ${key}`).sort()).to.deep.equal(['reconcile all', 'sync whole']);
      await createHandlers(world.context).sync?.run(
        'whole',
        due.find(({ kind }) => kind === 'sync')?.detail ?? '',
        new AbortController().signal,
      );
      expect([...world.openTrain.held.values()].map(({ day, tasks }) => [day, tasks])).to.deep.equal([
        ['2031-04-30', 1],
      ]);
      const later = await listItems(database);
      expect(
        later.some(({ kind }) => kind === 'report'),
        'no report for that',
      ).to.equal(false);
    });

    it('a store without contracts has nothing to do', async () => {
      await migrate(world.database);
      expect(await listItems(world.database)).to.deep.equal([]);
    });
  });
}
