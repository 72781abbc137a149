import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { OpenTrainRefused, OpenTrainUnavailable } from '../../../plugin/platform/errors.ts';
import { addDays } from '../../../plugin/usage/days.ts';
import { allRefusals } from '../../../plugin/usage/usage-refusals.ts';
import type { Fate } from '../../support/fake-open-train.ts';
import { storeKinds } from '../../support/store.ts';
import { useSyncScene } from '../../support/sync-scene.ts';
import { addContract, addTrainer } from '../../support/usage-world.ts';

const YESTERDAY = '2031-05-19';

for (const kind of storeKinds) {
  describe(`Usage sync, while something fails (${kind})`, function () {
    this.timeout(30_000);
    const scene = useSyncScene(kind);
    const { work, sync, held, problem, failure } = scene;

    it('never takes a tool that is down, or whose database cannot be read, for a day without work', async () => {
      work(YESTERDAY);
      await sync();
      scene.world.tool.isDown = true;
      expect(await failure(sync())).to.be.instanceOf(ToolUnavailable);
      scene.world.tool.isDown = false;
      const all = scene.world.tool.capabilities;
      scene.world.tool.capabilities = { ...all, tally: false };
      expect(await failure(sync())).to.be.instanceOf(AdminError);
      scene.world.tool.capabilities = all;
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`]);
    });

    it('does not lower what was accepted when a project was deleted in the tool, and says so', async () => {
      work(YESTERDAY, 3);
      work('2031-05-18');
      await sync();
      scene.world.tool.annotations = [];
      scene.world.tool.deletedProjects.add('P');
      await sync();
      expect(held()).to.deep.equal(['c1 2031-05-18 1', `c1 ${YESTERDAY} 3`]);
      expect(await problem()).to.match(/Project P was deleted in the tool.*2 days/);
    });

    it('sends more than 100 days in calls of at most 100', async () => {
      for (let back = 1; back <= 205; back += 1) work(addDays('2031-05-20', -back));
      expect(await sync()).to.include({ calls: 3, acceptedDays: 205 });
      expect(scene.world.openTrain.calls.map(({ entries }) => entries.length)).to.deep.equal([100, 100, 5]);
    });

    it('splits a refused call until the bad entry is named and the rest is in', async () => {
      for (let back = 1; back <= 60; back += 1) work(addDays('2031-05-20', -back));
      const bad = addDays('2031-05-20', -33);
      scene.world.openTrain.refuses = (_contract, entry) => entry.workDate === bad;
      const result = await sync();
      expect(result.acceptedDays).to.equal(59);
      expect(result.refused).to.have.length(1);
      const refusals = await allRefusals(scene.world.database);
      expect(refusals).to.have.length(1);
      expect(refusals[0]).to.deep.include({ contract_id: 'c1', work_date: bad, request_id: 'req-1' });
      const calls = scene.world.openTrain.calls.length;
      await sync({ since: addDays(bad, -1) });
      expect(scene.world.openTrain.calls.length, 'not sent again as it is').to.equal(calls);
      work(bad);
      await sync({ since: addDays(bad, -1) });
      expect(scene.world.openTrain.calls.length, 'tried once its values changed').to.equal(calls + 1);
      scene.world.openTrain.refuses = () => false;
      await sync();
      expect(await allRefusals(scene.world.database)).to.deep.equal([]);
      expect(scene.world.openTrain.held.size).to.equal(60);
    });

    for (const [status, words] of [
      [404, /still linked/],
      [409, /no hired trainer/],
    ] as const) {
      it(`names a contract that OpenTrain refuses with ${status}, goes on with others, and forgets it on success`, async () => {
        await addTrainer(scene.world.database, { id: 'ben' });
        await addContract(scene.world.database, { id: 'c2', job_id: 'A', trainerIds: ['ben'] });
        work(YESTERDAY);
        work(YESTERDAY, 1, { who: 'ben' });
        scene.world.tool.annotations.forEach((one) => {
          one.toolUserId = one.email ?? '';
        });
        scene.world.openTrain.fate = (contractId) => (contractId === 'c1' ? { status } : 'ok');
        const result = await sync();
        expect(result.problems.map(({ contractId }) => contractId)).to.deep.equal(['c1']);
        expect(await problem())
          .to.match(words)
          .and.match(/req-1/);
        expect(held()).to.deep.equal([`c2 ${YESTERDAY} 1`]);
        scene.world.openTrain.fate = () => 'ok';
        await sync();
        expect(await problem()).to.equal(null);
        expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`, `c2 ${YESTERDAY} 1`]);
      });
    }

    it('throws a refused token, so that nothing is taken for done', async () => {
      work(YESTERDAY);
      scene.world.openTrain.fate = () => ({ status: 401 });
      expect(await failure(sync())).to.be.instanceOf(OpenTrainRefused);
    });

    it('keeps a failing contract due by itself and finishes the others', async () => {
      await addTrainer(scene.world.database, { id: 'ben', tool_user_id: '8' });
      await addContract(scene.world.database, { id: 'c2', job_id: 'A', trainerIds: ['ben'] });
      work(YESTERDAY);
      scene.world.tool.annotations.push({
        ...scene.world.tool.annotations[0],
        toolUserId: '8',
      } as (typeof scene.world.tool.annotations)[0]);
      scene.world.openTrain.fate = (contractId) => (contractId === 'c1' ? 'down' : 'ok');
      await sync();
      expect(held()).to.deep.equal([`c2 ${YESTERDAY} 1`]);
      expect(await scene.world.database('queue_items').where({ kind: 'usage' }).pluck('key')).to.deep.equal(['c1']);
      expect(await failure(sync({ contractIds: ['c1'] }))).to.be.instanceOf(OpenTrainUnavailable);
      scene.world.openTrain.fate = () => 'ok';
      await sync({ contractIds: ['c1'] });
      expect(held()).to.have.length(2);
    });

    it('gives up early and throws when OpenTrain is down for everybody', async () => {
      for (let number = 0; number < 40; number += 1) {
        await addTrainer(scene.world.database, { id: `t${number}`, tool_user_id: `u${number}` });
        await addContract(scene.world.database, { id: `d${number}`, job_id: 'A', trainerIds: [`t${number}`] });
        work(YESTERDAY, 1, { who: `t${number}` });
        Object.assign(scene.world.tool.annotations.at(-1) ?? {}, { toolUserId: `u${number}` });
      }
      scene.world.openTrain.fate = () => 'down';
      expect(await failure(sync())).to.be.instanceOf(OpenTrainUnavailable);
      expect(scene.world.openTrain.calls.length).to.be.lessThan(15);
      expect(await scene.world.database('queue_items').where({ kind: 'usage' })).to.deep.equal([]);
    });

    it('sends a day again whose answer was lost, even if its work is gone by then', async () => {
      work(YESTERDAY);
      scene.world.openTrain.fate = () => 'lost';
      await failure(sync({ contractIds: ['c1'] }));
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 1`]);
      scene.world.tool.annotations = [];
      scene.world.openTrain.fate = () => 'ok';
      await sync();
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 0`]);
      expect(await sync()).to.include({ calls: 0 });
    });

    it('does not forget that a day is uncertain because repeating it was refused', async () => {
      work(YESTERDAY);
      scene.world.openTrain.fate = () => 'lost';
      await failure(sync({ contractIds: ['c1'] }));
      scene.world.openTrain.fate = () => ({ status: 404 });
      await sync();
      scene.world.openTrain.fate = () => 'ok';
      scene.world.tool.annotations = [];
      await sync();
      expect(held()).to.deep.equal([`c1 ${YESTERDAY} 0`]);
    });

    it('ends right when two processes report the same day at once, whatever order OpenTrain got them in', async () => {
      work(YESTERDAY);
      const firstIsOut = Promise.withResolvers<void>();
      const mayArrive = Promise.withResolvers<void>();
      scene.world.openTrain.fate = async (): Promise<Fate> => {
        scene.world.openTrain.fate = () => 'ok';
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
  });
}
