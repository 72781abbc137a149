import { expect } from 'chai';
import { recordAudit } from '../../../plugin/audit/audit-log.ts';
import { storeDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

for (const kind of storeKinds) {
  describe(`what the console lists of deliveries and of the audit log, on ${kind}`, () => {
    let world: WebWorld;
    let cookie: string;
    before(async () => {
      world = await WebWorld.open(kind, { USAGE_TIMEZONE: 'America/Los_Angeles' });
      cookie = await world.signIn();
      const { database } = world.access.store;
      const receivedAt = new Date('2026-03-02T10:00:00Z');
      const deliveries = [
        { id: 'dlv_1', eventId: '41', eventType: 'contract.started', body: '{"data":{"id":"<ctr>"}}' },
        { id: 'dlv_2', eventId: '42', eventType: 'contract.ended', body: 'not JSON' },
        { id: 'dlv_3', eventId: '43', eventType: 'contract.ended', body: '{}' },
      ].map((one) => ({ ...one, headers: { 'webhook-id': one.id }, receivedAt }));
      await storeDeliveries(database, deliveries);
      await database('deliveries').where({ id: 'dlv_3' }).update({ failing_since: 1, last_error: 'No such 50%_job' });
      const entry = { cause: 'timer', action: 'invite', trainerId: 'usr_1' };
      await recordAudit(database, { ...entry, at: new Date('2026-03-02T07:59:59Z'), workEmail: 'Ada@opentrain.work' });
      await recordAudit(database, { ...entry, at: new Date('2026-03-02T08:00:00Z'), action: 'remove', detail: '=1+1' });
    });
    after(() => world.close());

    const page = (path: string): Promise<string> => world.page(path, cookie);
    const listed = async (query: string): Promise<string[]> => {
      const html = await page(`/console/deliveries${query}`);
      return [...html.matchAll(/<code>(dlv_\d)<\/code>/g)].flatMap(([, id]) => id ?? []).sort();
    };

    it('finds deliveries by type, by id and by what came of them', async () => {
      expect(await listed('')).to.deep.equal(['dlv_1', 'dlv_2', 'dlv_3']);
      expect(await listed('?type=contract.ended')).to.deep.equal(['dlv_2', 'dlv_3']);
      expect(await listed('?q=DLV_1')).to.deep.equal(['dlv_1']);
      expect(await listed('?q=50%25_job')).to.deep.equal(['dlv_3']);
      expect(await listed('?q=50__job')).to.deep.equal([]);
      expect(await listed('?failing=1&type=contract.started')).to.deep.equal([]);
    });

    it('shows a delivery as it came, and what came of it', async () => {
      const one = await page('/console/deliveries/dlv_1');
      expect(one).to.include('&quot;id&quot;: &quot;&lt;ctr&gt;&quot;').and.to.include('webhook-id');
      expect(one).to.include('href="/console/audit?cause=event%2041%20(contract.started)"');
      expect(one).not.to.include('Try again');
      expect(await page('/console/deliveries/dlv_2')).to.include('not JSON');
      expect(await page('/console/deliveries/dlv_3'))
        .to.include('No such 50%_job')
        .and.to.include('Try again');
      expect((await world.get('/console/deliveries/unknown', cookie)).status).to.equal(404);
    });

    it('finds entries by words, and by calendar days of USAGE_TIMEZONE', async () => {
      const words = async (query: string): Promise<string[]> => {
        const html = await page(`/console/audit?${query}`);
        return [...html.matchAll(/data-label="What">(\w+)</g)].flatMap(([, action]) => action ?? []);
      };
      expect(await words('')).to.deep.equal(['remove', 'invite']);
      expect(await words('q=ada@')).to.deep.equal(['invite']);
      expect(await words('from=2026-03-02')).to.deep.equal(['remove']);
      expect(await words('until=2026-03-01')).to.deep.equal(['invite']);
      expect(await words('from=2026-03-03')).to.deep.equal([]);
      expect(await words('from=yesterday')).to.deep.equal(['remove', 'invite']);
    });

    it('gives exactly what was asked for as a file', async () => {
      const file = async (path: string): Promise<string[]> => (await page(path)).trimEnd().split('\r\n');
      const deliveries = await file('/console/deliveries?type=contract.ended&format=csv');
      expect(deliveries).to.have.length(3);
      expect(deliveries[0]).to.equal('delivery,event,type,received,finished,tries,outcome,error');
      expect(deliveries.join())
        .to.include('dlv_2,42,contract.ended,2026-03-02T10:00:00.000Z,')
        .and.not.to.include('dlv_1');
      const audit = await file('/console/audit?q=remove&format=csv');
      expect(audit).to.have.length(2);
      expect(audit[1]).to.match(/^2026-03-02T08:00:00.000Z,remove,usr_1,.*'=1/);
      expect(await page('/console/audit?q=remove')).to.include('href="/console/audit?q=remove&amp;format=csv"');
    });
  });
}
