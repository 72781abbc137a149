/**
 * A hostile trainer calls, through the gateway, everything that an open-source Label Studio lets a member do: the calls of the red team,
 * and every route of its URL table, about somebody else's work in the shared project and about a foreign project. Afterwards every row of
 * the tool's database is compared with what it was, and every answer is searched for what the trainer must not read.
 */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import PQueue from 'p-queue';
import { z } from 'zod';
import { memberCalls } from '../../chaos/member-api.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { GatewayWorld, type Scene } from '../../support/gateway-world.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { type Allowed, callEveryRoute, holesIn, isOnly, Leaks, type Payload } from '../../support/raid.ts';
import { type Ids, numbersOf } from '../../support/route-ids.ts';
import { connectBucket, encodedFile } from '../../support/shared-bucket.ts';
import { toolRoutes } from '../../support/tool-routes.ts';
import { changesBetween, type RowChange, readWholeDatabase } from '../../support/whole-database.ts';

const AT_ONCE = 4;
const idSchema = z.object({ id: z.number() });

/** What a trainer may change in the database, by table: their own work in their project, what counts it, and its tabs, which are shared. */
const counters = ['updated_at', 'updated_by_id', 'total_annotations', 'cancelled_annotations', 'is_labeled'];
const allowed: Allowed<{ ann: number; own: number }> = {
  sqlite_sequence: () => true,
  task: ({ project_id }, change, { own }) => Number(project_id) === own && isOnly(change, counters),
  task_completion: ({ completed_by_id, project_id }, _change, { ann, own }) =>
    Number(completed_by_id) === ann && Number(project_id) === own,
  tasks_annotationdraft: ({ user_id }, _change, { ann }) => Number(user_id) === ann,
  tasks_tasklock: ({ user_id }, _change, { ann }) => Number(user_id) === ann,
  projects_labelstreamhistory: ({ user_id, project_id }, _change, { ann, own }) =>
    Number(user_id) === ann && Number(project_id) === own,
  projects_projectsummary: ({ project_id }, _change, { own }) => Number(project_id) === own,
  data_manager_view: ({ project_id }, _change, { own }) => Number(project_id) === own,
  htx_user: ({ id }, change, { ann }) =>
    Number(id) === ann && isOnly(change, ['last_activity', 'activity_at', 'custom_hotkeys', 'product_tour']),
};

describe('a hostile trainer of Label Studio through the gateway', function () {
  this.timeout(300_000);
  const mark = randomBytes(6).toString('hex');
  let world: GatewayWorld;
  let ann: LabelStudioSession;
  let annId: number;
  let bobId: number;
  /** With the session of the browser, and with a token that was made at the tool's own address. */
  let identities: LabelStudioSession[];
  /** Bob's things in the project that they share, and in his other one. */
  const targets = {} as Record<'own' | 'foreign', Ids>;
  let secrets: string[];
  let changes: RowChange[];
  const leaks = new Leaks();

  before(async () => {
    world = await GatewayWorld.open('sqlite');
    ann = await world.signIn(world.ann);
    const bob = await world.signIn(world.bob);
    annId = (await ann.whoami())?.id ?? 0;
    bobId = (await bob.whoami())?.id ?? 0;
    const direct = await LabelStudioSession.mustSignIn(world.tool.baseUrl, mailOf(world.ann), GOOD_PASSWORD).catch(
      () => null,
    );
    const token = await direct?.legacyToken();
    identities = [ann, ...(token ? [LabelStudioSession.withLegacyToken(world.url, token)] : [])];
    targets.own = await thingsOf(bob, world.own);
    targets.foreign = await thingsOf(bob, world.foreign);
    secrets = [`secret-${mark}`, mailOf(world.bob), world.tool.adminEmail, await world.owner.inviteToken()];
    for (const { projectId } of [world.own, world.foreign]) connectBucket(world.tool, projectId);
    const before = readWholeDatabase(world.tool.databaseUrl);
    await attack();
    changes = changesBetween(before, readWholeDatabase(world.tool.databaseUrl));
  });
  after(() => world?.close());

  /** Bob works on a task, with words in it that nobody else may read. */
  async function thingsOf(bob: LabelStudioSession, scene: Scene): Promise<Ids> {
    const task = scene.taskIds[0] ?? 0;
    const secret = { from_name: 'label', to_name: 'text', type: 'choices', value: { choices: [`secret-${mark}`] } };
    const made = async (path: string, body: unknown): Promise<string> => {
      const { data, status } = await bob.http.post(path, body);
      expect(status, path).to.equal(201);
      return String(idSchema.parse(data).id);
    };
    return {
      project: scene.projectId,
      task: String(task),
      annotation: await made(`/api/tasks/${task}/annotations/`, { result: [secret], lead_time: 5 }),
      draft: await made(`/api/tasks/${task}/drafts`, { result: [secret], lead_time: 1 }),
      tab: await made('/api/dm/views', { project: scene.projectId, data: {} }),
      user: String(bobId),
    };
  }

  async function attack(): Promise<void> {
    // Signing out ends the attack, and nothing else.
    const routes = (await toolRoutes('label-studio')).filter(({ path }) => !/^\/(logout|api-auth\/logout)/.test(path));
    const queue = new PQueue({ concurrency: AT_ONCE });
    for (const member of identities) {
      leaks.watch(member.http, secrets);
      for (const ids of Object.values(targets)) {
        // The rules do not ask by which credential somebody is known.
        if (member === ann)
          callEveryRoute(queue, member.http, routes, { numbers: numbersOf(ids), payloads: payloads(ids) });
        for (const { run } of memberCalls) queue.add(() => run(raidOn(member, ids)).catch(() => undefined));
      }
    }
    await queue.onIdle();
  }

  function raidOn(member: LabelStudioSession, ids: Ids) {
    return {
      ...{ member, baseUrl: world.url, projectId: ids.project, task: Number(ids.task), ownId: annId, honestId: bobId },
      annotation: Number(ids.annotation),
      ...{ address: `extra-${mark}@example.com`, password: 'the intruder knows this one' },
    };
  }

  function payloads(ids: Ids): (method: string) => Payload[] {
    const data = {
      ...{ title: 'Mine now', project: Number(ids.project), task: Number(ids.task), draft_id: Number(ids.draft) },
      ...{ completed_by: annId, user: annId, email: `extra-${mark}@example.com`, is_active: false, created_by: annId },
      ...{ result: [], lead_time: 1e308, selectedItems: { all: true, excluded: [] }, data: { title: 'Mine now' } },
    };
    const params = {
      project: ids.project,
      ids: ids.project,
      filepath: `upload/${ids.project}/picture.png`,
      fileuri: encodedFile(`secret-${mark}.txt`),
      id: 'next_task',
    };
    return (method) => [
      { slash: true, data, ...(method === 'POST' ? {} : { params }) },
      ...(method === 'GET' ? [] : [{ params, data: {} }]),
    ];
  }

  it('changes nothing but their own work', () => {
    const who = { ann: annId, own: Number(world.own.projectId) };
    expect(holesIn(changes, allowed, who).join('\n')).to.equal('');
  });

  it('works, and no label of theirs takes longer than a day', () => {
    const times = changes.flatMap(({ table, after }) => (table === 'task_completion' ? [after?.lead_time ?? 0] : []));
    expect(times).not.to.deep.equal([]);
    for (const time of times) expect(Number(time)).to.be.within(0, 86_400);
  });

  it('reads nothing of others, and no key', () => {
    expect(leaks.searched).to.be.greaterThan(500);
    expect([...leaks.found]).to.deep.equal([]);
  });
});
