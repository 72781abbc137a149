import { expect } from 'chai';
import { z } from 'zod';
import { mailOf } from '../../support/access-world.ts';
import { GatewayWorld } from '../../support/gateway-world.ts';
import { labelStudioDatabases } from '../../support/label-studio.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';

const listSchema = z.object({ count: z.number(), results: z.array(z.looseObject({ id: z.number() })) });
const summarySchema = z.object({
  all_data_columns: z.record(z.string(), z.number()),
  created_annotations: z.record(z.string(), z.number()),
});
const taskSchema = z.looseObject({ id: z.number(), annotations: z.array(z.looseObject({ id: z.number() })) });

for (const kind of labelStudioDatabases) {
  describe(`a trainer of Label Studio through the gateway, on ${kind}`, function () {
    this.timeout(180_000);
    let world: GatewayWorld;
    let ann: LabelStudioSession;
    let bob: LabelStudioSession;

    before(async () => {
      world = await GatewayWorld.open(kind);
      ann = await world.signIn(world.ann);
      bob = await world.signIn(world.bob);
    });
    after(() => world?.close());

    const status = async (session: LabelStudioSession, method: string, url: string, data?: unknown): Promise<number> =>
      (await session.http.request({ method, url, ...(data === undefined ? {} : { data }) })).status;

    it('lists their own projects only', async () => {
      const mine = listSchema.parse((await ann.http.get('/api/projects/?page_size=100&ids=')).data);
      expect(mine.results.map(({ id }) => String(id))).to.deep.equal([world.own.projectId]);
      expect(mine.count).to.equal(1);
      const others = listSchema.parse((await bob.http.get('/api/projects/?page_size=100')).data);
      expect(others.results).to.have.length(2);
    });

    it('labels, skips, updates and withdraws their own work', async () => {
      const next = taskSchema.parse((await ann.http.get(`/api/projects/${world.own.projectId}/next`)).data);
      const made = await ann.annotate(next.id, { labels: ['good'], leadTime: 5 });
      await ann.edit(made, { labels: ['bad'], leadTime: 9 });
      await ann.skip(world.own.taskIds.find((id) => id !== next.id) ?? 0, 2);
      expect(await status(ann, 'GET', `/api/annotations/${made}/`)).to.equal(200);
      await ann.deleteAnnotation(made);
    });

    it('reaches no other project, by whatever number', async () => {
      const { projectId, taskIds } = world.foreign;
      const theirs = await bob.annotate(taskIds[0] ?? 0, { labels: ['good'], leadTime: 3 });
      const tries: [string, string, unknown?][] = [
        ['GET', `/projects/${projectId}/data`],
        ['GET', `/api/projects/${projectId}/`],
        ['GET', `/api/projects/${projectId}/next`],
        ['GET', `/api/tasks?project=${projectId}`],
        ['GET', `/api/tasks/${taskIds[0]}/`],
        ['GET', `/api/tasks/${taskIds[0]}/?project=${world.own.projectId}`],
        ['POST', `/api/tasks/${taskIds[0]}/annotations/`, { result: [] }],
        ['GET', `/api/annotations/${theirs}/`],
        ['PATCH', `/api/annotations/${theirs}/`, { result: [] }],
        ['DELETE', `/api/annotations/${theirs}/`],
        ['GET', `/api/projects/${projectId}/export?exportType=JSON`],
        ['GET', `/api/dm/project?project=${projectId}`],
        ['POST', '/api/dm/views', { project: projectId, data: {} }],
      ];
      for (const [method, url, body] of tries)
        expect(await status(ann, method, url, body), `${method} ${url}`).to.equal(403);
      expect(await status(bob, 'GET', `/api/tasks/${taskIds[0]}/`), 'whoever works there').to.equal(200);
    });

    it('reaches nothing that is the admin’s in their own project either', async () => {
      const { projectId, taskIds } = world.own;
      const tries: [string, string, unknown?][] = [
        ['GET', `/api/projects/${projectId}/export?exportType=JSON`],
        ['POST', `/api/projects/${projectId}/import`, [{ text: 'x' }]],
        ['PATCH', `/api/projects/${projectId}/`, { title: 'mine' }],
        ['DELETE', `/api/projects/${projectId}/`],
        ['DELETE', `/api/tasks/${taskIds[0]}/`],
        [
          'POST',
          `/api/dm/actions?id=delete_tasks&project=${projectId}`,
          { selectedItems: { all: true, excluded: [] } },
        ],
        ['GET', `/projects/${projectId}/settings/`],
        ['POST', '/api/projects/', { title: 'another one' }],
        ['GET', '/api/invite'],
        ['POST', '/api/invite/reset-token', {}],
        ['POST', '/api/users/', { email: 'x@opentrain.work' }],
        ['GET', '/api/current-user/token'],
        ['POST', '/api/token/', {}],
        ['GET', '/user/signup/'],
        ['GET', '/user/account'],
        ['GET', '/django-rq/'],
        ['GET', '/docs/api/schema/json/'],
      ];
      for (const [method, url, body] of tries)
        expect(await status(ann, method, url, body), `${method} ${url}`).to.equal(403);
    });

    it('sees nobody else: not their addresses, not their annotations', async () => {
      const taskId = world.own.taskIds[2] ?? 0;
      const theirs = await bob.annotate(taskId, { labels: ['good'], leadTime: 3 });
      const mine = await ann.annotate(taskId, { labels: ['bad'], leadTime: 3 });
      const people = z.array(z.object({ email: z.string() })).parse((await ann.http.get('/api/users/')).data);
      expect(people.map(({ email }) => email)).to.deep.equal([mailOf(world.ann)]);
      for (const url of [
        `/api/tasks/${taskId}/`,
        `/api/tasks?project=${world.own.projectId}&fields=all&page_size=100`,
      ]) {
        const { data } = await ann.http.get(url);
        const text = JSON.stringify(data);
        const tasks = z.object({ tasks: z.array(taskSchema) }).safeParse(data).data?.tasks ?? [taskSchema.parse(data)];
        const shown = tasks
          .filter(({ id }) => id === taskId)
          .flatMap(({ annotations }) => annotations.map(({ id }) => id));
        expect(shown, url).to.deep.equal([mine]);
        expect(text, url).to.not.include(world.bob);
        expect(text, url).to.not.include(world.tool.adminEmail);
      }
      expect(await status(ann, 'PATCH', `/api/annotations/${theirs}/`, { result: [] })).to.equal(403);
      expect(await status(ann, 'DELETE', `/api/annotations/${theirs}/`)).to.equal(403);
    });

    it('learns nothing of others’ work by filters and orders, and filters by what tasks are', async () => {
      const { projectId } = world.own;
      const filters = (column: string, value: string) => ({
        conjunction: 'and',
        items: [{ filter: `filter:tasks:${column}`, operator: 'contains', type: 'String', value }],
      });
      const asked = (query: object) =>
        ann.http.get('/api/tasks', { params: { project: projectId, query: JSON.stringify(query) } });
      const about = { filters: filters('annotations_results', 'good') };
      expect((await asked(about)).status).to.equal(403);
      expect((await asked({ ordering: ['-tasks:annotators'] })).status).to.equal(403);
      const next = `/api/dm/actions?id=next_task&project=${projectId}`;
      expect(await status(ann, 'POST', next, { project: projectId, ...about })).to.equal(403);
      // Label Studio takes filters from the address before those of the body.
      const inAddress = `${next}&query=${encodeURIComponent(JSON.stringify(about))}`;
      expect(await status(ann, 'POST', inAddress, { project: projectId, ordering: ['tasks:id'] })).to.equal(403);
      const inStream = `/api/projects/${projectId}/next?query=${encodeURIComponent(JSON.stringify(about))}`;
      expect(await status(ann, 'GET', inStream)).to.equal(403);
      expect(await status(ann, 'POST', '/api/dm/views', { project: projectId, data: about })).to.equal(403);
      const { data } = await asked({ filters: filters('data.text', 'tw'), ordering: ['-tasks:id'] });
      expect(z.object({ tasks: z.array(z.object({ id: z.number() })) }).parse(data).tasks).to.have.length(1);
    });

    it('learns of the project what its tasks are made of, not how often who labelled what', async () => {
      const path = `/api/projects/${world.own.projectId}/summary`;
      await bob.annotate(world.own.taskIds[2] ?? 0, { labels: ['good'], leadTime: 3 });
      const all = summarySchema.parse((await world.owner.http.get(path)).data);
      expect(all.created_annotations).to.not.deep.equal({});
      const { data } = await ann.http.get(path);
      const nothing = { created_annotations: {}, created_labels: {}, created_labels_drafts: {} };
      expect(data).to.deep.include({ ...nothing, all_data_columns: all.all_data_columns });
      expect(JSON.stringify(data)).to.not.include('choice');
    });

    it('works in nobody else’s name, and within a day of time', async () => {
      const taskId = world.own.taskIds[0] ?? 0;
      const admin = (await world.owner.whoami())?.id;
      const url = `/api/tasks/${taskId}/annotations/`;
      expect(await status(ann, 'POST', url, { result: [], completed_by: admin })).to.equal(403);
      expect(await status(ann, 'POST', url, { result: [], lead_time: 'nan' })).to.equal(403);
      expect(await status(ann, 'POST', url, { result: [], lead_time: -5 })).to.equal(403);
      const made = await ann.http.post(url, { result: [], lead_time: 1e300, project: world.foreign.projectId });
      expect(made.data).to.include({ lead_time: 86_400, project: Number(world.own.projectId) });
    });

    it('keeps drafts', async () => {
      const taskId = world.own.taskIds[0] ?? 0;
      const draft = await ann.http.post(`/api/tasks/${taskId}/drafts?project=${world.own.projectId}`, {
        result: [],
        lead_time: 1,
      });
      const { id } = z.object({ id: z.number() }).parse(draft.data);
      expect(await status(ann, 'PATCH', `/api/drafts/${id}/`, { result: [], lead_time: 2 })).to.equal(200);
      expect(await status(bob, 'GET', `/api/drafts/${id}/`), 'not theirs').to.equal(403);
      expect((await bob.http.get(`/api/tasks/${taskId}/drafts`)).data).to.deep.equal([]);
      expect(await status(ann, 'POST', `/api/tasks/${taskId}/annotations/`, { result: [], draft_id: id })).to.equal(
        201,
      );
    });

    it('is known by their tokens too, and not by two people’s at once', async () => {
      const direct = await LabelStudioSession.mustSignIn(
        world.tool.baseUrl,
        mailOf(world.ann),
        'seven purple lanterns',
      );
      const token = await direct.personalToken();
      const access = await direct.refresh(token);
      const foreign = `/api/projects/${world.foreign.projectId}/`;
      const withToken = new LabelStudioSession(world.url, { Authorization: `Bearer ${access}` });
      expect(await status(withToken, 'GET', `/api/projects/${world.own.projectId}/`)).to.equal(200);
      expect(await status(withToken, 'GET', foreign)).to.equal(403);
      const mixed = new LabelStudioSession(world.url, {
        ...ann.identity,
        Authorization: `Token ${world.tool.apiToken}`,
      });
      expect(await status(mixed, 'GET', foreign)).to.equal(400);
      const spoiled = new LabelStudioSession(world.url, { ...ann.identity, Authorization: 'Token nonsense' });
      expect(await status(spoiled, 'GET', `/projects/${world.foreign.projectId}/data`)).to.equal(403);
    });

    it('is a page in a browser, and the tool’s own form of an error elsewhere', async () => {
      const url = `/projects/${world.foreign.projectId}/data`;
      const page = await ann.http.get(url, { headers: { Accept: 'text/html' } });
      expect(page.data).to.include('<h1>').and.include(`${world.url}/projects/${world.own.projectId}/data`);
      const error = await ann.http.get(`/api/projects/${world.foreign.projectId}/`);
      expect(error.data).to.include({ status_code: 403 }).and.have.property('detail');
    });

    it('counts refusals, and writes attempts on foreign projects down once', async () => {
      for (let times = 0; times < 3; times++) await ann.http.get(`/api/projects/${world.foreign.projectId}/`);
      await world.flush();
      const counters = await world.access.store.database('counters').select('name', 'count');
      const foreign = counters.find(({ name }: { name: string }) => name === 'gateway refused: foreign-project');
      expect(Number(foreign?.count)).to.be.at.least(3);
      const rows = await world.access.store
        .database('audit_log')
        .where({ action: 'refuse-request', trainer_id: world.ann });
      const ofForeign = rows.filter(({ place }: { place: string }) => place === world.foreign.projectId);
      expect(ofForeign).to.have.length(1);
    });

    it('changes nothing for a colleague', async () => {
      const admin = await world.colleague();
      const projects = listSchema.parse((await admin.http.get('/api/projects/?page_size=1000')).data);
      expect(projects.results.length).to.be.at.least(2);
      expect(await status(admin, 'GET', '/api/invite')).to.equal(200);
      expect(await status(admin, 'GET', `/api/projects/${world.foreign.projectId}/export?exportType=JSON`)).to.equal(
        200,
      );
    });

    it('lets nobody make an account, and leaves the rest to the tool', async () => {
      const nobody = new LabelStudioSession(world.url, {});
      expect(await status(nobody, 'GET', '/user/signup/')).to.equal(403);
      expect(await status(nobody, 'GET', '/user/login/')).to.equal(200);
      expect(await status(nobody, 'GET', '/api/projects/')).to.equal(401);
    });

    it('is shut out as soon as the end of the contract is stored, while the tool would still let them in', async () => {
      const url = `/api/projects/${world.own.projectId}/`;
      expect(await status(ann, 'GET', url)).to.equal(200);
      await world.access.end('ann', 'own');
      expect(await status(ann, 'GET', url)).to.equal(403);
      expect(await status(ann, 'GET', '/api/users/')).to.equal(403);
      const direct = new LabelStudioSession(world.tool.baseUrl, ann.identity);
      expect(await status(direct, 'GET', url), 'at the tool itself').to.equal(200);
      expect(await status(bob, 'GET', url), 'the other trainer').to.equal(200);
      expect(await status(ann, 'GET', '/logout'), 'signing out').to.equal(302);
    });
  });
}
