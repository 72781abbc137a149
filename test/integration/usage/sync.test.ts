import { expect } from 'chai';
import type { TallyQuery } from '../../../adapters/tool.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { syncContracts } from '../../../plugin/usage/sync.ts';
import { uncoveredSums } from '../../../plugin/usage/uncovered-work.ts';
import { cutsOnDay } from '../../../plugin/usage/usage-cuts.ts';
import { storeKinds } from '../../support/store.ts';
import { cause, useSyncScene } from '../../support/sync-scene.ts';
import { addContract, addTrainer } from '../../support/usage-world.ts';

const YESTERDAY = '2031-05-19';

for (const kind of storeKinds) {
  describe(`Usage sync (${kind})`, function () {
    this.timeout(30_000);
    const scene = useSyncScene(kind);
    const { work, sync, held, problem, failure } = scene;

    it('sends new days with worker and report id, then only what changed, then nothing', async () => {
      work('2031-05-18', 2);
      work(YESTERDAY);
      expect(await sync()).to.include({ calls: 1, acceptedDays: 2, changedContracts: 1 });
      expect(scene.world.openTrain.calls[0]?.entries[0]).to.deep.equal({
        workDate: '2031-05-18',
        workerOpentrainUserId: 'ada',
        externalReportId: 'c1/ada/2031-05-18',
        totalSeconds: 20,
        tasksCompleted: 2,
        labelsCompleted: 2,
      });
      work(YESTERDAY, 1, { seconds: 5 });
      expect(await sync()).to.include({ calls: 1, acceptedDays: 1 });
      expect(await sync()).to.include({ calls: 0 });
      expect(held()).to.deep.equal(['c1 2031-05-18 2', `c1 ${YESTERDAY} 2`]);
    });

    it('keeps work that no contract covers with its cause, submits none of it, and forgets what a contract covers since', async () => {
      const { database } = scene.world;
      await addTrainer(database, { id: 'bob' });
      await addTrainer(database, { id: 'cid' });
      await addContract(database, { id: 'c2', job_id: 'B', trainerIds: ['bob'] });
      await addContract(database, { id: 'c3', job_id: 'A', trainerIds: ['cid'], start_date: '2031-06-01T00:00:00Z' });
      work(YESTERDAY, 2, { who: 'bob' });
      work(YESTERDAY, 3, { who: 'cid' });
      work('2031-05-20', 1, { who: 'cid' });
      await sync();
      const rows = await uncoveredSums(database, { since: '2031-05-01' }, 10);
      const told = rows.map((row) => `${row.trainerId} ${row.projectId} ${row.cause} ${row.labels} ${row.days}`);
      expect(told).to.have.members(['bob P other-job 2 1', 'cid P outside-dates 4 2']);
      expect(held()).to.deep.equal([]);
      await database('contracts').where({ id: 'c3' }).update({ start_date: '2031-05-20T00:00:00Z' });
      await sync({ since: '2031-05-20' });
      expect((await uncoveredSums(database, { since: '2031-05-01' }, 10)).map(({ labels }) => labels)).to.have.members([
        2, 3,
      ]);
    });

    it('sends zeros for a day whose work was deleted, and leaves days before `since` alone', async () => {
      work('2031-05-01');
      work(YESTERDAY);
      await sync();
      scene.world.tool.annotations = [];
      await sync({ since: YESTERDAY });
      expect(held()).to.deep.equal(['c1 2031-05-01 1', `c1 ${YESTERDAY} 0`]);
      await sync();
      expect(held()).to.deep.equal(['c1 2031-05-01 0', `c1 ${YESTERDAY} 0`]);
    });

    it('holds what an emptied table would take away, says so, and sends it when an admin accepts', async () => {
      for (const day of ['2031-05-01', '2031-05-02', YESTERDAY]) work(day, 10);
      await sync();
      const before = held();
      scene.world.tool.annotations = [];
      work('2031-05-20');
      await sync();
      expect(held()).to.deep.equal([...before, 'c1 2031-05-20 1'].sort());
      expect(await problem()).to.match(/3 days would become less, by 30 labels .* sync --accept --contract c1/);
      await sync({ contractIds: ['c1'], acceptLosses: true });
      expect(held()).to.deep.equal(
        ['c1 2031-05-01 0', 'c1 2031-05-02 0', `c1 ${YESTERDAY} 0`, 'c1 2031-05-20 1'].sort(),
      );
      expect(await problem()).to.equal(null);
    });

    it('accepts for all contracts only what was held and told before', async () => {
      for (const day of ['2031-05-01', '2031-05-02', YESTERDAY]) work(day, 10);
      await sync();
      const before = held();
      scene.world.tool.annotations = [];
      await sync({ acceptLosses: 'held' });
      expect(held()).to.deep.equal(before);
      expect(await problem()).to.match(/would become less/);
      await sync({ acceptLosses: 'held' });
      expect(held()).to.deep.equal(['c1 2031-05-01 0', 'c1 2031-05-02 0', `c1 ${YESTERDAY} 0`].sort());
      expect(await problem()).to.equal(null);
    });

    it('holds back the day of one trainer that cannot be read, and sends the others', async () => {
      work('2031-05-18');
      work(YESTERDAY);
      await sync();
      work('2031-05-18', 2);
      work(YESTERDAY, 2);
      const { tool, context } = scene.world;
      const spoilt = Object.create(tool, {
        tally: {
          value: async (query: TallyQuery) =>
            (await tool.tally(query)).map((row) =>
              row.day === YESTERDAY ? { ...row, labels: 0, annotations: 0, unreadable: 'no number' } : row,
            ),
        },
      });
      await syncContracts({ ...context, tool: spoilt }, { cause });
      expect(held()).to.deep.equal(['c1 2031-05-18 3', `c1 ${YESTERDAY} 1`]);
    });

    it('sends nothing that was held once the tool has its work back', async () => {
      for (const day of ['2031-05-01', YESTERDAY]) work(day, 15);
      await sync();
      const { annotations } = scene.world.tool;
      scene.world.tool.annotations = [];
      await sync();
      scene.world.tool.annotations = annotations;
      expect(await sync()).to.include({ calls: 0 });
      expect(await problem()).to.equal(null);
    });

    it('asks the tool once for any number of contracts, and only about the days it compares', async () => {
      for (const id of ['c2', 'c3', 'c4']) {
        await addTrainer(scene.world.database, { id: `t-${id}` });
        await addContract(scene.world.database, { id, job_id: 'A', trainerIds: [`t-${id}`] });
      }
      await sync({ since: YESTERDAY });
      expect(scene.world.tool.tallies).to.have.length(1);
      expect(scene.world.tool.tallies[0]).to.deep.include({
        projectIds: ['P'],
        from: new Date('2031-05-19T00:00:00Z'),
        until: new Date('2031-05-21T00:00:00Z'),
      });
    });

    it('shows in a dry run what was sent, what is counted now, and changes nothing', async () => {
      work(YESTERDAY);
      await sync();
      work(YESTERDAY, 2);
      const result = await sync({ dryRun: true });
      expect(result.changes).to.deep.equal([
        {
          contractId: 'c1',
          trainerId: 'ada',
          day: YESTERDAY,
          before: { seconds: 10, tasks: 1, labels: 1 },
          now: { seconds: 30, tasks: 2, labels: 3 },
          uncertain: false,
        },
      ]);
      expect(scene.world.openTrain.calls).to.have.length(1);
      expect(await sync({ dryRun: true })).to.deep.equal(result);
    });

    it('keeps what was accepted before a rehire that reuses the contract and begins it anew, and still corrects it', async () => {
      const { database } = scene.world;
      const contract = () => database('contracts').where({ id: 'c1' });
      await contract().update({ start_date: '2031-05-02T02:00:00Z' });
      for (const day of ['2031-05-02', '2031-05-03', '2031-05-04', '2031-05-05', '2031-05-06']) work(day, 3);
      work(YESTERDAY);
      await sync();
      const before = held();
      await contract().update({ start_date: `${YESTERDAY}T20:00:00Z` });
      await sync({ since: '2031-05-04' });
      await sync({ contractIds: ['c1'] });
      await sync();
      expect(held()).to.deep.equal(before);
      expect(await problem(), 'nothing is held').to.equal(null);
      expect(await uncoveredSums(database, { since: '2031-05-01' }, 10)).to.deep.equal([]);
      work('2031-05-03', 1);
      await sync();
      expect(held()).to.include('c1 2031-05-03 4');
    });

    it('takes the day from one contract in the run that gives it to another', async () => {
      work('2031-05-10');
      await sync();
      const ended = { status: 'ended', end_date: '2031-05-10', ended_seen_at: 0, final_submitted_at: 1 };
      await scene.world.database('contracts').where({ id: 'c1' }).update(ended);
      await addContract(scene.world.database, {
        id: 'c2',
        job_id: 'A',
        trainerIds: ['ada'],
        start_date: '2031-05-10',
        created_at: 9,
      });
      await sync({ contractIds: ['c2'] });
      expect(held()).to.deep.equal(['c1 2031-05-10 0', 'c2 2031-05-10 1']);
    });

    it('keeps what was accepted when no live link leads to the job any more, and says what could not be sent', async () => {
      work(YESTERDAY);
      await sync();
      const removed = { removed_at: Date.parse('2031-05-20T11:00:00Z') };
      await scene.world.database('project_links').where({ id: 'l1' }).update(removed);
      work('2031-05-20', 2);
      await sync();
      expect(scene.world.openTrain.calls).to.have.length(1);
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`]);
      expect(await problem()).to.match(/No project is linked to job A any more.*1 day could not be sent/);
    });

    it('records a change of a day that was reported before as a correction, and not one of an open day', async () => {
      work('2031-05-10', 2);
      work(YESTERDAY);
      await sync();
      expect(await scene.world.database('usage_corrections')).to.deep.equal([]);
      work('2031-05-10', 3);
      work(YESTERDAY);
      await sync();
      const corrections = await scene.world.database('usage_corrections');
      expect(corrections).to.have.length(1);
      expect(corrections[0]).to.include({
        work_date: '2031-05-10',
        tasks_change: 1,
        labels_change: 3,
        seconds_change: 30,
      });
    });

    it('remembers where the cap for an annotation bit, and forgets it when that is mended', async () => {
      work(YESTERDAY, 1, { seconds: 5_000 });
      await sync();
      const [cut] = await cutsOnDay(scene.world.database, YESTERDAY);
      expect(cut).to.include({ trainer_id: 'ada', project_id: 'P', capped_annotations: 1, capped_seconds: 1_400 });
      Object.assign(scene.world.tool.annotations[0] ?? {}, { seconds: 100 });
      await sync();
      expect(await cutsOnDay(scene.world.database, YESTERDAY)).to.deep.equal([]);
    });

    describe('the final count of an ended contract', () => {
      const finalAt = async () => (await findContract(scene.world.database, 'c1'))?.final_submitted_at ?? null;
      beforeEach(async () => {
        const ended = { status: 'ended', end_date: '2031-05-20', ended_seen_at: scene.world.clock.time.getTime() };
        await scene.world.database('contracts').where({ id: 'c1' }).update(ended);
      });

      it('is in once everything was accepted, also when nothing had changed', async () => {
        await sync({ contractIds: ['c1'] });
        expect(await finalAt()).to.equal(scene.world.clock.time.getTime());
      });

      it('waits for OpenTrain and the tool, and comes whole with the next try of its own', async () => {
        work('2031-04-01');
        scene.world.openTrain.fate = () => 'down';
        await failure(sync({ contractIds: ['c1'] }));
        scene.world.tool.isDown = true;
        await failure(sync({ contractIds: ['c1'] }));
        expect(await finalAt()).to.equal(null);
        scene.world.tool.isDown = false;
        scene.world.openTrain.fate = () => 'ok';
        await sync({ since: YESTERDAY });
        expect(await finalAt(), 'the 15-minute sync leaves it alone').to.equal(null);
        await sync({ contractIds: ['c1'] });
        expect(held()).to.deep.equal(['c1 2031-04-01 1']);
        expect(await finalAt()).to.equal(scene.world.clock.time.getTime());
      });

      it('is not in while an entry is refused', async () => {
        work(YESTERDAY);
        scene.world.openTrain.refuses = () => true;
        await sync({ contractIds: ['c1'] });
        expect(await finalAt()).to.equal(null);
      });
    });

    it('tells progress, and knows a contract that does not exist', async () => {
      const seen: number[][] = [];
      await sync({ progress: (done, total) => seen.push([done, total]) });
      expect(seen).to.deep.equal([[1, 1]]);
      expect(await failure(syncContracts(scene.world.context, { contractIds: ['nope'], cause }))).to.be.instanceOf(
        AdminError,
      );
    });
  });
}
