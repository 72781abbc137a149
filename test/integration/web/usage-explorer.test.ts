import { expect } from 'chai';
import { addDays } from '../../../plugin/usage/days.ts';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

/** The texts of each row of the page's first table. */
function rowsOf(html: string): string[][] {
  const body = /<tbody>([\s\S]*?)<\/tbody>/.exec(html)?.[1] ?? '';
  return [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>([\s\S]*?)<\/t[hd]>/g)].map(([, cell = '']) =>
      cell
        .replaceAll(/<[^>]+>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    ),
  );
}

const numberOf = (text = ''): number => Number(text.replaceAll(',', ''));

for (const kind of storeKinds) {
  describe(`the usage explorer on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    let today: string;
    before(async () => {
      world = await WebWorld.open(kind);
      await fillBelievably(world.access);
      cookie = await world.signIn();
      today = world.access.date.toISOString().slice(0, 10);
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    async function labelsInStore(from: string, where: Record<string, string> = {}): Promise<number> {
      const rows = world.access.store.database('usage_days').where(where).where('work_date', '>=', from);
      return Number((await rows.sum({ labels: 'labels_completed' }).first())?.labels);
    }

    it('adds up to the same by day, project, job, contract, trainer and entry', async () => {
      const expected = await labelsInStore(addDays(today, -6));
      for (const by of ['day', 'project', 'job', 'contract', 'trainer', 'entry']) {
        const html = await world.page(`/console/usage?days=7&by=${by}`, cookie);
        const column = by === 'day' ? 2 : by === 'entry' ? 4 : 3;
        const sum = rowsOf(html).reduce((all, row) => all + (numberOf(row[column]) || 0), 0);
        expect(sum, by).to.equal(expected);
        expect(html, by).to.include(`<strong>${expected.toLocaleString('en-GB')}</strong> labels`);
      }
    });

    it('names projects and people, and narrows to one of them', async () => {
      const byTrainer = rowsOf(await world.page('/console/usage?by=trainer', cookie)).map(([name]) => name);
      expect(byTrainer).to.include('Ada O. (ada@opentrain.work)');
      expect(rowsOf(await world.page('/console/usage?by=project', cookie)).map(([name]) => name)).to.deep.equal([
        'Radiology reports',
        'Street scenes, boxes',
        'Support tickets, intent',
      ]);
      const expected = await labelsInStore(addDays(today, -29), { contract_id: 'ctr_2' });
      for (const whose of ['contract=ctr_2', 'trainer=BJ', 'trainer=usr_2', 'project=job_intent', 'job=job_intent']) {
        const html = await world.page(`/console/usage?days=30&by=contract&${whose}`, cookie);
        const rows = rowsOf(html).filter(([name]) => name?.startsWith('Support tickets, intent (B'));
        expect(
          rows.map((row) => numberOf(row[3])),
          whose,
        ).to.deep.equal([expected]);
      }
      expect(rowsOf(await world.page('/console/usage?by=contract&trainer=nobody-like-that', cookie))).to.deep.equal([]);
    });

    it('takes days of one’s own, and leads from an entry to its annotations', async () => {
      const html = await world.page(`/console/usage?from=${today}&until=${today}&by=entry`, cookie);
      expect(html).to.include(`/console/explain?contract=ctr_1&amp;day=${today}`);
      const days = rowsOf(await world.page(`/console/usage?from=${addDays(today, -2)}&until=${today}`, cookie));
      expect(days.length).to.be.within(1, 3);
      for (const wrong of [
        'from=x&until=y',
        `from=${today}&until=2020-01-01`,
        'days=12',
        'by=nothing&page=x',
        'page=-3',
      ]) {
        expect((await world.get(`/console/usage?${wrong}`, cookie)).status, wrong).to.equal(200);
      }
    });

    it('shows what was counted and refused, with the difference and the reason', async () => {
      const { database } = world.access.store;
      const key = { contract_id: 'ctr_3', trainer_id: 'usr_3', work_date: addDays(today, -1) };
      const accepted = { total_seconds: 100, tasks_completed: 5, labels_completed: 50 };
      await database('usage_days')
        .insert({ ...key, ...accepted, accepted_at: 1 })
        .onConflict(['contract_id', 'trainer_id', 'work_date'])
        .merge();
      const refused = { total_seconds: null, tasks_completed: 7, labels_completed: 62 };
      await database('usage_refusals').insert({ ...key, ...refused, message: 'the day is closed', at: 1 });
      const range = `from=${key.work_date}&until=${key.work_date}&contract=ctr_3`;
      const [row] = rowsOf(await world.page(`/console/usage?${range}&by=contract`, cookie));
      expect(row?.slice(2, 6)).to.deep.equal(['62', '50', '+12', '5']);
      const html = await world.page(`/console/usage?${range}&by=entry`, cookie);
      expect(rowsOf(html)[0]?.slice(3, 6)).to.deep.equal(['62', '50', '+12']);
      expect(html).to.include('refused: the day is closed');
      await database('usage_refusals').where(key).delete();
    });

    it('shows an entry that was refused and never accepted', async () => {
      const html = await world.page('/console/usage?by=entry&contract=ctr_1', cookie);
      expect(html).to.include('refused: worker is not a participant');
      expect(rowsOf(html).map((row) => row.slice(3, 6))).to.deep.include(['80', '–', '+80']);
    });

    it('keeps apart what was not counted, with why', async () => {
      const html = await world.page('/console/usage?days=7', cookie);
      expect(html).to.include('Their contract is for another job.').and.to.include('Radiology reports');
      const { database } = world.access.store;
      await database('usage_cuts').insert({
        ...{ trainer_id: 'usr_1', project_id: '12', work_date: today },
        ...{ capped_annotations: 3, capped_seconds: 7_200, clamped_seconds: 0, at: 1 },
      });
      await database('contracts').where({ id: 'ctr_2' }).update({ usage_problem: '4 days would become less.' });
      const later = await world.page('/console/usage?days=7', cookie);
      expect(later).to.include('<strong>2 h</strong> (3 annotations)').and.to.include('4 days would become less.');
      await database('contracts').where({ id: 'ctr_2' }).update({ usage_problem: null });
    });

    it('downloads what is shown, whole, and nobody who is not signed in does', async () => {
      const address = '/console/usage/csv?days=30&by=entry&trainer=usr_1';
      const response = await world.get(address, cookie);
      expect(response.headers.get('content-type')).to.match(/^text\/csv/);
      expect(response.headers.get('content-disposition')).to.include(`usage-entry-${addDays(today, -29)}-${today}.csv`);
      const [head = '', ...lines] = (await response.text()).trimEnd().split('\r\n');
      expect(head).to.match(/^day,contract_id,contract,trainer_id,trainer,tasks,labels,seconds,/);
      const labels = lines.reduce((sum, line) => sum + Number(line.split('opentrain.work),')[1]?.split(',')[1]), 0);
      expect(labels).to.equal(await labelsInStore(addDays(today, -29), { trainer_id: 'usr_1' }));
      for (const by of ['day', 'project', 'job', 'contract', 'trainer']) {
        const text = await (await world.get(`/console/usage/csv?days=30&by=${by}`, cookie)).text();
        const shown = rowsOf(await world.page(`/console/usage?days=30&by=${by}`, cookie));
        expect(text.trimEnd().split('\r\n').length - 1, by).to.equal(shown.length);
      }
      expect((await world.get(address)).status).to.equal(401);
      const viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      expect(await world.page(address, viewer)).to.equal([head, ...lines, ''].join('\r\n'));
    });

    it('has budgets on their own page only', async () => {
      expect(await world.page('/console/usage', cookie)).not.to.include('Budgets of active contracts');
    });
  });
}
