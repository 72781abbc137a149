import { expect } from 'chai';
import { z } from 'zod';
import { Console } from '../../../plugin/web/console/console.ts';
import { consolePages } from '../../../plugin/web/console/routes.ts';
import { Sessions } from '../../../plugin/web/console/session.ts';
import { createViews } from '../../../plugin/web/render.ts';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';

const tables = ['access', 'access_holds', 'audit_log', 'contracts', 'invitations', 'project_links', 'queue_items'];
const layerSchema = z.object({
  route: z.object({ path: z.string(), methods: z.record(z.string(), z.boolean()) }).nullish(),
});

/** Every address of the console that answers a POST, as the routers themselves have it. */
function postedPaths({ access }: WebWorld): string[] {
  const views = createViews(access.context);
  const pages = consolePages(new Console(access.context, views, new Sessions(access.context, views)));
  return Object.entries(pages).flatMap(([mount, router]) =>
    router.stack.flatMap((layer) => {
      const { route } = layerSchema.parse(layer);
      return route?.methods.post ? [mount + (route.path === '/' ? '' : route.path)] : [];
    }),
  );
}

for (const kind of storeKinds) {
  describe(`a viewer in the console on ${kind}`, () => {
    let world: WebWorld;
    let viewer: string;
    before(async () => {
      world = await WebWorld.open(kind, { OPENTRAIN_APP_SLUG: 'our-tool' });
      await fillBelievably(world.access);
      viewer = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    async function stored(): Promise<string> {
      const { database } = world.access.store;
      return JSON.stringify(await Promise.all(tables.map((table) => database(table).select('*'))));
    }

    it('changes nothing by a POST to any route, although the form is of their own session', async () => {
      const paths = postedPaths(world);
      expect(paths).to.include('/console/projects/unlink').and.to.include('/connect/token');
      const form = formToken(await world.page('/console', viewer));
      const before = await stored();
      const fields = { form, trainer: 'usr_8', link: 'plink_12', unit: 'regions', confirmation: 'remove everybody' };
      for (const path of [...paths, '/console/not-yet-made']) {
        const response = await world.post(path, fields, { cookie: viewer });
        expect(response.status, path).to.equal(403);
        expect(await response.text(), path).to.include('signed in as a viewer');
      }
      expect(await stored()).to.equal(before);
    });

    it('changes nothing by any other method', async () => {
      for (const method of ['PUT', 'PATCH', 'DELETE']) {
        const response = await fetch(`${world.url}/console/projects`, { method, headers: { cookie: viewer } });
        expect(response.status, method).to.equal(403);
      }
    });

    it('is told so on the pages, and is not shown a link that opens a trainer’s account', async () => {
      world.access.use({ mailer: null });
      world.serve();
      await world.access.store.database('invitations').where({ trainer_id: 'usr_8' }).update({ mailed_at: null });
      const admin = await world.signIn();
      for (const path of ['/console', '/console/trainers']) {
        const html = await world.page(path, viewer);
        expect(html, path).to.include('signed in as a viewer').and.not.to.include('/invitations/');
        expect(await world.page(path, admin), path).to.include('/invitations/');
      }
    });

    it('can sign out', async () => {
      const cookie = await world.signInAs({ role: 'viewer', actor: 'console vera@example.com' });
      expect(await (await world.act(cookie, '/console', '/console/sign-out')).text()).to.include('You are signed out');
      expect((await world.get('/console', cookie)).status).to.equal(401);
    });
  });

  it(`names who acted in the audit log on ${kind}`, async () => {
    const world = await WebWorld.open(kind);
    await fillBelievably(world.access);
    await world.access.work();
    const ada = await world.signInAs({ role: 'admin', actor: 'console ada@example.com' });
    for (const cookie of [ada, await world.signIn()]) {
      await world.act(cookie, '/console/trainers', '/console/trainers/invite', { trainer: 'usr_8' });
    }
    const causes = await world.access.store.database('audit_log').where({ action: 'resend-invitation' }).orderBy('id');
    expect(causes.map(({ cause }) => cause)).to.deep.equal(['console ada@example.com', 'console link']);
    await world.close();
  });
}
