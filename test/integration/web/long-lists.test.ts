import { expect } from 'chai';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

const ROWS = 1_234;
const ROWS_PER_PAGE = 50;
const lastPage = Math.ceil(ROWS / ROWS_PER_PAGE);

for (const kind of storeKinds) {
  describe(`long lists of the console on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    let rowsRead: number;
    before(async () => {
      world = await WebWorld.open(kind);
      cookie = await world.signIn();
      await fill(world);
      const { database } = world.access.store;
      database.on('query-response', (rows: unknown) => {
        if (Array.isArray(rows)) rowsRead += rows.length;
      });
    });
    after(() => world.close());

    const lists = [
      { path: '/console/deliveries', row: (number: number) => `<code>delivery-${number}</code>` },
      { path: '/console/queue', row: (number: number) => `trainer usr_${number}<` },
      { path: '/console/audit', row: (number: number) => `change ${number}<` },
    ];
    for (const { path, row } of lists) {
      const newestFirst = path !== '/console/queue';
      const nth = (place: number): number => (newestFirst ? ROWS - 1 - place : place);

      it(`reads one page of ${path}, and says how to come to the others`, async () => {
        rowsRead = 0;
        const first = await world.page(path, cookie);
        expect(rowsRead, 'rows read from the store').to.be.below(2 * ROWS_PER_PAGE);
        expect(first)
          .to.include(row(nth(0)))
          .and.to.include(row(nth(ROWS_PER_PAGE - 1)));
        expect(first).not.to.include(row(nth(ROWS_PER_PAGE)));
        expect(first).to.include(`href="${path}?page=2" rel="next"`).and.not.to.include('rel="prev"');
        const second = await world.page(`${path}?page=2`, cookie);
        expect(second)
          .to.include(row(nth(ROWS_PER_PAGE)))
          .and.to.include(row(nth(2 * ROWS_PER_PAGE - 1)));
        expect(second).not.to.include(row(nth(ROWS_PER_PAGE - 1)));
        for (const page of [lastPage, lastPage + 9]) {
          const last = await world.page(`${path}?page=${page}`, cookie);
          expect(last)
            .to.include(row(nth(ROWS - 1)))
            .and.to.include(`page=${lastPage - 1}" rel="prev"`);
          expect(last).not.to.include('rel="next"');
        }
      });
    }

    it('keeps what a list was asked for on its next pages', async () => {
      const failing = await world.page('/console/deliveries?failing=1', cookie);
      expect(failing).to.include('delivery-1232<').and.not.to.include('delivery-1233<');
      expect(failing).to.include('href="/console/deliveries?failing=1&amp;page=2" rel="next"');
      const trainer = await world.page('/console/audit?trainer=usr_1&page=2', cookie);
      expect(trainer)
        .to.include('href="/console/audit?trainer=usr_1&amp;page=1"')
        .and.to.include('change 1133<')
        .and.not.to.include('change 1132<');
    });
  });
}

/** Every second delivery fails; every second change is of usr_1, the others of usr_0. */
async function fill(world: WebWorld): Promise<void> {
  const { database } = world.access.store;
  const numbers = Array.from({ length: ROWS }, (_, index) => index);
  await database.batchInsert(
    'deliveries',
    numbers.map((number) => ({
      ...{ id: `delivery-${number}`, event_id: String(number), event_type: 'contract.started', body: '{}' },
      ...{ headers: '{}', received_at: number, due_at: number % 2 === 0 ? number : null },
      ...(number % 2 === 0
        ? { failing_since: number, last_error: 'refused' }
        : { finished_at: number, outcome: 'done' }),
    })),
    50,
  );
  await database.batchInsert(
    'queue_items',
    numbers.map((number) => ({ kind: 'access', key: `usr_${number}`, requested_at: 0, due_at: number })),
    50,
  );
  await database.batchInsert(
    'audit_log',
    numbers.map((number) => ({
      at: number,
      cause: 'test',
      action: `change ${number}`,
      trainer_id: `usr_${number % 2}`,
    })),
    50,
  );
}
