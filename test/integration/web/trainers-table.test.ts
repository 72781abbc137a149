import { expect } from 'chai';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`the table of trainers on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    before(async () => {
      world = await WebWorld.open(kind);
      cookie = await world.signIn();
      await fillBelievably(world.access);
    });
    after(() => world.close());

    const page = (query: string): Promise<string> => world.page(`/console/trainers${query}`, cookie);
    const listed = async (query: string): Promise<string[]> => {
      const rows = (await page(query)).matchAll(/data-label="Trainer"><a href="\/console\/trainers\/([^"]+)"/g);
      return [...rows].flatMap(([, id]) => id ?? []);
    };

    it('is sorted by who needs attention, unless it is asked for another order', async () => {
      const html = await page('');
      expect(html.indexOf('class="state blocked"')).to.be.below(html.indexOf('class="state active"'));
      expect(html).to.include('aria-sort="ascending"><a href="/console/trainers?sort=state">State');
    });

    it('is sorted by name', async () => {
      const rows: { id: string; display_name: string | null }[] = await world.access.store
        .database('trainers')
        .select();
      const names = new Map(rows.map(({ id, display_name }) => [id, (display_name ?? id).toLowerCase()]));
      const shown = (await listed('?sort=name')).map((id) => names.get(id) ?? '');
      expect(shown).to.have.length(rows.length);
      expect(shown).to.deep.equal(shown.toSorted());
    });

    it('is sorted by the latest change of access', async () => {
      const rows: { trainer_id: string; since: number }[] = await world.access.store.database('access').select();
      const latest = (id: string): number =>
        Math.max(0, ...rows.filter(({ trainer_id }) => trainer_id === id).map(({ since }) => Number(since)));
      const shown = (await listed('?sort=since')).map(latest);
      expect(new Set(shown).size).to.be.above(2);
      expect(shown).to.deep.equal(shown.toSorted((a, b) => b - a));
    });

    it('shows who has or had a contract of a job, or of the jobs of a project', async () => {
      const { database } = world.access.store;
      const first: { job_id: string; project_id: string } = await database('project_links')
        .whereNotNull('job_id')
        .first();
      const ids: { trainer_id: string }[] = await database('contract_trainers')
        .whereIn('contract_id', database('contracts').select('id').where({ job_id: first.job_id }))
        .distinct('trainer_id');
      const expected = ids.map(({ trainer_id }) => trainer_id).sort();
      expect((await listed(`?job=${first.job_id}`)).sort()).to.deep.equal(expected);
      expect(expected.length)
        .to.be.above(0)
        .and.below((await listed('')).length);
      expect((await listed(`?project=${first.job_id}`)).sort()).to.deep.equal(expected);
      expect(await listed(`?project=${first.job_id}&job=another`)).to.deep.equal([]);
    });

    it('keeps the filter in the links of the table, and gives exactly that as a file', async () => {
      const html = await page('?state=active&sort=name');
      expect(html).to.include('href="/console/trainers?state=active&amp;sort=since"');
      expect(html).to.include('href="/console/trainers?sort=name&amp;state=blocked"');
      const lines = (await page('?state=active&sort=name&format=csv')).trimEnd().split('\r\n');
      const shown = await listed('?state=active&sort=name');
      expect(lines.slice(1).map((line) => line.split(',')[0])).to.deep.equal(shown);
      expect(shown.length).to.be.above(1);
    });
  });
}
