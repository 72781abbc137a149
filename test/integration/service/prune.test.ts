import { expect } from 'chai';
import { keptDays, prune } from '../../../plugin/service/prune.ts';
import { CoreWorld } from '../../support/core-world.ts';
import { type FreshStore, freshStore, storeKinds } from '../../support/store.ts';

const DAY = 86_400_000;

for (const kind of storeKinds) {
  describe(`pruning on ${kind}`, () => {
    let store: FreshStore;
    let world: CoreWorld;
    let now: number;
    before(async () => {
      store = await freshStore(kind);
    });
    after(() => store.drop());
    beforeEach(async () => {
      world = await CoreWorld.open(store);
      now = world.clock.time.getTime();
      for (const table of ['audit_log', 'usage_corrections', 'usage_cuts', 'uncovered_work', 'budget_history']) {
        await store.database(table).delete();
      }
      for (const table of ['console_sessions', 'console_tickets']) {
        await store.database(table).delete();
      }
    });
    afterEach(() => world.close());

    const days = (count: number): number => now - count * DAY;

    it('deletes more than one step of what is past its age, and nothing that is not', async () => {
      const old = Array.from({ length: 1_200 }, (_, index) => ({ at: days(keptDays.audit) - 1 - index }));
      const rows = [...old, { at: days(keptDays.audit) + 1 }].map((row) => ({
        ...row,
        cause: 'test',
        action: 'invite',
      }));
      await store.database.batchInsert('audit_log', rows, 50);
      const correction = { contract_id: 'c', trainer_id: 't', work_date: '2031-01-01' };
      await store.database('usage_corrections').insert([
        { ...correction, at: days(keptDays.corrections) - 1 },
        { ...correction, at: days(keptDays.corrections) + 1 },
      ]);
      const cut = { trainer_id: 't', project_id: 'p', capped_annotations: 1, capped_seconds: 1, clamped_seconds: 0 };
      await store.database('usage_cuts').insert([
        { ...cut, work_date: 'old', at: days(keptDays.corrections) - 1 },
        { ...cut, work_date: 'young', at: days(keptDays.corrections) + 1 },
      ]);
      const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
      await store.database('uncovered_work').insert(
        [keptDays.corrections + 1, keptDays.corrections - 1].map((age) => ({
          ...{ trainer_id: 't', project_id: 'p', cause: 'no-contract', work_date: dayOf(days(age)) },
        })),
      );
      for (const table of ['console_sessions', 'console_tickets']) {
        const common = table === 'console_sessions' ? { created_at: 1 } : {};
        await store.database(table).insert([
          { id: 'old', expires_at: days(keptDays.expired) - 1, ...common },
          { id: 'young', expires_at: days(keptDays.expired) + 1, ...common },
        ]);
      }
      await prune(world.context);
      expect(await store.database('audit_log').pluck('at')).to.deep.equal([days(keptDays.audit) + 1]);
      expect(await store.database('usage_corrections').pluck('at')).to.deep.equal([days(keptDays.corrections) + 1]);
      expect(await store.database('usage_cuts').pluck('work_date')).to.deep.equal(['young']);
      expect(await store.database('uncovered_work').pluck('work_date')).to.deep.equal([
        dayOf(days(keptDays.corrections - 1)),
      ]);
      expect(await store.database('console_sessions').pluck('id')).to.deep.equal(['young']);
      expect(await store.database('console_tickets').pluck('id')).to.deep.equal(['young']);
    });

    it('keeps of a budget the changes of state, the last point of each day, and all of the last day', async () => {
      const midnight = Math.floor(days(10) / DAY) * DAY;
      const point = (name: string, at: number, previous: string | null, state: string, contract = 'c1') => ({
        ...{ contract_id: contract, at, source: name, previous_state: previous, state, budget: '{}' },
      });
      await store
        .database('budget_history')
        .insert([
          point('the first', midnight, null, 'OK'),
          point('morning', midnight + 1, 'OK', 'OK'),
          point('of another contract', midnight + 2, 'OK', 'OK', 'c2'),
          point('noon', midnight + 3, 'OK', 'OK'),
          point('a change', midnight + 4, 'OK', 'LOW'),
          point('evening', midnight + 5, 'LOW', 'LOW'),
          point('next day', midnight + DAY, 'LOW', 'LOW'),
          point('an hour ago', now - 3_600_000, 'LOW', 'LOW'),
          point('now', now, 'LOW', 'LOW'),
          point('very old', days(keptDays.budgets + 1), 'LOW', 'LOW'),
          point('very old change', days(keptDays.budgets + 1), 'OK', 'LOW'),
        ]);
      await prune(world.context);
      expect(await store.database('budget_history').orderBy('id').pluck('source')).to.deep.equal([
        'the first',
        'of another contract',
        'a change',
        'evening',
        'next day',
        'an hour ago',
        'now',
        'very old change',
      ]);
    });
  });
}
