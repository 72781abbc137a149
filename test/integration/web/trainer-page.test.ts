import { expect } from 'chai';
import { trainerPageUrl } from '../../../plugin/mail/link-tokens.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

const DAY_MS = 86_400_000;

for (const kind of storeKinds) {
  describe(`the trainer's own page (${kind})`, () => {
    let world: WebWorld;
    let path: string;

    beforeEach(async () => {
      world = await WebWorld.open(kind, { CONTACT: 'Maria' });
      const { access } = world;
      await access.connect();
      await access.link('link', 'job', '7');
      await access.hire('contract', 'job', 'ann');
      await access.hire('contract of bob', 'job', 'bob');
      await access.converge();
      await access.work();
      path = pathIn(access.mails.find(({ to }) => to === 'ann@opentrain.work')?.text ?? '');
    });
    afterEach(() => world.close());

    const pathIn = (text: string): string => /\/work\/\S+/.exec(text)?.[0] ?? 'no link';
    const submitted = (contract_id: string, trainer_id: string, work_date: string, labels_completed: number) =>
      world.access.context
        .database('usage_days')
        .insert({ contract_id, trainer_id, work_date, labels_completed, total_seconds: 5_400, accepted_at: 1 });
    const refused = (contract_id: string, trainer_id: string, message: string) =>
      world.access.context.database('usage_refusals').insert({
        contract_id,
        trainer_id,
        work_date: '2031-04-30',
        labels_completed: 3,
        message,
        request_id: 'req-77',
        at: 1,
      });

    it('shows projects, what was submitted day by day, and why something was not', async () => {
      await submitted('contract', 'ann', '2031-04-29', 1_234);
      await refused('contract', 'ann', 'the contract had not begun');
      const { database } = world.access.context;
      await database('usage_cuts').insert({
        trainer_id: 'ann',
        project_id: '7',
        work_date: '2031-04-29',
        capped_annotations: 1,
        capped_seconds: 600,
        clamped_seconds: 0,
        at: 1,
      });
      const html = await world.page(path);
      expect(html).to.include('Hello Name of ann').and.to.include('https://tool.example.com/projects/7');
      expect(html).to.match(/Tue 29 Apr 2031<.*1,234<.*1 h 30 min<.*submitted<.*Title of contract</);
      expect(html).to.match(/Wed 30 Apr 2031<.*not taken by OpenTrain: the contract had not begun</);
      expect(html).to.match(/Project 7<.*10 min<.*more than counts for one annotation</);
      expect(html).to.include('Ask Maria').and.not.to.include('req-77');
    });

    it('shows nothing about anybody else', async () => {
      await submitted('contract of bob', 'bob', '2031-04-29', 987_654);
      await refused('contract of bob', 'bob', 'words about bob');
      const html = await world.page(path);
      for (const other of ['bob', '987,654', 'words about']) expect(html).not.to.include(other);
      expect(html).to.include('Nothing yet');
    });

    it('escapes what others typed', async () => {
      await refused('contract', 'ann', '<script>alert(1)</script>');
      expect(await world.page(path)).not.to.include('<script>alert');
    });

    it('closes with the last contract, and after 400 days', async () => {
      const { access } = world;
      access.later(399 * DAY_MS);
      expect((await world.get(path)).status).to.equal(200);
      access.later(2 * DAY_MS);
      expect((await world.get(path)).status).to.equal(404);
      const fresh = new URL(trainerPageUrl(access.context, 'ann')).pathname;
      expect((await world.get(fresh)).status).to.equal(200);
      await access.end('contract', 'job');
      const answer = await world.get(fresh);
      expect(answer.status).to.equal(404);
      expect(await answer.text()).to.include('This link no longer applies');
    });

    it('opens by its own link only: neither an invitation’s token nor a changed one', async () => {
      const invitation = world.access.token('ann');
      const changed = `${path.slice(0, -4)}AAAA`;
      for (const wrong of [`/work/${invitation}`, changed, '/work/ann', '/work/x.y.z']) {
        expect((await world.get(wrong)).status, wrong).to.equal(404);
      }
      const token = path.replace('/work/', '');
      expect((await world.get(`/invitations/${token}`)).status).to.equal(404);
      expect((await world.get(`/password/${token}`)).status).to.equal(404);
    });

    it('is kept by no cache and changes nothing', async () => {
      expect((await world.get(path)).headers.get('cache-control')).to.equal('no-store');
      expect((await world.post(path, {})).status).to.equal(405);
    });
  });
}
