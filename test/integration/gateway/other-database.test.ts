/** Another database in the place of the tool's: the gateway lets nobody through, as the numbers of accounts and projects mean others there. */
import { expect } from 'chai';
import type { DatabaseSign } from '../../../adapters/tool.ts';
import { recognisedTool } from '../../../plugin/access/recognised-tool.ts';
import { acceptDatabase, otherDatabase } from '../../../plugin/access/tool-database.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { type AccessWorld, useAccessWorld } from '../../support/access-world.ts';
import { type GatewayBefore, gatewayBefore, playedTool, whoAsks } from '../../support/played-tool.ts';
import { storeKinds } from '../../support/store.ts';

const sign = (day: string): DatabaseSign => ({ kind: 'project', id: '1', createdAt: new Date(`${day}T08:00:00Z`) });
const ours = [sign('2031-01-01')];
const others = [sign('2031-04-01')];
/** More than the gateway believes its last look. */
const LATER_MS = 6_000;
/** Not more than that, but nearly. */
const SOON_MS = 4_500;

for (const kind of storeKinds) {
  describe(`the gateway before another database of the tool (${kind})`, () => {
    let world: AccessWorld;
    let before: GatewayBefore;
    let asked: string[];

    useAccessWorld(kind, async (opened) => {
      world = opened;
      asked = [];
      world.tool.signs = ours;
      world.use({ tool: recognisedTool(world.tool, { database: world.store.database, clock: world.context.clock }) });
      await world.connect();
      await world.annIsActive();
      const tool = playedTool(world, (request, response) => {
        asked.push(`${request.method} ${request.url}`);
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify(whoAsks(request, world)));
      });
      before = await gatewayBefore(tool, world);
    });
    afterEach(() => before.close());

    const ask = (token: string, path = '/api/projects/1/', accept = 'application/json') =>
      fetch(before.url + path, { headers: { authorization: `Token ${token}`, accept } });

    it('refuses whoever is signed in with a page that names no database, and goes on once ours is back', async () => {
      expect((await ask('ann')).status).to.equal(200);
      world.tool.signs = others;
      world.later(LATER_MS);
      asked = [];
      for (const who of ['ann', 'colleague']) {
        const answer = await ask(who, '/projects', 'text/html');
        expect(answer.status, who).to.equal(503);
        expect(answer.headers.get('retry-after'), who).to.not.equal(null);
        expect(await answer.text(), who)
          .to.include('another one than before')
          .and.include('until its admin has confirmed it')
          .and.not.match(/database|postgres|sqlite/i);
      }
      expect((await ask('ann')).headers.get('content-type')).to.include('json');
      expect(asked).to.deep.equal([]);
      expect(await otherDatabase(world.store.database)).not.to.equal(null);

      world.tool.signs = ours;
      world.later(LATER_MS);
      expect((await ask('ann')).status).to.equal(200);
    });

    it('is looked for again in good time, so that nobody waits for the look, and is seen without another one', async () => {
      expect((await ask('colleague')).status).to.equal(200);
      let looks = 0;
      const look = Promise.withResolvers<DatabaseSign[]>();
      Object.assign(world.tool, {
        readSigns: () => {
          looks += 1;
          return look.promise;
        },
      });
      world.later(SOON_MS);
      for (let round = 0; round < 3; round += 1) expect((await ask('colleague')).status).to.equal(200);
      expect(looks).to.equal(1);
      look.resolve(others);
      await waitFor('the refusal', async () => (await ask('colleague')).status === 503);
      expect(looks).to.equal(1);
    });

    it('asks for nobody’s things there: a task is not looked up in another tool’s rows', async () => {
      let lookUps = 0;
      Object.assign(world.tool, {
        locate: async () => {
          lookUps += 1;
          return [{ projectId: '1', ownerId: null }];
        },
      });
      expect((await ask('ann', '/api/tasks/7/')).status).to.equal(200);
      expect(lookUps).to.equal(1);
      world.tool.signs = others;
      world.later(LATER_MS);
      for (const task of [7, 8]) expect((await ask('ann', `/api/tasks/${task}/`)).status).to.equal(503);
      expect(lookUps).to.equal(1);
    });

    it('lets people through again when the admin has confirmed it', async () => {
      world.tool.signs = others;
      expect((await ask('colleague')).status).to.equal(503);
      await acceptDatabase(world.context, 'console');
      world.later(LATER_MS);
      expect((await ask('colleague')).status).to.equal(200);
    });
  });
}
