import { expect } from 'chai';
import { AdminError } from '../../../plugin/errors.ts';
import { type Explanation, explainDay } from '../../../plugin/usage/explain-day.ts';
import { storeKinds } from '../../support/store.ts';
import { useSyncScene } from '../../support/sync-scene.ts';
import { addContract, addLink } from '../../support/usage-world.ts';

for (const kind of storeKinds) {
  describe(`a day of a contract explained on ${kind}`, () => {
    const scene = useSyncScene(kind);
    const explain = (day = '2031-05-19', contract = 'c1') => explainDay(scene.world.context, contract, day);
    const lines = ({ trainers }: Explanation) =>
      trainers.flatMap(({ annotations }) =>
        annotations.map((line) => `${line.project ?? line.projectId} ${line.seconds} ${line.labels} ${line.why ?? ''}`),
      );

    it('lists every annotation of the day, equal to what is counted and what OpenTrain accepted', async () => {
      scene.work('2031-05-19', 2);
      scene.work('2031-05-18');
      await scene.sync();
      scene.work('2031-05-19', 1, { seconds: 4000 });
      const explanation = await explain();
      const [ada, ...others] = explanation.trainers;
      expect(others).to.deep.equal([]);
      expect(ada).to.include({ trainerId: 'ada', hasMore: false });
      expect(ada?.toolUserIds).to.deep.equal(['7']);
      expect(ada?.accepted).to.deep.equal({ seconds: 20, tasks: 2, labels: 2 });
      expect(ada?.counted).to.deep.equal({ seconds: 3620, tasks: 2, labels: 3 });
      expect(lines(explanation)).to.deep.equal([
        'P 10 1 ',
        'P 10 1 ',
        'P 3600 1 the label counts; of its time at most 3600 s (USAGE_MAX_SECONDS_PER_ANNOTATION)',
      ]);
    });

    it('says of work elsewhere where it counts, or that it counts nowhere', async () => {
      const { database } = scene.world;
      await addLink(database, { id: 'l2', job_id: 'B', external_project_id: 'Q' });
      await addContract(database, { id: 'c2', job_id: 'B', trainerIds: ['ada'] });
      await addLink(database, { id: 'l3', job_id: 'C', external_project_id: 'R' });
      for (const projectId of ['P', 'Q', 'R', 'X']) scene.work('2031-05-19', 1, { projectId });
      expect(lines(await explain())).to.deep.equal([
        'P 10 1 ',
        'Q 0 0 it counts for contract c2',
        'R 0 0 no contract of this trainer covers this day in its project',
        'X 0 0 its project is linked to no job',
      ]);
      expect(lines(await explain('2031-05-19', 'c2'))[1]).to.equal('Q 10 1 ');
    });

    it('counts regions where the link does', async () => {
      await scene.world.database('project_links').update({ label_unit: 'regions' });
      scene.work('2031-05-19');
      const explanation = await explain();
      expect(lines(explanation)).to.deep.equal(['P 10 2 ']);
      expect(explanation.trainers[0]?.counted.labels).to.equal(2);
    });

    it('says what cannot be explained, and what to do', async () => {
      expect(await scene.failure(explain('2031-05-19', 'none'))).to.be.instanceOf(AdminError);
      expect((await explain('2030-01-01')).trainers[0]).to.deep.include({ annotations: [], accepted: null });
      scene.world.tool.capabilities = { ...scene.world.tool.capabilities, tally: false };
      expect(await scene.failure(explain())).to.be.instanceOf(AdminError);
      scene.world.tool.capabilities = { ...scene.world.tool.capabilities, tally: true };
      Object.assign(scene.world.tool, { explainDay: undefined });
      const refused = await scene.failure(explain());
      Reflect.deleteProperty(scene.world.tool, 'explainDay');
      expect(refused).to.be.instanceOf(AdminError).and.have.property('remedy').that.includes('explainDay');
    });
  });
}
