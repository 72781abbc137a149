import { expect } from 'chai';
import { usageTotals } from '../../../plugin/status/usage.ts';
import { readFactsOf } from '../../../plugin/usage/facts.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { storeKinds } from '../../support/store.ts';
import {
  addContract,
  addLink,
  addTrainer,
  resetUsageWorld,
  type UsageWorld,
  usageWorld,
} from '../../support/usage-world.ts';

for (const kind of storeKinds) {
  describe(`The count of one contract (${kind})`, function () {
    this.timeout(30_000);
    let world: UsageWorld;
    before(async () => {
      world = await usageWorld(kind);
    });
    after(() => world.close());
    beforeEach(async () => {
      await resetUsageWorld(world);
      for (const id of ['ada', 'ben', 'cleo', 'dora']) await addTrainer(world.database, { id, tool_user_id: null });
      await addLink(world.database, { id: 'l1', job_id: 'A', external_project_id: 'P', created_at: 10 });
      await addLink(world.database, { id: 'l2', job_id: 'B', external_project_id: 'P', removed_at: 5 });
      await addLink(world.database, { id: 'l3', job_id: 'C', external_project_id: 'Z' });
      await addContract(world.database, { id: 'c1', job_id: 'A', trainerIds: ['ada'] });
      await addContract(world.database, { id: 'shares project and trainer', job_id: 'B', trainerIds: ['ada', 'ben'] });
      await addContract(world.database, { id: 'of that one’s trainer', job_id: 'A', trainerIds: ['ben'] });
      await addContract(world.database, { id: 'same job, others', job_id: 'A', trainerIds: ['cleo'] });
      await addContract(world.database, { id: 'another job', job_id: 'C', trainerIds: ['dora'] });
    });

    it('reads that contract, those that share a project and a trainer with it, and the trainers of these', async () => {
      const facts = await readFactsOf(world.context, ['c1']);
      expect(facts.contracts.map(({ id }) => id)).to.have.members([
        'c1',
        'shares project and trainer',
        'of that one’s trainer',
      ]);
      expect(facts.trainers.map(({ id }) => id)).to.deep.equal(['ada', 'ben']);
      expect(facts.contractTrainers).to.have.length(4);
    });

    it('marks the notices of its own projects that are stale, and no others', async () => {
      const spent = { state: 'LOW', at: 1, budget: '{}' };
      for (const id of ['c1', 'another job']) await world.database('budgets').insert({ contract_id: id, ...spent });
      await syncUsage(world.context, { contractIds: ['c1'], cause: 'test' });
      const due = (): Promise<string[]> =>
        world.database('queue_items').where({ kind: 'notice' }).orderBy('key').pluck('key');
      expect(await due()).to.deep.equal(['P']);
      await syncUsage(world.context, { cause: 'test' });
      expect(await due()).to.deep.equal(['P', 'Z']);
    });

    it('keeps the sums of all days equal to the days, through corrections', async () => {
      const annotation = { projectId: 'P', toolUserId: '7', email: 'ada@opentrain.work', seconds: 10, regions: 1 };
      const createdAt = new Date('2031-05-18T10:00:00Z');
      for (const taskId of ['1', '2', '3']) {
        world.tool.annotations.push({ ...annotation, taskId, createdAt });
        await syncUsage(world.context, { contractIds: ['c1'], cause: 'test' });
      }
      world.tool.annotations.pop();
      await syncUsage(world.context, { contractIds: ['c1'], cause: 'test' });
      expect(await usageTotals(world.context)).to.deep.equal({ tasks: 2, labels: 2, seconds: 20 });
    });

    it('that ended without anybody ever working under it is settled once its trainers were read', async () => {
      const ended = { status: 'ended' as const, end_date: '2031-05-10', job_id: 'C' };
      await addContract(world.database, { id: 'nobody', ...ended, participants_read_at: 7, trainerIds: [] });
      await addContract(world.database, { id: 'not read', ...ended, participants_read_at: null, trainerIds: [] });
      await syncUsage(world.context, { contractIds: ['nobody', 'not read'], cause: 'test' });
      const open = await world
        .database('contracts')
        .where({ status: 'ended' })
        .whereNull('final_submitted_at')
        .pluck('id');
      expect(open).to.deep.equal(['not read']);
    });

    it('that waits for its final count does not make the 15-minute sync look further back', async () => {
      const asked: string[] = [];
      const tally = world.tool.tally.bind(world.tool);
      world.tool.tally = (query) => {
        asked.push(query.from.toISOString().slice(0, 10));
        return tally(query);
      };
      const ended = { status: 'ended' as const, start_date: '2030-01-01', end_date: '2031-05-10', job_id: 'A' };
      await addContract(world.database, { id: 'stuck', ...ended, trainerIds: ['cleo'] });
      await syncUsage(world.context, { since: '2031-05-19', cause: 'timer' });
      expect(asked).to.deep.equal(['2031-05-19']);
    });
  });
}
