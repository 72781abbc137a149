import { expect } from 'chai';
import { addDays } from '../../../plugin/usage/days.ts';
import { saveAcceptedDays } from '../../../plugin/usage/usage-days.ts';
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

    it('tells on how many days each of them has work', async () => {
      for (const by of ['project', 'job', 'contract', 'trainer']) {
        for (const whose of ['', '&trainer=usr_2']) {
          const rows = rowsOf(await world.page(`/console/usage?days=7&by=${by}${whose}`, cookie));
          expect(rows, by + whose).to.have.length.at.least(1);
          for (const [name, days] of rows) expect(numberOf(days), `${by}${whose}: ${name}`).to.be.within(1, 7);
        }
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

    describe('beside another range', () => {
      /** Two weeks beside one week three weeks earlier, which has not as many days. */
      const ranges = () => {
        const [from, until] = [addDays(today, -20), addDays(today, -7)];
        const [otherFrom, otherUntil] = [addDays(today, -34), addDays(today, -28)];
        const address = `from=${from}&until=${until}&other_from=${otherFrom}&other_until=${otherUntil}`;
        return { from, until, otherFrom, otherUntil, address };
      };

      async function labelsBetween(first: string, last: string, where: Record<string, string> = {}): Promise<number> {
        const rows = world.access.store.database('usage_days').where(where).whereBetween('work_date', [first, last]);
        return Number((await rows.sum({ labels: 'labels_completed' }).first())?.labels);
      }

      it('compares any two ranges by day, project, job, contract and trainer: each adds up on both sides', async () => {
        const { from, until, otherFrom, otherUntil, address } = ranges();
        const [mine, theirs] = [await labelsBetween(from, until), await labelsBetween(otherFrom, otherUntil)];
        expect(theirs).to.be.greaterThan(0).and.not.equal(mine);
        for (const by of ['day', 'project', 'job', 'contract', 'trainer']) {
          const rows = rowsOf(await world.page(`/console/usage?${address}&by=${by}`, cookie));
          const sum = (column: number): number => rows.reduce((all, row) => all + (numberOf(row.at(column)) || 0), 0);
          expect(sum(-2), by).to.equal(theirs);
          expect(sum(by === 'day' ? 2 : 3), by).to.equal(mine);
        }
        const html = await world.page(`/console/usage?${address}`, cookie);
        const change = (mine - theirs).toLocaleString('en-GB');
        expect(html).to.include(`<strong>${mine.toLocaleString('en-GB')}</strong> labels`);
        expect(html).to.include(`+${change} on the other days`);
      });

      it('puts the first day beside the first, in the table and in the chart', async () => {
        const { from, otherFrom, address } = ranges();
        const html = await world.page(`/console/usage?${address}`, cookie);
        const last = rowsOf(html).at(-1) ?? [];
        const format = (day: string): string =>
          new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
        const distance = (row: string[]): number => Date.parse(row[0] ?? '') - Date.parse(row.at(-3) ?? '');
        expect(distance(last)).to.equal(Date.parse(from) - Date.parse(otherFrom));
        expect(html).to.include(format(otherFrom));
        const [, chart = ''] = /data-chart="([^"]*)"/.exec(html) ?? [];
        const { days, labels, others } = JSON.parse(chart.replaceAll('&quot;', '"'));
        expect([days.length, labels.length, others.length]).to.deep.equal([14, 14, 14]);
        expect(others.slice(7)).to.deep.equal(Array(7).fill(null));
        expect(others.slice(0, 7).reduce((all: number, one: number) => all + one, 0)).to.equal(
          await labelsBetween(otherFrom, addDays(otherFrom, 6)),
        );
      });

      it('lists who worked only in the other range, and days beyond the end of this one', async () => {
        const { database } = world.access.store;
        const { otherFrom, otherUntil } = ranges();
        const gone = { contract_id: 'ctr_8', trainer_id: 'usr_8', work_date: otherFrom };
        await saveAcceptedDays(database, [
          { ...gone, total_seconds: 60, tasks_completed: 3, labels_completed: 7, accepted_at: 1 },
        ]);
        const address = `from=${today}&until=${today}&other_from=${otherFrom}&other_until=${otherUntil}`;
        for (const [by, name] of [
          ['trainer', 'Hana T.'],
          ['contract', 'Support tickets, intent (Hana T.)'],
        ] as const) {
          const row = rowsOf(await world.page(`/console/usage?${address}&by=${by}`, cookie)).find(([first]) =>
            first?.startsWith(name),
          );
          expect(row?.slice(-2), by).to.deep.equal(['7', '−7']);
        }
        const days = rowsOf(await world.page(`/console/usage?${address}`, cookie));
        expect(days.filter(([first]) => first === '–').length).to.be.greaterThan(2);
        await database('usage_days').where(gone).delete();
      });

      it('downloads exactly what is shown, with both ranges in the name', async () => {
        const { from, until, otherFrom, otherUntil, address } = ranges();
        for (const by of ['day', 'project', 'job', 'contract', 'trainer']) {
          const response = await world.get(`/console/usage/csv?${address}&by=${by}`, cookie);
          expect(response.headers.get('content-disposition')).to.include(
            `usage-${by}-${from}-${until}-beside-${otherFrom}-${otherUntil}.csv`,
          );
          const [head = '', ...lines] = (await response.text()).trimEnd().split('\r\n');
          expect(head.endsWith('other_tasks,other_labels,other_seconds')).to.equal(true);
          const shown = rowsOf(await world.page(`/console/usage?${address}&by=${by}`, cookie));
          expect(
            lines.map((line) => Number(line.split(',').at(-2))),
            by,
          ).to.deep.equal(shown.map((row) => numberOf(row.at(-2)) || 0));
        }
      });

      it('is as many days right before where nothing, or nothing of sense, was chosen', async () => {
        const { address } = ranges();
        for (const wrong of ['', '&other_from=2031-01-09&other_until=2031-01-01', '&other_from=x&other_until=y']) {
          const html = await world.page(`/console/usage?days=14${wrong}`, cookie);
          expect(html, wrong).to.include('on the days before').and.not.include('Other day');
        }
        expect(await world.page(`/console/usage?${address}`, cookie)).to.include('Compare no longer');
      });
    });

    it('has budgets on their own page only', async () => {
      expect(await world.page('/console/usage', cookie)).not.to.include('Budgets of active contracts');
    });
  });
}
