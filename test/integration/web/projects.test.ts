import { expect } from 'chai';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`the projects page on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    beforeEach(async () => {
      world = await WebWorld.open(kind);
      await fillBelievably(world.access);
      cookie = await world.signIn();
    });
    afterEach(() => world.close());

    it('tells what another label unit would change, from the last count', async () => {
      const { database } = world.access.store;
      const work_date = world.access.date.toISOString().slice(0, 10);
      const row = { tasks: 5, most_annotations: 7, seconds: 9, without_time: 0, edited_by_others: 0 };
      await database('counted_days').insert([
        { ...row, trainer_id: 'usr_1', project_id: '12', work_date, annotations: 7, regions: 31 },
        { ...row, trainer_id: 'usr_4', project_id: '12', work_date, annotations: 1_000, regions: 2_000 },
        { ...row, trainer_id: 'usr_4', project_id: '12', work_date: '2020-01-01', annotations: 9, regions: 9 },
        { ...row, trainer_id: 'usr_2', project_id: '15', work_date, annotations: 4, regions: null },
      ]);
      const html = await world.page('/console/projects', cookie);
      expect(html).to.match(/an annotation: <strong>1,007<\/strong>[^<]*as a region it would be <strong>2,031</);
      expect(html.match(/it would be/g), 'not where the tool tells no regions').to.have.length(1);
      await world.act(cookie, '/console/projects', '/console/projects/unit', { link: 'plink_12', unit: 'regions' });
      expect(await world.page('/console/projects', cookie)).to.match(
        /a region: <strong>2,031<\/strong>[^<]*as an annotation it would be <strong>1,007</,
      );
    });

    it('asks whose a link is that may be another tool’s, and leaves it to that tool when told so', async () => {
      const { database } = world.access.store;
      const elsewhere = { owner: null, from_before: 1, external_project_url: 'https://other.example.com/projects/15' };
      await database('project_links').where({ id: 'plink_15' }).update(elsewhere);
      expect(await world.page('/console/projects', cookie))
        .to.include('/console/projects?other=plink_15')
        .and.not.include('?other=plink_12');
      expect(await world.page('/console/projects?other=plink_15', cookie)).to.include(
        'https://other.example.com/projects/15',
      );
      expect(await world.page('/console/projects?other=plink_12', cookie)).not.to.include('It is another tool');
      const said = (link: string) => world.act(cookie, '/console/projects', '/console/projects/other-tool', { link });
      expect((await said('plink_12')).status).to.equal(409);
      expect((await said('plink_15')).headers.get('location')).to.equal('/console/projects?done=leftToOther');
      const owners = await database('project_links').orderBy('id').select('id', 'owner');
      expect(owners.find(({ id }) => id === 'plink_15')?.owner).to.equal('another tool');
      expect(owners.find(({ id }) => id === 'plink_12')?.owner).not.to.equal('another tool');
      expect(await world.page('/console/projects', cookie)).to.include('Links of other tools');
    });
  });
}
