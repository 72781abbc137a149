/**
 * A hostile trainer of doccano, and one whose contract has ended, call every route of its URL table through the gateway: about their own
 * work, somebody else's in the shared project, a foreign project, foreign things below the address of their own, and nothing that exists.
 * Afterwards every row of the database is compared with what it was, and every answer is searched for what they must not read.
 */
import { randomBytes } from 'node:crypto';
import type { AxiosInstance } from 'axios';
import { expect } from 'chai';
import PQueue from 'p-queue';
import { z } from 'zod';
import { doccanoGateway } from '../../../adapters/doccano/gateway.ts';
import { matchRule } from '../../../plugin/gateway/routes.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { type DoccanoGatewayWorld, type DoccanoScene, openDoccanoGateway } from '../../support/doccano-gateway.ts';
import { type Allowed, callEveryRoute, holesIn, Leaks, type Payload } from '../../support/raid.ts';
import type { Numbers } from '../../support/route-ids.ts';
import { toolRoutes } from '../../support/tool-routes.ts';
import { changesBetween, type RowChange, readWholeDatabase } from '../../support/whole-database.ts';

const AT_ONCE = 4;
const idSchema = z.object({ id: z.number() });
/** The kinds of labels, as addresses name them. */
const labelKinds = ['categories', 'spans', 'texts', 'relations', 'bboxes', 'segments'] as const;

interface Who {
  ann: number;
  /** Numbers of the examples and of the types of labels of their project. */
  examples: readonly number[];
  types: Readonly<Record<'category' | 'span' | 'relation', number[]>>;
}
const isTheirs: Allowed<Who>[string] = ({ user_id, example_id }, _change, { ann, examples }) =>
  Number(user_id) === ann && examples.includes(Number(example_id));
const isTheirLabel =
  (kind: keyof Who['types'], column = 'label_id'): Allowed<Who>[string] =>
  (row, change, who) =>
    isTheirs(row, change, who) && who.types[kind].includes(Number(row[column]));
const allowed: Allowed<Who> = {
  sqlite_sequence: () => true,
  labels_category: isTheirLabel('category'),
  labels_span: isTheirLabel('span'),
  labels_textlabel: isTheirs,
  labels_relation: isTheirLabel('relation', 'type_id'),
  labels_boundingbox: isTheirLabel('category'),
  labels_segmentation: isTheirLabel('category'),
  examples_comment: isTheirs,
  examples_examplestate: ({ confirmed_by_id, example_id }, _change, { ann, examples }) =>
    Number(confirmed_by_id) === ann && examples.includes(Number(example_id)),
};

describe('a hostile trainer of doccano through the gateway', function () {
  this.timeout(300_000);
  const mark = randomBytes(6).toString('hex');
  let world: DoccanoGatewayWorld;
  let admin: AxiosInstance;
  let ann: AxiosInstance;
  let removed: AxiosInstance;
  let who: Who;
  let changes: RowChange[];
  const leaks = new Leaks();
  /** What was answered to the one whose contract has ended, by status. */
  const toRemoved = new Set<string>();

  before(async () => {
    world = await openDoccanoGateway('sqlite');
    admin = world.superuser(world.tool.baseUrl);
    ann = await world.signIn(world.ann);
    const bob = await world.signIn(world.bob, world.tool.baseUrl);
    removed = await oneWhoIsRemoved();
    const { own, foreign } = world;
    const [hers, his, theirs] = [
      await thingsOf(ann, own, 0, 'mine'),
      await thingsOf(bob, own, 1, `secret-${mark}`),
      await thingsOf(bob, foreign, 0, `secret-${mark}`),
    ];
    who = {
      ...{ ann: await idOf(ann.get('/v1/me')), examples: own.exampleIds },
      types: {
        category: [hers, his].map((numbers) => Number(numbers['category-types'])),
        relation: [hers, his].map((numbers) => Number(numbers['relation-types'])),
        span: [own.typeId],
      },
    };
    await admin.patch(`/v1/projects/${foreign.projectId}`, {
      ...{ name: `secret-name-${mark}`, guideline: `secret-${mark}`, resourcetype: 'SequenceLabelingProject' },
    });
    await admin.post(`/v1/projects/${foreign.projectId}/examples`, { text: `secret-text-${mark}` });
    const secrets = [`secret-${mark}`, `secret-name-${mark}`, `secret-text-${mark}`, mailOf(world.bob)];
    secrets.push(world.tool.adminEmail, world.tool.apiToken);
    leaks.watch(ann, secrets);
    leaks.watch(removed, [...secrets, 'A cat sat.', 'Be kind.', mailOf(world.ann)]);
    removed.interceptors.response.use((answer) => {
      toRemoved.add(`${answer.status} ${answer.config.method} ${String(answer.config.url).split('?')[0]}`);
      return answer;
    });
    const before = readWholeDatabase(world.tool.databaseUrl);
    await attack({ hers, his, theirs });
    changes = changesBetween(before, readWholeDatabase(world.tool.databaseUrl));
  });
  after(() => world?.close());

  async function idOf(answer: Promise<{ data: unknown; status: number }>): Promise<number> {
    const { data, status } = await answer;
    expect(status, JSON.stringify(data)).to.be.lessThan(300);
    return idSchema.parse(data).id;
  }

  /** Signed in while they were hired; doccano still knows the session. */
  async function oneWhoIsRemoved(): Promise<AxiosInstance> {
    const name = `cid-${mark}`;
    await world.access.hire('cid', 'own', name);
    await world.access.settle();
    await acceptInvitation(world.access.context, world.access.token(name), GOOD_PASSWORD);
    const session = await world.signIn(name);
    await world.access.end('cid', 'own');
    return session;
  }

  /** A label of each kind, a comment and a confirmation of an example, by the words that routes have for them. */
  async function thingsOf(person: AxiosInstance, scene: DoccanoScene, index: number, text: string): Promise<Numbers> {
    const project = `/v1/projects/${scene.projectId}`;
    const example = scene.exampleIds[index] ?? 0;
    const at = `${project}/examples/${example}`;
    const make = async (by: AxiosInstance, path: string, body: unknown): Promise<string> =>
      String(await idOf(by.post(path, body)));
    const [category, relation] = [
      await make(admin, `${project}/category-types`, { text: `type ${scene.exampleIds[index]}` }),
      await make(admin, `${project}/relation-types`, { text: `type ${scene.exampleIds[index]}` }),
    ];
    const spans = [
      await make(person, `${at}/spans`, { label: scene.typeId, start_offset: 0, end_offset: 1 }),
      await make(person, `${at}/spans`, { label: scene.typeId, start_offset: 2, end_offset: 3 }),
    ] as const;
    const box = { label: Number(category), x: 1, y: 1, width: 1, height: 1 };
    await idOf(person.post(`${at}/states`, {}));
    return {
      ...{ projects: String(scene.projectId), examples: String(example), spans: spans[0], 'category-types': category },
      ...{ 'relation-types': relation, 'span-types': String(scene.typeId), users: '1', user: '1' },
      members: '1',
      tags: await make(admin, `${project}/tags`, { text: 'a tag' }),
      categories: await make(person, `${at}/categories`, { label: Number(category) }),
      texts: await make(person, `${at}/texts`, { text }),
      relations: await make(person, `${at}/relations`, {
        ...{ from_id: Number(spans[0]), to_id: Number(spans[1]), type: Number(relation) },
      }),
      bboxes: await make(person, `${at}/bboxes`, { ...box, uuid: crypto.randomUUID() }),
      segments: await make(person, `${at}/segments`, { ...box, points: [1, 1, 2, 2], uuid: crypto.randomUUID() }),
      comments: await make(person, `${project}/comments?example=${example}`, { text: 'a comment' }),
      otherSpan: spans[1],
    };
  }

  async function attack({ hers, his, theirs }: Record<'hers' | 'his' | 'theirs', Numbers>): Promise<void> {
    // Signing out ends the attack, and nothing else.
    const routes = (await toolRoutes('doccano')).filter(({ path }) => !path.includes('logout'));
    const queue = new PQueue({ concurrency: AT_ONCE });
    const nothing = Object.fromEntries(Object.keys(hers).map((name) => [name, '999999']));
    const targets = [
      ...[his, theirs, nothing],
      ...[
        { ...theirs, projects: String(hers.projects) },
        { ...hers, projects: String(theirs.projects) },
      ],
      // Last: it deletes what the others could have been moved to.
      hers,
    ];
    for (const numbers of targets) {
      for (const member of [ann, removed]) {
        const about = routes.filter(({ path }) => !path.startsWith('/admin') || numbers === his);
        callEveryRoute(queue, member, about, { numbers, payloads: payloads(numbers, theirs) });
        await queue.onIdle();
      }
    }
  }

  /** What fits the route, with everything set to what is somebody else's; the same as a form; and what is only of the target. */
  function payloads(at: Numbers, foreign: Numbers): (method: string, path: string) => Payload[] {
    const number = (name: string, of = at): number => Number(of[name]);
    const fitting = (path: string, of: Numbers) => ({
      ...{
        label: number(path.includes('spans') ? 'span-types' : 'category-types', of),
        type: number('relation-types', of),
      },
      ...{
        start_offset: 4,
        end_offset: 5,
        from_id: number('spans', of),
        to_id: number('otherSpan', of),
        text: 'mine now',
      },
      ...{ x: 1, y: 1, width: 1, height: 1, points: [1, 1, 2, 2] },
    });
    const stolen = { example: number('examples', foreign), user: 1, ids: [], username: `mine-${mark}`, role: 1 };
    return (method, path) => {
      const params = { example: String(at.examples) };
      // Not one of the admin's pages passes: what is sent to it makes no difference.
      if (path.startsWith('/admin')) return [{ slash: true, data: {} }];
      if (method === 'GET') return [{ params }, { params, slash: true }, { params: { q: 'secret', limit: '1000' } }];
      const data = { ...fitting(path, at), uuid: crypto.randomUUID() };
      const hostile = { ...fitting(path, foreign), ...stolen, name: 'Mine now', is_superuser: true, confirmed_by: 1 };
      const types = { label: hostile.label, type: hostile.type };
      return [
        { params, data },
        { params, data: { ...data, ...{ start_offset: 6, end_offset: 7, uuid: crypto.randomUUID() }, ...types } },
        { params, data: hostile, slash: true },
        {
          params: { example: String(foreign.examples) },
          data: new URLSearchParams({ example: String(stolen.example) }),
        },
        { data: {} },
      ];
    };
  }

  it('changes nothing but their own work', () => {
    expect(holesIn(changes, allowed, who).join('\n')).to.equal('');
  });

  it('works, with labels of every kind', () => {
    const changed = new Set(changes.map(({ table }) => table));
    expect(changed.size, [...changed].join()).to.be.at.least(labelKinds.length + 2);
  });

  it('reads nothing of others, no foreign project, and no key', () => {
    expect(leaks.searched).to.be.greaterThan(5_000);
    expect([...leaks.found]).to.deep.equal([]);
  });

  it('reaches only what is open to everybody once their contract has ended, though doccano still knows their session', () => {
    const isOpen = (answer: string): boolean => {
      const [, method = '', path = ''] = answer.split(' ');
      const segments = path.split('/').filter((part) => part !== '');
      return matchRule(doccanoGateway.rules, method.toUpperCase(), segments)?.rule.open !== undefined;
    };
    const passed = [...toRemoved].filter((answer) => Number(answer.slice(0, 3)) < 400);
    expect(passed.filter((answer) => !isOpen(answer))).to.deep.equal([]);
  });
});
