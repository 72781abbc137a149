import { expect } from 'chai';
import { addDays } from '../../../plugin/usage/days.ts';
import { fillBelievably } from '../../support/believable.ts';
import { fillFlags } from '../../support/believable-flags.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

/** The texts of the rows of the table of days to look at. */
function flagRows(html: string): string[] {
  const section = /<section aria-labelledby="flags">([\s\S]*?)<\/section>/.exec(html)?.[1] ?? '';
  const body = /<tbody>([\s\S]*?)<\/tbody>/.exec(section)?.[1] ?? '';
  return [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
    row
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
}

for (const kind of storeKinds) {
  describe(`days to look at in the console, on ${kind}`, () => {
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

    it('are nowhere while there are none', async () => {
      for (const path of ['/console/usage', '/console/trainers/usr_1', '/console']) {
        expect(await world.page(path, cookie)).not.to.match(/Days to look at|cannot be read/);
      }
    });

    it('are told with their numbers, for the days, people and jobs that the explorer shows', async () => {
      await fillFlags(world.access);
      const rows = flagRows(await world.page('/console/usage?days=7', cookie));
      expect(rows).to.have.length(9);
      expect(rows[1]).to.match(
        /Ada O\..* Street scenes, boxes, Support tickets, intent 412\.5 annotations an hour; .* 96\.2$/,
      );
      for (const words of [
        '3,204 annotations; their own median day has 890',
        '10 h 5 min of work; first to last annotation plus one cap is 6 h 2 min',
        '13 h 45 min of work in one day; more than 12 h is told',
        '37 of the 412 annotations counted before are gone',
        '12 of 388 annotations were edited by another account, or made by it in their name',
        '64 annotations on 8 tasks',
        '51 of 240 annotations have no time',
        'the day is held back Label Studio’s database gives no usable numbers for it: regions is no whole number.',
      ]) {
        expect(rows.join('\n')).to.include(words);
      }
      const count = async (query: string) => flagRows(await world.page(`/console/usage?${query}`, cookie)).length;
      expect(await count(`from=${today}&until=${today}`)).to.equal(2);
      expect(await count('days=7&trainer=usr_2')).to.equal(3);
      expect(await count('days=7&contract=ctr_3')).to.equal(2);
      expect(await count('days=7&job=job_intent')).to.equal(3);
      expect(await count('days=7&trainer=nobody-like-that')).to.equal(0);
    });

    it('stand beside the annotations that are no work, summed by reason', async () => {
      const sums = async (query: string): Promise<string[]> => {
        const html = await world.page(`/console/usage?${query}`, cookie);
        const table = /<h3 id="no-work">([\s\S]*?)<\/table>/.exec(html)?.[1] ?? '';
        return [...table.matchAll(/<tr>(<th scope="row"[\s\S]*?)<\/tr>/g)].map(([, row = '']) =>
          row
            .replaceAll(/<[^>]+>/g, ' ')
            .replaceAll(/\s+/g, ' ')
            .trim(),
        );
      };
      expect(await sums('days=7')).to.deep.equal([
        'Ada O. (ada@opentrain.work) Street scenes, boxes 128 0 s Made from a prediction for many tasks at once',
        'Ada O. (ada@opentrain.work) Street scenes, boxes 24 23 min Imported together with its task',
      ]);
      expect(await sums(`from=${today}&until=${today}&contract=ctr_1`)).to.have.length(2);
      expect(await sums('days=7&trainer=usr_2')).to.deep.equal([]);
    });

    it('are on the trainer’s page', async () => {
      const html = await world.page('/console/trainers/usr_1', cookie);
      const rows = flagRows(html);
      expect(rows).to.have.length(4);
      const entries = `/console/usage?from=${today}&until=${today}&trainer=usr_1&by=entry`;
      expect(html).to.include(entries.replaceAll('&', '&amp;'));
      expect(await world.page(entries, cookie)).to.include(`/console/explain?contract=ctr_1&amp;day=${today}`);
      expect(rows.every((row) => !row.includes('Ada'))).to.equal(true);
    });

    it('need an admin where a day cannot be read: by name, with the day, the remedy and where to look', async () => {
      const html = await world.page('/console', cookie);
      const day = addDays(today, -2);
      expect(html).to.match(
        new RegExp(`The work of Björn S\\. .* on ${day} in Support tickets, intent cannot be read: `),
      );
      expect(html).to.include(`/console/explain?contract=ctr_2&amp;day=${day}`).and.to.include('Explain this day');
      expect(html).to.include(`<code>opentrain-plugin sync --since ${day}</code>`);
    });
  });
}
