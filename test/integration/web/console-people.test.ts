import { expect } from 'chai';
import { scopes } from '../../../plugin/platform/types.ts';
import { beat, noteDone } from '../../../plugin/queue/heartbeats.ts';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`what the console tells of work and of people on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    before(async () => {
      world = await WebWorld.open(kind);
      await fillBelievably(world.access);
      cookie = await world.signIn();
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    it('groups what needs the admin, each with its place, and shows two weeks of work, who works today and which budget ends', async () => {
      const html = await world.page('/console', cookie);
      expect(html).to.include('Action required (').and.not.to.include('No action needed');
      expect(html).to.match(/<h3>Trainers and access<\/h3>[\s\S]*href="\/console\/trainers\/usr_4"/);
      expect(html).to.match(/<h3>Work and budgets<\/h3>[\s\S]*counts for no contract \(84 labels on 1 day/);
      expect(html).to.match(/<dt>Labels<\/dt><dd><strong>[\d,]+<\/strong>, the 14 days before [\d,]+ \([+−][\d,]+\)/);
      expect(html)
        .to.match(/Working today \(\d\)/)
        .and.to.include('funded until <time');
    });

    it('says “No action needed” only when that is so: not while nothing runs, is old, is linked or can be counted', async () => {
      const calm = await WebWorld.open(kind, { TOOL_DATABASE_URL: 'sqlite:/data/label_studio.sqlite3' });
      const { access } = calm;
      const { database } = access.store;
      const signedIn = await calm.signIn();
      const isWell = async (): Promise<boolean> => (await calm.page('/console', signedIn)).includes('No action needed');
      expect(await isWell(), 'not connected').to.equal(false);
      await access.connect({ scopes: [...scopes] });
      expect(await isWell(), 'nothing is linked').to.equal(false);
      await access.link('link', 'job', '7');
      expect(await isWell(), 'all is well').to.equal(true);
      await database('heartbeats').delete();
      expect(await isWell(), 'nobody runs').to.equal(false);
      const process = { owner: 'test', version: '1.0.0', startedAt: access.date };
      await beat(database, process, access.date);
      expect(await isWell()).to.equal(true);
      access.useSettings({ PLUGIN_PUBLIC_URL: calm.url });
      calm.serve();
      expect(await isWell(), 'counted for nobody').to.equal(false);
      access.useSettings({ PLUGIN_PUBLIC_URL: calm.url, TOOL_DATABASE_URL: 'sqlite:/data/label_studio.sqlite3' });
      calm.serve();
      await noteDone(database, 'sync', access.date);
      access.later(41 * 60_000);
      await beat(database, process, access.date);
      expect(await isWell(), 'the last sync is old').to.equal(false);
      await calm.close();
    });

    it('lists the budget of every active contract by name, those that end first before the others', async () => {
      const html = await world.page('/console/budgets', cookie);
      const contracts = [...html.matchAll(/data-label="Contract">(?:<a [^>]*>)?([^<]+)</g)].map(([, title]) => title);
      expect(contracts).to.have.length(7);
      expect(contracts[0]).to.equal('Radiology reports (Chinwe A.)');
      expect(contracts[1]).to.equal('Support tickets, intent (Björn S.)');
      expect(html).to.include('used up').and.to.include('funded until <time').and.to.include('not told yet');
      expect(html).to.include('href="/console/trainers/usr_2"').and.to.include('83 %');
    });

    it('tells the active milestone of a contract and its amount, as text', async () => {
      const { database } = world.access.store;
      const { budget } = await database('budgets').where({ contract_id: 'ctr_1' }).first('budget');
      const milestone = { id: 'ms_1', name: 'Second <b>batch', amountUsd: 1_250, status: 'ACTIVE_FUNDED' };
      const told = JSON.stringify({ ...JSON.parse(budget), activeMilestone: milestone });
      await database('budgets').where({ contract_id: 'ctr_1' }).update({ budget: told });
      const html = await world.page('/console/budgets', cookie);
      expect(html).to.include('milestone Second &lt;b&gt;batch: 1,250 USD, ACTIVE_FUNDED');
    });

    it('shows country, profile and the masked name of a trainer on their page, with the Work Email beside it', async () => {
      const { database } = world.access.store;
      const before = await database('trainers').where({ id: 'usr_1' }).first();
      const profile = 'https://app.opentrain.ai/profiles/usr_1';
      const told = { display_name: 'Freelancer', country: 'Peru', profile_url: profile };
      await database('trainers').where({ id: 'usr_1' }).update(told);
      const html = await world.page('/console/trainers/usr_1', cookie);
      expect(html).to.match(/<h[12][^>]*>[^<]*Freelancer/);
      expect(html).to.include('<dt>Country</dt><dd>Peru</dd>').and.to.include(`href="${profile}"`);
      expect(html).to.include('ada@opentrain.work');
      expect(await world.page('/console/budgets', cookie)).to.include('Freelancer (ada@opentrain.work)');
      await database('trainers').where({ id: 'usr_1' }).update({ profile_url: 'javascript:alert(1)' });
      expect(await world.page('/console/trainers/usr_1', cookie)).not.to.include('javascript:');
      await database('trainers').where({ id: 'usr_1' }).update(before);
    });

    it('has a page of each trainer: contracts, work, history; takes them out and lets them in again, and names who did', async () => {
      const html = await world.page('/console/trainers/usr_1', cookie);
      expect(html)
        .to.include('<dt>Access to</dt>')
        .and.to.include('<code>ctr_1</code>')
        .and.to.include('ada@opentrain.work');
      expect(html).to.match(/<td data-label="Labels" class="number">[\d,]+<\/td>/);
      expect(await world.page('/console/trainers/usr_4', cookie)).to.include('by event 1042 (contract.ended)');
      expect((await world.get('/console/trainers/nobody', cookie)).status).to.equal(404);
      const page = '/console/trainers/usr_2?remove=1';
      expect(await world.page(page, cookie)).to.include('Take them out');
      const trainer = { trainer: 'usr_2' };
      const out = await world.act(cookie, page, '/console/trainers/remove', trainer);
      expect(out.headers.get('location')).to.equal('/console/trainers/usr_2?done=removed');
      const { database } = world.access.store;
      expect((await database('access').where({ trainer_id: 'usr_2' })).map(({ state }) => state)).to.deep.equal([
        'revoked',
      ]);
      expect(
        (await database('access_holds')).map(({ trainer_id }) => trainer_id),
        'nobody else',
      ).to.deep.equal(['usr_2']);
      await world.act(cookie, '/console/trainers/usr_2', '/console/trainers/restore', trainer);
      await world.access.work();
      expect(await database('access_holds')).to.deep.equal([]);
      expect((await database('access').where({ trainer_id: 'usr_2' })).map(({ state }) => state)).not.to.include(
        'revoked',
      );
      const again = await world.act(cookie, '/console/trainers/usr_2', '/console/trainers/restore', trainer);
      expect(again.status, 'of whom nobody took out').to.equal(409);
      const causes = await database('audit_log').where({ trainer_id: 'usr_2', action: 'hold' });
      expect(causes.map(({ cause }) => cause)).to.deep.equal(['console link']);
    });

    it('says of nobody who was removed that they have access', async () => {
      const html = await world.page('/console/trainers?state=revoked', cookie);
      expect(html).to.include('<small>Had access to</small>').and.not.to.include('<small>Access to</small>');
      const active = await world.page('/console/trainers?state=active', cookie);
      expect(active).to.include('<small>Access to</small>').and.not.to.include('<small>Had access to</small>');
    });
  });
}
