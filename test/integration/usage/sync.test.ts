import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/tool.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { OpenTrainRefused, OpenTrainUnavailable } from '../../../plugin/opentrain/errors.ts';
import { findContract } from '../../../plugin/store/contracts.ts';
import { cutsOnDay } from '../../../plugin/store/usage-cuts.ts';
import { allRefusals } from '../../../plugin/store/usage-refusals.ts';
import { addDays } from '../../../plugin/usage/days.ts';
import { type SyncOptions, syncContracts, syncUsage } from '../../../plugin/usage/sync.ts';
import type { Fate } from '../../support/fake-open-train.ts';
import { storeKinds } from '../../support/store.ts';
import {
  addContract,
  addLink,
  addTrainer,
  emptyStore,
  type UsageWorld,
  usageWorld,
} from '../../support/usage-world.ts';

const cause = 'test';
const YESTERDAY = '2031-05-19';

for (const kind of storeKinds) {
  describe(`Usage sync (${kind})`, function () {
    this.timeout(30_000);
    let world: UsageWorld;
    before(async () => {
      world = await usageWorld(kind);
    });
    after(() => world.close());
    beforeEach(async () => {
      const { database, tool, openTrain, clock } = world;
      await emptyStore(database);
      clock.time = new Date('2031-05-20T12:00:00Z');
      Object.assign(tool, { annotations: [], tallies: [], isDown: false, noticesSet: 0 });
      tool.deletedProjects.clear();
      tool.notices.clear();
      openTrain.held.clear();
      Object.assign(openTrain, {
        calls: [],
        today: '2031-05-20',
        fate: () => 'ok',
        refuses: () => false,
        isLinked: () => true,
        budgetOf: () => null,
      });
      await addTrainer(database, { id: 'ada' });
      await addLink(database, { id: 'l1', job_id: 'A', external_project_id: 'P' });
      await addContract(database, { id: 'c1', job_id: 'A', trainerIds: ['ada'] });
    });

    const work = (
      day: string,
      count = 1,
      change: { projectId?: string; who?: string; seconds?: number } = {},
    ): void => {
      for (let made = 0; made < count; made += 1) {
        world.tool.annotations.push({
          projectId: change.projectId ?? 'P',
          taskId: `${day}-${made}`,
          toolUserId: '7',
          email: `${change.who ?? 'ada'}@opentrain.work`,
          createdAt: new Date(`${day}T10:00:00Z`),
          seconds: change.seconds ?? 10,
          regions: 2,
        });
      }
    };
    const sync = (options: Partial<SyncOptions> = {}) => syncUsage(world.context, { cause, ...options });
    const held = () =>
      [...world.openTrain.held.values()].map((day) => `${day.contractId} ${day.day} ${day.labels}`).sort();
    const problem = async (id = 'c1') => (await findContract(world.database, id))?.usage_problem ?? null;
    const failure = async (doing: Promise<unknown>) => doing.then(() => null).catch((error: unknown) => error);

    it('sends new days with worker and report id, then only what changed, then nothing', async () => {
      work('2031-05-18', 2);
      work(YESTERDAY);
      expect(await sync()).to.include({ calls: 1, acceptedDays: 2, changedContracts: 1 });
      expect(world.openTrain.calls[0]?.entries[0]).to.deep.equal({
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

    it('sends zeros for a day whose work was deleted, and leaves days before `since` alone', async () => {
      work('2031-05-01');
      work(YESTERDAY);
      await sync();
      world.tool.annotations = [];
      await sync({ since: YESTERDAY });
      expect(held()).to.deep.equal(['c1 2031-05-01 1', `c1 ${YESTERDAY} 0`]);
      await sync();
      expect(held()).to.deep.equal(['c1 2031-05-01 0', `c1 ${YESTERDAY} 0`]);
    });

    it('asks the tool once for any number of contracts, and only about the days it compares', async () => {
      for (const id of ['c2', 'c3', 'c4']) {
        await addTrainer(world.database, { id: `t-${id}` });
        await addContract(world.database, { id, job_id: 'A', trainerIds: [`t-${id}`] });
      }
      await sync({ since: YESTERDAY });
      expect(world.tool.tallies).to.have.length(1);
      expect(world.tool.tallies[0]).to.deep.include({
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
      expect(world.openTrain.calls).to.have.length(1);
      expect(await sync({ dryRun: true })).to.deep.equal(result);
    });

    it('never takes a tool that is down, or whose database cannot be read, for a day without work', async () => {
      work(YESTERDAY);
      await sync();
      world.tool.isDown = true;
      expect(await failure(sync())).to.be.instanceOf(ToolUnavailable);
      world.tool.isDown = false;
      const all = world.tool.capabilities;
      world.tool.capabilities = { ...all, tally: false };
      expect(await failure(sync())).to.be.instanceOf(AdminError);
      world.tool.capabilities = all;
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`]);
    });

    it('does not lower what was accepted when a project was deleted in the tool, and says so', async () => {
      work(YESTERDAY, 3);
      work('2031-05-18');
      await sync();
      world.tool.annotations = [];
      world.tool.deletedProjects.add('P');
      await sync();
      expect(held()).to.deep.equal(['c1 2031-05-18 1', `c1 ${YESTERDAY} 3`]);
      expect(await problem()).to.match(/Project P was deleted in the tool.*2 days/);
    });

    it('sends more than 100 days in calls of at most 100', async () => {
      for (let back = 1; back <= 205; back += 1) work(addDays('2031-05-20', -back));
      expect(await sync()).to.include({ calls: 3, acceptedDays: 205 });
      expect(world.openTrain.calls.map(({ entries }) => entries.length)).to.deep.equal([100, 100, 5]);
    });

    it('splits a refused call until the bad entry is named and the rest is in', async () => {
      for (let back = 1; back <= 60; back += 1) work(addDays('2031-05-20', -back));
      const bad = addDays('2031-05-20', -33);
      world.openTrain.refuses = (_contract, entry) => entry.workDate === bad;
      const result = await sync();
      expect(result.acceptedDays).to.equal(59);
      expect(result.refused).to.have.length(1);
      const refusals = await allRefusals(world.database);
      expect(refusals).to.have.length(1);
      expect(refusals[0]).to.deep.include({ contract_id: 'c1', work_date: bad, request_id: 'req-1' });
      const calls = world.openTrain.calls.length;
      await sync({ since: addDays(bad, -1) });
      expect(world.openTrain.calls.length, 'not sent again as it is').to.equal(calls);
      work(bad);
      await sync({ since: addDays(bad, -1) });
      expect(world.openTrain.calls.length, 'tried once its values changed').to.equal(calls + 1);
      world.openTrain.refuses = () => false;
      await sync();
      expect(await allRefusals(world.database)).to.deep.equal([]);
      expect(world.openTrain.held.size).to.equal(60);
    });

    for (const [status, words] of [
      [404, /still linked/],
      [409, /no hired trainer/],
    ] as const) {
      it(`names a contract that OpenTrain refuses with ${status}, goes on with others, and forgets it on success`, async () => {
        await addTrainer(world.database, { id: 'ben' });
        await addContract(world.database, { id: 'c2', job_id: 'A', trainerIds: ['ben'] });
        work(YESTERDAY);
        work(YESTERDAY, 1, { who: 'ben' });
        world.tool.annotations.forEach((one) => {
          one.toolUserId = one.email ?? '';
        });
        world.openTrain.fate = (contractId) => (contractId === 'c1' ? { status } : 'ok');
        const result = await sync();
        expect(result.problems.map(({ contractId }) => contractId)).to.deep.equal(['c1']);
        expect(await problem())
          .to.match(words)
          .and.match(/req-1/);
        expect(held()).to.deep.equal([`c2 ${YESTERDAY} 1`]);
        world.openTrain.fate = () => 'ok';
        await sync();
        expect(await problem()).to.equal(null);
        expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`, `c2 ${YESTERDAY} 1`]);
      });
    }

    it('throws a refused token, so that nothing is taken for done', async () => {
      work(YESTERDAY);
      world.openTrain.fate = () => ({ status: 401 });
      expect(await failure(sync())).to.be.instanceOf(OpenTrainRefused);
    });

    it('keeps a failing contract due by itself and finishes the others', async () => {
      await addTrainer(world.database, { id: 'ben', tool_user_id: '8' });
      await addContract(world.database, { id: 'c2', job_id: 'A', trainerIds: ['ben'] });
      work(YESTERDAY);
      world.tool.annotations.push({
        ...world.tool.annotations[0],
        toolUserId: '8',
      } as (typeof world.tool.annotations)[0]);
      world.openTrain.fate = (contractId) => (contractId === 'c1' ? 'down' : 'ok');
      await sync();
      expect(held()).to.deep.equal([`c2 ${YESTERDAY} 1`]);
      expect(await world.database('work').where({ kind: 'usage' }).pluck('key')).to.deep.equal(['c1']);
      expect(await failure(sync({ contractIds: ['c1'] }))).to.be.instanceOf(OpenTrainUnavailable);
      world.openTrain.fate = () => 'ok';
      await sync({ contractIds: ['c1'] });
      expect(held()).to.have.length(2);
    });

    it('gives up early and throws when OpenTrain is down for everybody', async () => {
      for (let number = 0; number < 40; number += 1) {
        await addTrainer(world.database, { id: `t${number}`, tool_user_id: `u${number}` });
        await addContract(world.database, { id: `d${number}`, job_id: 'A', trainerIds: [`t${number}`] });
        work(YESTERDAY, 1, { who: `t${number}` });
        Object.assign(world.tool.annotations.at(-1) ?? {}, { toolUserId: `u${number}` });
      }
      world.openTrain.fate = () => 'down';
      expect(await failure(sync())).to.be.instanceOf(OpenTrainUnavailable);
      expect(world.openTrain.calls.length).to.be.lessThan(15);
      expect(await world.database('work').where({ kind: 'usage' })).to.deep.equal([]);
    });

    it('sends a day again whose answer was lost, even if its work is gone by then', async () => {
      work(YESTERDAY);
      world.openTrain.fate = () => 'lost';
      await failure(sync({ contractIds: ['c1'] }));
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`]);
      world.tool.annotations = [];
      world.openTrain.fate = () => 'ok';
      await sync();
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 0`]);
      expect(await sync()).to.include({ calls: 0 });
    });

    it('does not forget that a day is uncertain because repeating it was refused', async () => {
      work(YESTERDAY);
      world.openTrain.fate = () => 'lost';
      await failure(sync({ contractIds: ['c1'] }));
      world.openTrain.fate = () => ({ status: 404 });
      await sync();
      world.openTrain.fate = () => 'ok';
      world.tool.annotations = [];
      await sync();
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 0`]);
    });

    it('ends right when two processes report the same day at once, whatever order OpenTrain got them in', async () => {
      work(YESTERDAY);
      const firstIsOut = Promise.withResolvers<void>();
      const mayArrive = Promise.withResolvers<void>();
      world.openTrain.fate = async (): Promise<Fate> => {
        world.openTrain.fate = () => 'ok';
        firstIsOut.resolve();
        await mayArrive.promise;
        return 'ok';
      };
      const slow = sync();
      await firstIsOut.promise;
      work(YESTERDAY);
      await sync();
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 2`]);
      mayArrive.resolve();
      await slow;
      expect(held(), 'the older totals came last').to.deep.equal([`c1 ${YESTERDAY} 1`]);
      await sync({ since: YESTERDAY });
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 2`]);
    });

    it('takes the day from one contract in the run that gives it to another', async () => {
      work('2031-05-10');
      await sync();
      const ended = { status: 'ended', end_date: '2031-05-10', ended_seen_at: 0, final_reported_at: 1 };
      await world.database('contracts').where({ id: 'c1' }).update(ended);
      await addContract(world.database, {
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
      await world.database('project_links').where({ id: 'l1' }).update(removed);
      work('2031-05-20', 2);
      await sync();
      expect(world.openTrain.calls).to.have.length(1);
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`]);
      expect(await problem()).to.match(/No project is linked to job A any more.*1 day could not be sent/);
    });

    it('records a change of a day that was reported before as a correction, and not one of an open day', async () => {
      work('2031-05-10', 2);
      work(YESTERDAY);
      await sync();
      expect(await world.database('usage_corrections')).to.deep.equal([]);
      work('2031-05-10', 3);
      work(YESTERDAY);
      await sync();
      const corrections = await world.database('usage_corrections');
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
      const [cut] = await cutsOnDay(world.database, YESTERDAY);
      expect(cut).to.include({ trainer_id: 'ada', project_id: 'P', capped_annotations: 1, capped_seconds: 1_400 });
      Object.assign(world.tool.annotations[0] ?? {}, { seconds: 100 });
      await sync();
      expect(await cutsOnDay(world.database, YESTERDAY)).to.deep.equal([]);
    });

    describe('the final count of an ended contract', () => {
      const finalAt = async () => (await findContract(world.database, 'c1'))?.final_reported_at ?? null;
      beforeEach(async () => {
        const ended = { status: 'ended', end_date: '2031-05-20', ended_seen_at: world.clock.time.getTime() };
        await world.database('contracts').where({ id: 'c1' }).update(ended);
      });

      it('is in once everything was accepted, also when nothing had changed', async () => {
        await sync({ contractIds: ['c1'], final: true });
        expect(await finalAt()).to.equal(world.clock.time.getTime());
      });

      it('waits for OpenTrain and the tool, and comes with the next run of any kind, whole', async () => {
        work('2031-04-01');
        world.openTrain.fate = () => 'down';
        await failure(sync({ contractIds: ['c1'], final: true }));
        world.tool.isDown = true;
        await failure(sync({ contractIds: ['c1'], final: true }));
        expect(await finalAt()).to.equal(null);
        world.tool.isDown = false;
        world.openTrain.fate = () => 'ok';
        await sync({ since: YESTERDAY });
        expect(held()).to.deep.equal(['c1 2031-04-01 1']);
        expect(await finalAt()).to.equal(world.clock.time.getTime());
      });

      it('is not in while an entry is refused', async () => {
        work(YESTERDAY);
        world.openTrain.refuses = () => true;
        await sync({ contractIds: ['c1'], final: true });
        expect(await finalAt()).to.equal(null);
      });
    });

    it('tells progress, and knows a contract that does not exist', async () => {
      const seen: number[][] = [];
      await sync({ progress: (done, total) => seen.push([done, total]) });
      expect(seen).to.deep.equal([[1, 1]]);
      expect(await failure(syncContracts(world.context, { contractIds: ['nope'], cause }))).to.be.instanceOf(
        AdminError,
      );
    });
  });
}
