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

    /** What the tool has of ann's work of the day before. */
    const labelled = (labels: number) => {
      world.access.tool.tally = async () => [
        {
          ...{ projectId: '7', toolUserId: 'account of ann', email: null, day: '2031-04-30', tasks: labels },
          ...{ annotations: labels, regions: labels, seconds: 3_600, cappedAnnotations: 0, cappedSeconds: 0 },
        },
      ];
    };

    it('shows what is counted and not yet submitted, without sending it', async () => {
      await world.access.tie('ann', { id: 'account of ann' });
      labelled(46);
      expect(await world.page(path)).to.match(/Not yet submitted<.*Wed 30 Apr 2031<.*46<.*1 h<.*Title of contract</s);
      expect(await world.access.context.database('usage_days')).to.deep.equal([]);
      await submitted('contract', 'ann', '2031-04-30', 46);
      await world.access.context.database('usage_days').update({ tasks_completed: 46, total_seconds: 3_600 });
      expect(await world.page(path)).not.to.include('Not yet submitted');
    });

    it('shows which totals are held, without the admin’s words', async () => {
      await world.access.context
        .database('contracts')
        .where({ id: 'contract' })
        .update({ usage_problem: '9 days would become less; run `sync --accept`' });
      const html = await world.page(path);
      expect(html)
        .to.match(/Held for the moment<.*<li>Title of contract</s)
        .and.not.to.include('sync --accept');
    });

    it('says so when the tool does not answer, and shows the rest', async () => {
      world.access.tool.tally = async () => {
        throw new Error('it is down');
      };
      const html = await world.page(path);
      expect(html).to.include('The tool cannot be asked at the moment').and.to.include('Your projects');
    });

    it('is German where mails are', async () => {
      world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url, MAIL_LANGUAGE: 'de', CONTACT: 'Maria' });
      world.serve();
      await submitted('contract', 'ann', '2031-04-29', 1_234);
      const html = await world.page(path);
      expect(html).to.include('<html lang="de">').and.to.include('Guten Tag Name of ann,').and.to.include('1.234');
      expect(html).to.include('übermittelt').and.to.include('Wenden Sie sich an Maria');
      const form = await world.page(`/invitations/${world.access.token('ann')}`);
      expect(form).to.include('Passwort festlegen und Zugang erhalten').and.to.include('8 bis 128 Zeichen');
      expect(await world.page('/password')).to.include('Passwort vergessen?');
      expect(await world.page('/invitations/nothing')).to.include('Diesen Link kennen wir nicht');
    });

    it('is opened at most 20 times a minute, whoever opens it; others are not held up', async () => {
      for (let count = 0; count < 20; count += 1) expect((await world.get(path)).status).to.equal(200);
      expect((await world.get(path)).status).to.equal(429);
      expect((await world.get('/work/another')).status).to.equal(404);
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
      const numbers = { tasks: 0, annotations: 0, most_annotations: 0, without_time: 0 };
      await database('counted_days').insert({
        ...{ trainer_id: 'ann', project_id: '7', work_date: '2031-04-28', ...numbers },
        ...{ edited_by_others: 0, unreadable: 'words for the admin' },
      });
      const html = await world.page(path);
      expect(html).to.match(/Mon 28 Apr 2031<.*Project 7<.*–<.*its numbers cannot be read: the day is submitted/);
      expect(html).not.to.include('words for the admin');
      expect(html).to.include('Hello Name of ann,').and.to.include('https://tool.example.com/projects/7');
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
