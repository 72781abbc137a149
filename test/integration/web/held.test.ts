/** The page of what is held: shown with its numbers, decided by an admin. */
import { expect } from 'chai';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`the page Held on ${kind}`, () => {
    let world: WebWorld;
    before(async () => {
      world = await WebWorld.open(kind, {});
      await fillBelievably(world.access);
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    it('shows each held day with its numbers, to be accepted or dropped by an admin only', async () => {
      const { database } = world.access.store;
      const contract = await database('contracts').first('id');
      const totals = { total_seconds: 0, tasks_completed: 0, labels_completed: 3 };
      const accepted = { accepted_seconds: 7_200, accepted_tasks: 40, accepted_labels: 90 };
      const row = { contract_id: contract.id, trainer_id: 'nobody <b>', ...totals, ...accepted, held_at: 1 };
      await database('usage_held').insert([
        { ...row, work_date: '2031-04-01' },
        { ...row, work_date: '2031-04-02' },
      ]);
      const admin = await world.signInAs({ role: 'admin', actor: 'console ada@example.com' });
      const viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      const page = await world.page('/console/held', admin);
      expect(page).to.include('nobody &lt;b&gt;').and.include('Accept: send').and.include('Drop: leave');
      expect(page.replaceAll(/\s+/g, ' ')).to.match(/All 2 days.*180.*6.*−174/);
      expect(await world.page('/console/held', viewer))
        .to.include('nobody &lt;b&gt;')
        .and.not.include('Accept: send');
      const fields = { form: formToken(page), contract: contract.id };
      const answer = await world.post('/console/held/drop', fields, { cookie: admin });
      expect(answer.status).to.equal(303);
      const decisions = await database('usage_held').pluck('decision');
      expect(decisions).to.deep.equal(['dropped', 'dropped']);
      const after = await world.page('/console/held', admin);
      expect(after).to.include('<h2>Dropped</h2>').and.not.include('Drop: leave');
    });
  });
}
