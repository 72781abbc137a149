import { expect } from 'chai';
import { saveAcceptedDays } from '../../../plugin/usage/usage-days.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`how many trainers worked on a day, on ${kind}`, () => {
    let store: FreshStore;
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());

    it('counts each trainer once, whatever their contracts and however often their day is corrected', async () => {
      const { database } = store;
      const save = (contract: string, trainers: string[], days: string[]) =>
        database.transaction((transaction) =>
          saveAcceptedDays(
            transaction,
            days.flatMap((work_date) =>
              trainers.map((trainer_id) => ({
                ...{ contract_id: contract, trainer_id, work_date, accepted_at: 1 },
                ...{ total_seconds: 60, tasks_completed: 1, labels_completed: 1 },
              })),
            ),
          ),
        );
      await save('c1', ['t1', 't2'], ['2031-05-01', '2031-05-02']);
      await save('c1', ['t1', 't2'], ['2031-05-01']);
      await Promise.all([save('c2', ['t1', 't3'], ['2031-05-01']), save('c3', ['t3'], ['2031-05-01'])]);
      const rows = await database('usage_day_totals').orderBy('work_date').select('work_date', 'trainers');
      expect(rows.map((row) => ({ ...row }))).to.deep.equal([
        { work_date: '2031-05-01', trainers: 3 },
        { work_date: '2031-05-02', trainers: 2 },
      ]);
    });
  });
}
