import { expect } from 'chai';
import { saveAcceptedDays } from '../../../plugin/usage/usage-days.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';
import { addContract } from '../../support/usage-world.ts';

for (const kind of storeKinds) {
  describe(`the sums kept by day and by job, on ${kind}`, () => {
    let store: FreshStore;
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());

    const save = (contract: string, trainers: string[], days: string[], labels_completed = 1) =>
      store.database.transaction((transaction) =>
        saveAcceptedDays(
          transaction,
          days.flatMap((work_date) =>
            trainers.map((trainer_id) => ({
              ...{ contract_id: contract, trainer_id, work_date, accepted_at: 1 },
              ...{ total_seconds: 60, tasks_completed: 1, labels_completed },
            })),
          ),
        ),
      );

    it('counts each trainer once, whatever their contracts and however often their day is corrected', async () => {
      const { database } = store;
      await save('c1', ['t1', 't2'], ['2031-05-01', '2031-05-02']);
      await save('c1', ['t1', 't2'], ['2031-05-01']);
      await Promise.all([save('c2', ['t1', 't3'], ['2031-05-01']), save('c3', ['t3'], ['2031-05-01'])]);
      const rows = await database('usage_day_totals').orderBy('work_date').select('work_date', 'trainers');
      expect(rows.map((row) => ({ ...row }))).to.deep.equal([
        { work_date: '2031-05-01', trainers: 3 },
        { work_date: '2031-05-02', trainers: 2 },
      ]);
    });

    it('adds the contracts of a job up, whatever is corrected, and two that are stored at once', async () => {
      const { database } = store;
      for (const [id, job_id] of Object.entries({ d1: 'A', d2: 'A', d3: 'B' })) {
        await addContract(database, { id, job_id, trainerIds: [] });
      }
      const days = ['2031-06-01', '2031-06-02'];
      await Promise.all(['d1', 'd2', 'd3'].map((contract) => save(contract, ['t1', 't2'], days, 10)));
      await save('d2', ['t1'], ['2031-06-01'], 3);
      const rows = await database('usage_job_days').orderBy(['job_id', 'work_date']);
      const sums = rows.map(({ job_id, work_date, total_seconds, labels_completed }) => {
        return `${job_id} ${work_date}: ${total_seconds} s, ${labels_completed} labels`;
      });
      expect(sums).to.deep.equal([
        'A 2031-06-01: 240 s, 33 labels',
        'A 2031-06-02: 240 s, 40 labels',
        'B 2031-06-01: 120 s, 20 labels',
        'B 2031-06-02: 120 s, 20 labels',
      ]);
    });
  });
}
