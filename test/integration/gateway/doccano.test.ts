import type { AxiosInstance } from 'axios';
import { expect } from 'chai';
import { z } from 'zod';
import { mailOf } from '../../support/access-world.ts';
import { doccanoDatabases } from '../../support/doccano.ts';
import { type DoccanoGatewayWorld, openDoccanoGateway } from '../../support/doccano-gateway.ts';

const idSchema = z.object({ id: z.number() });
const pageSchema = z.object({ results: z.array(z.looseObject({ id: z.number() })) });

for (const kind of doccanoDatabases) {
  describe(`a trainer of doccano through the gateway, on ${kind}`, function () {
    this.timeout(180_000);
    let world: DoccanoGatewayWorld;
    let ann: AxiosInstance;
    let bob: AxiosInstance;

    before(async () => {
      world = await openDoccanoGateway(kind);
      ann = await world.signIn(world.ann);
      bob = await world.signIn(world.bob);
    });
    after(() => world?.close());

    type Try = [method: string, url: string, body?: unknown];
    const status = async (who: AxiosInstance, [method, url, data]: Try): Promise<number> =>
      (await who.request({ method, url, ...(data === undefined ? {} : { data }) })).status;
    const refused = async (who: AxiosInstance, tries: readonly Try[]): Promise<void> => {
      for (const one of tries) expect(await status(who, one), `${one[0]} ${one[1]}`).to.equal(403);
    };
    const exampleOf = (scene: DoccanoGatewayWorld['own'], index: number): string =>
      `/v1/projects/${scene.projectId}/examples/${scene.exampleIds[index]}`;
    const labelled = async (who: AxiosInstance, scene: DoccanoGatewayWorld['own'], index: number): Promise<number> => {
      const span = { label: scene.typeId, start_offset: index, end_offset: index + 1 };
      const { data, status: answer } = await who.post(`${exampleOf(scene, index)}/spans`, span);
      expect(answer).to.equal(201);
      return idSchema.parse(data).id;
    };

    it('lists their own projects only, without the admin’s name', async () => {
      const mine = pageSchema.parse((await ann.get('/v1/projects')).data);
      expect(mine.results.map(({ id }) => id)).to.deep.equal([world.own.projectId]);
      expect(mine.results[0]?.author).to.equal('');
      expect(pageSchema.parse((await bob.get('/v1/projects')).data).results).to.have.length(2);
    });

    it('labels, changes, confirms and takes back their own work, and comments on it', async () => {
      const list = pageSchema.parse((await ann.get(`/v1/projects/${world.own.projectId}/examples?limit=10`)).data);
      expect(list.results).to.have.length(3);
      const path = exampleOf(world.own, 0);
      const id = await labelled(ann, world.own, 0);
      expect(await status(ann, ['PATCH', `${path}/spans/${id}`, { end_offset: 4 }])).to.equal(200);
      expect(await status(ann, ['POST', `${path}/states`, {}])).to.equal(201);
      expect(await status(ann, ['DELETE', `${path}/spans/${id}`])).to.equal(204);
      const comments = `/v1/projects/${world.own.projectId}/comments`;
      const written = await ann.post(`${comments}?example=${world.own.exampleIds[0]}`, { text: 'unclear' });
      expect(written.status).to.equal(201);
      const { id: comment } = idSchema.parse(written.data);
      expect(await status(bob, ['PATCH', `${comments}/${comment}`, { text: 'clear' }]), 'another’s comment').to.equal(
        403,
      );
      const seen = await bob.get(`${comments}?example=${world.own.exampleIds[0]}`);
      expect(JSON.stringify(seen.data)).to.include('unclear').and.not.include(mailOf(world.ann));
      expect(await status(ann, ['DELETE', `${comments}/${comment}`])).to.equal(204);
    });

    it('learns nothing of others’ labels by a search', async () => {
      await labelled(bob, world.own, 2);
      const search = (query: string) => `/v1/projects/${world.own.projectId}/examples?limit=10&${query}`;
      const direct = await world.signIn(world.ann, world.tool.baseUrl);
      const found = pageSchema.parse((await direct.get(search('label=animal'))).data);
      expect(found.results, 'at doccano’s own address').not.to.have.length(0);
      await refused(ann, [
        ['GET', search('label=animal')],
        ['GET', search('label=&label=animal')],
      ]);
      expect(await status(ann, ['GET', search('label=&q=cat&confirmed=false')])).to.equal(200);
    });

    it('closes doccano’s hole: no example of another project under the address of their own', async () => {
      const through = `/v1/projects/${world.own.projectId}/examples/${world.foreign.exampleIds[0]}`;
      const direct = await world.signIn(world.ann, world.tool.baseUrl);
      expect(await status(direct, ['GET', through]), 'at doccano’s own address it is open').to.equal(200);
      const span = { label: world.foreign.typeId, start_offset: 0, end_offset: 1 };
      await refused(ann, [
        ['GET', through],
        ['GET', `${through}/spans`],
        ['POST', `${through}/spans`, span],
        ['GET', `${through}/states`],
        ['POST', `${through}/states`, {}],
        ['POST', `/v1/projects/${world.own.projectId}/comments?example=${world.foreign.exampleIds[0]}`, { text: 'x' }],
      ]);
    });

    it('moves no label into another project, takes no type and joins no label of another, and touches nobody else’s', async () => {
      const [path, mine] = [exampleOf(world.own, 1), await labelled(ann, world.own, 1)];
      const theirs = await labelled(bob, world.own, 1);
      const foreign = await labelled(bob, world.foreign, 1);
      await refused(ann, [
        ['PATCH', `${path}/spans/${mine}`, { example: world.foreign.exampleIds[1] }],
        ['POST', `${path}/spans`, { label: world.foreign.typeId, start_offset: 4, end_offset: 5 }],
        ['PATCH', `${path}/spans/${mine}`, { label: world.foreign.typeId }],
        ['POST', `${path}/relations`, { from_id: mine, to_id: foreign, type: 1 }],
        ['GET', `${path}/spans/${foreign}`],
        ['PATCH', `${path}/spans/${theirs}`, { end_offset: 3 }],
        ['DELETE', `${path}/spans/${theirs}`],
        ['DELETE', `${path}/spans`],
      ]);
      expect(await status(bob, ['GET', `${path}/spans/${theirs}`]), 'it is still there').to.equal(200);
    });

    it('reaches no other project, no people, and nothing that is the admin’s', async () => {
      const [own, foreign] = [world.own, world.foreign].map(({ projectId }) => `/v1/projects/${projectId}`);
      await refused(ann, [
        ...['', '/examples', '/my-role', '/span-types', '/metrics/progress'].map(
          (part): Try => ['GET', foreign + part],
        ),
        ['GET', `/projects/${world.foreign.projectId}/sequence-labeling`],
        ['GET', exampleOf(world.foreign, 0)],
        ...['/v1/users', '/v1/roles', '/v1/auth/user/', '/admin/', '/swagger/'].map((path): Try => ['GET', path]),
        ['PATCH', '/v1/auth/user/', { username: 'somebody' }],
        ['POST', '/v1/auth/password/change/', { new_password1: 'x', new_password2: 'x' }],
        ['POST', '/v1/users/create', { username: 'x' }],
        ...['/members', '/download', '/catalog', '/auto-labeling/configs', '/metrics/member-progress'].map(
          (part): Try => ['GET', own + part],
        ),
        ['POST', `${own}/download`, {}],
        ['POST', `${own}/upload`, {}],
        ['POST', `${own}/clone`, {}],
        ['POST', `${own}/auto-labeling?example=${world.own.exampleIds[0]}`, {}],
        ['PATCH', own ?? '', { name: 'mine' }],
        ['DELETE', own ?? ''],
        ['POST', `${own}/examples`, { text: 'more' }],
        ['DELETE', `${own}/examples`, { ids: [] }],
        ['DELETE', exampleOf(world.own, 0)],
      ]);
    });

    it('changes nothing for a colleague, and asks nobody for a sign-in to see the page', async () => {
      const superuser = world.superuser(world.url);
      expect(await status(superuser, ['GET', '/v1/users'])).to.equal(200);
      expect(await status(superuser, ['GET', exampleOf(world.foreign, 0)])).to.equal(200);
      const page = await fetch(`${world.url}/auth`);
      expect([page.status, (await page.text()).includes('doccano')]).to.deep.equal([200, true]);
    });

    it('is shut out of a project in the moment that its contract has ended, and of everything with the last one', async () => {
      await world.access.end('bob-foreign', 'foreign');
      expect(await status(bob, ['GET', exampleOf(world.foreign, 0)])).to.equal(403);
      expect(await status(bob, ['GET', exampleOf(world.own, 0)])).to.equal(200);
      await world.access.end('bob', 'own');
      await refused(bob, [
        ['GET', exampleOf(world.own, 0)],
        ['GET', '/v1/projects'],
      ]);
    });
  });
}
