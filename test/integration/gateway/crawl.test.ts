/**
 * Every route of Label Studio, from its own URL table, asked through the gateway by a trainer about their own project, a foreign one and
 * none, by a trainer whose contract has ended, by a colleague and by nobody. Behind the gateway stands a recorder that only passes on
 * the question who asks: so deleting and importing can be tried too.
 */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import PQueue from 'p-queue';
import { labelStudioGateway } from '../../../adapters/label-studio/gateway.ts';
import { knownRoutes } from '../../../adapters/label-studio/gateway-routes.ts';
import { Gateway } from '../../../plugin/gateway/gateway.ts';
import { matchRule } from '../../../plugin/gateway/routes.ts';
import { GatewayWorld } from '../../support/gateway-world.ts';
import { listen } from '../../support/http-server.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { fillPath, type Ids, numbersOf } from '../../support/route-ids.ts';
import { BUCKET, connectBucket, encodedFile } from '../../support/shared-bucket.ts';
import { type ToolRoute, toolRoutes } from '../../support/tool-routes.ts';

/** What the recorder answers: the request passed the gateway. */
const PASSED = 299;

const cases = ['own', 'foreign', 'none'] as const;
type Case = (typeof cases)[number];

describe('every route of Label Studio through the gateway', function () {
  this.timeout(300_000);
  let world: GatewayWorld;
  let recorder: Server;
  let front: Server;
  let gateway: Gateway;
  let url: string;
  let routes: ToolRoute[];
  const ids = {} as Record<Case, Ids>;
  const people = {} as Record<'trainer' | 'removed' | 'colleague' | 'nobody', Readonly<Record<string, string>>>;

  before(async () => {
    routes = await toolRoutes('label-studio');
    world = await GatewayWorld.open('sqlite');
    const { tool, access } = world;
    recorder = createServer((request, response) => {
      if (request.url !== labelStudioGateway.whoami.path) return void response.writeHead(PASSED).end('{}');
      const { cookie = '' } = request.headers;
      void fetch(tool.baseUrl + request.url, { headers: { cookie } }).then(async (answer) => {
        response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text());
      });
    });
    const settings = { ...access.context.settings.tool, baseUrl: await listen(recorder) };
    const context = { ...access.context, settings: { ...access.context.settings, tool: settings } };
    front = createServer();
    url = await listen(front);
    gateway = new Gateway(context, { publicUrl: url, rules: labelStudioGateway });
    front.on('request', (request, response) => void gateway.handle(request, response));
    await setPeople();
  });
  after(async () => {
    recorder?.closeAllConnections();
    recorder?.close();
    front?.closeAllConnections();
    front?.close();
    await gateway?.close();
    await world?.close();
  });

  async function setPeople(): Promise<void> {
    const [ann, bob] = [await world.signIn(world.ann), await world.signIn(world.bob)];
    const thingsOf = async (session: LabelStudioSession, scene: GatewayWorld['own']): Promise<Ids> => {
      const task = scene.taskIds[0] ?? 0;
      connectBucket(world.tool, scene.projectId);
      await world.owner.http.patch(`/api/tasks/${task}/`, { data: { text: `s3://${BUCKET}/${scene.projectId}.txt` } });
      const idOf = async (path: string, body: unknown): Promise<string> => {
        const { data } = await session.http.post(path, body);
        return String(data.id);
      };
      return {
        project: scene.projectId,
        task: String(task),
        annotation: String(await session.annotate(task, { labels: ['good'], leadTime: 1 })),
        draft: await idOf(`/api/tasks/${task}/drafts`, { result: [], lead_time: 1 }),
        tab: await idOf('/api/dm/views', { project: scene.projectId, data: {} }),
        user: String((await session.whoami())?.id),
      };
    };
    ids.own = await thingsOf(ann, world.own);
    ids.foreign = await thingsOf(bob, world.foreign);
    const none = '999999';
    ids.none = { project: none, task: none, annotation: none, draft: none, tab: none, user: none };
    people.trainer = { Cookie: ann.identity.Cookie ?? '' };
    people.removed = { Cookie: bob.identity.Cookie ?? '' };
    await world.access.end('bob', 'own');
    await world.access.end('bob-foreign', 'foreign');
    const colleague = await LabelStudioSession.mustSignIn(
      world.tool.baseUrl,
      world.tool.adminEmail,
      world.tool.adminPassword,
    );
    people.colleague = { Cookie: colleague.identity.Cookie ?? '' };
    people.nobody = {};
  }

  /** The routes that pass, as "METHOD /path". */
  async function passing(who: keyof typeof people, about: Case): Promise<Set<string>> {
    const passed = new Set<string>();
    const queue = new PQueue({ concurrency: 8 });
    for (const { path, methods } of routes) {
      for (const method of methods) {
        queue.add(async () => {
          if ((await ask(who, method, path, about)) === PASSED) passed.add(`${method} ${path}`);
        });
      }
    }
    await queue.onIdle();
    return passed;
  }

  async function ask(who: keyof typeof people, method: string, path: string, about: Case): Promise<number> {
    // The recorder passes on the question who asks as the gateway puts it: without a query.
    const query = new URLSearchParams({ case: about });
    if (about !== 'none') {
      query.set('project', ids[about].project);
      query.set('filepath', `upload/${ids[about].project}/picture.png`);
      query.set('fileuri', encodedFile(`${ids[about].project}.txt`));
    }
    if (path === '/api/dm/actions') query.set('id', 'next_task');
    const isRead = method === 'GET' || method === 'DELETE';
    const body = JSON.stringify({
      task: Number(ids[about].task),
      ...(about === 'none' ? {} : { project: ids[about].project }),
    });
    const isForm = path === '/user/login' && method === 'POST';
    const answer = await fetch(`${url}/${fillPath(path, numbersOf(ids[about]))}?${query}`, {
      ...{ method, redirect: 'manual' as const },
      headers: {
        ...people[who],
        ...(isRead ? {} : { 'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' }),
      },
      ...(isRead || path === '/logout' ? {} : { body: isForm ? 'email=x' : body }),
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  const own = new Set<string>();

  it('passes to a trainer, about their own project, what the document lists, and nothing else', async () => {
    for (const route of await passing('trainer', 'own')) own.add(route);
    const listed = readFileSync(join(import.meta.dirname, '../../../docs/gateway.md'), 'utf8')
      .split('<!-- routes -->')[1]
      ?.split('\n')
      .filter((line) => /^ {4}(GET|POST|PUT|PATCH|DELETE) /.test(line))
      .map((line) => line.trim());
    expect([...own].sort()).to.deep.equal([...(listed ?? [])].sort());
  });

  it('passes to a trainer, about a foreign project or one that does not exist, only what is about no project', async () => {
    const [foreign, none] = [await passing('trainer', 'foreign'), await passing('trainer', 'none')];
    const isAboutNothing = (route: string): boolean => {
      const [method = '', path = ''] = route.split(' ');
      const segments = fillPath(path, numbersOf(ids.none))
        .split('/')
        .filter((part) => part !== '');
      return matchRule(labelStudioGateway.rules, method, segments)?.rule.subjects === undefined;
    };
    expect([...none].sort()).to.deep.equal([...own].filter(isAboutNothing).sort());
    for (const route of foreign) expect(none.has(route), `${route} passes about a foreign project`).to.equal(true);
  });

  it('passes to a trainer whose contract has ended only signing in and out', async () => {
    const passed = await passing('removed', 'own');
    const allowed =
      /^(GET|POST) \/(user\/login|logout|api\/token\/refresh)$|^GET \/(api\/current-user\/whoami|static|react-app|dm|label-studio-frontend|favicon|sw|health|version|api\/version)/;
    expect([...passed].filter((route) => !allowed.test(route))).to.deep.equal([]);
  });

  it('passes everything to a colleague', async () => {
    const passed = await passing('colleague', 'own');
    expect(passed.size).to.equal(routes.reduce((sum, { methods }) => sum + methods.length, 0));
  });

  it('passes everything to nobody, for the tool to refuse, but making an account', async () => {
    const passed = await passing('nobody', 'own');
    const all = routes.flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`));
    expect(all.filter((route) => !passed.has(route)).every((route) => route.endsWith(' /user/signup'))).to.equal(true);
  });

  it('knows every route of the tool’s description of itself', async () => {
    const { data } = await world.owner.http.get('/docs/api/schema/json/');
    const described = Object.entries<Record<string, unknown>>(data.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.filter((route) => !knownRoutes.includes(route))).to.deep.equal([]);
  });
});
