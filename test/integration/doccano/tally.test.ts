import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { pino } from 'pino';
import { z } from 'zod';
import { labelTables } from '../../../adapters/doccano/database.ts';
import { explainStatement } from '../../../adapters/doccano/explain-day.ts';
import adapterModule from '../../../adapters/doccano/index.ts';
import type { ToolAdapter } from '../../../adapters/tool.ts';
import { idSchema, parsed, send } from '../../conformance/http.ts';
import { doccano, doccanoDatabases, type TestDoccano } from '../../support/doccano.ts';
import { everything } from '../../support/label-studio.ts';
import { planOf } from '../../support/query-plan.ts';

const password = 'correct horse battery';

for (const kind of doccanoDatabases) {
  describe(`work in doccano on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestDoccano;
    let adapter: ToolAdapter;
    let ann: { toolUserId: string; email: string; token: string };

    const call = async (method: string, path: string, body: unknown, token = tool.apiToken): Promise<number> =>
      parsed(await send(method, `${tool.baseUrl}/v1${path}`, { Authorization: `Token ${token}` }, body), idSchema).id;
    const newProject = async (type: string, more: Record<string, unknown> = {}): Promise<string> => {
      const kindOf = { project_type: type, resourcetype: `${type.replace('Document', 'Text')}Project` };
      const project = { name: type, description: type, guideline: '', tags: [], ...kindOf, ...more };
      const id = String(await call('POST', '/projects', project));
      await adapter.grant({ ...ann, places: [id] });
      return id;
    };
    const newExample = (project: string): Promise<number> =>
      call('POST', `/projects/${project}/examples`, { text: 'a b c' });
    const newType = (project: string, type: string): Promise<number> =>
      call('POST', `/projects/${project}/${type}`, { text: 'x' });
    const label = (project: string, example: number, type: string, body: unknown, token = ann.token) =>
      call('POST', `/projects/${project}/examples/${example}/${type}`, body, token);
    const counted = async (project: string) => {
      const rows = await adapter.tally(everything([project]));
      return rows.map(({ toolUserId, tasks, annotations }) => ({ toolUserId, tasks, annotations }));
    };

    before(async () => {
      tool = await doccano(kind);
      adapter = await adapterModule.createAdapter({
        ...{ baseUrl: tool.baseUrl, publicUrl: tool.baseUrl, apiToken: tool.apiToken },
        ...{ databaseUrl: tool.pluginDatabaseUrl, log: pino({ level: 'silent' }) },
      });
      const email = `tally.${randomBytes(5).toString('hex')}@opentrain.work`;
      const { toolUserId } = await adapter.createMember({ email, displayName: 'Ann', password, places: [] });
      const signIn = await send('POST', `${tool.baseUrl}/v1/auth/login/`, {}, { username: email, password });
      ann = { toolUserId, email, token: parsed(signIn, z.object({ key: z.string() })).key };
    });
    after(() => adapter.close());

    it('counts every one of the six kinds of labels, confirmed or not', async () => {
      const counts: Record<string, unknown> = {};
      const classification = await newProject('DocumentClassification');
      const category = await newType(classification, 'category-types');
      await label(classification, await newExample(classification), 'categories', { label: category });
      counts.labels_category = await counted(classification);

      const sequence = await newProject('SequenceLabeling', { use_relation: true });
      const example = await newExample(sequence);
      const span = await newType(sequence, 'span-types');
      const from = await label(sequence, example, 'spans', { label: span, start_offset: 0, end_offset: 1 });
      counts.labels_span = await counted(sequence);
      const to = await label(sequence, example, 'spans', { label: span, start_offset: 2, end_offset: 3 });
      const relation = await newType(sequence, 'relation-types');
      await label(sequence, example, 'relations', { from_id: from, to_id: to, type: relation });
      expect(await counted(sequence)).to.deep.equal([{ toolUserId: ann.toolUserId, tasks: 0, annotations: 3 }]);
      counts.labels_relation = counts.labels_span;

      const texts = await newProject('Seq2seq');
      await label(texts, await newExample(texts), 'texts', { text: 'd e f' });
      counts.labels_textlabel = await counted(texts);

      const boxes = await newProject('BoundingBox');
      const box = { label: await newType(boxes, 'category-types'), x: 0, y: 0, width: 1, height: 1 };
      await label(boxes, await newExample(boxes), 'bboxes', box);
      counts.labels_boundingbox = await counted(boxes);

      const segments = await newProject('Segmentation');
      const segment = { label: await newType(segments, 'category-types'), points: [0, 0, 1, 1] };
      await label(segments, await newExample(segments), 'segments', segment);
      counts.labels_segmentation = await counted(segments);

      expect(Object.keys(counts)).to.have.members([...labelTables]);
      for (const table of labelTables) {
        expect(counts[table], table).to.deep.equal([{ toolUserId: ann.toolUserId, tasks: 0, annotations: 1 }]);
      }
    });

    it('counts a task when its example is confirmed, and no more when that is taken back', async () => {
      const project = await newProject('DocumentClassification');
      const example = await newExample(project);
      const url = `${tool.baseUrl}/v1/projects/${project}/examples/${example}/states`;
      const confirm = () => send('POST', url, { Authorization: `Token ${ann.token}` }, {});
      await confirm();
      expect(await counted(project)).to.deep.equal([{ toolUserId: ann.toolUserId, tasks: 1, annotations: 0 }]);
      await confirm();
      expect(await counted(project)).to.deep.equal([]);
    });

    it('explains a day by label and confirmation, each by its index', async () => {
      const project = await newProject('DocumentClassification');
      const category = await newType(project, 'category-types');
      const example = await newExample(project);
      const made = await label(project, example, 'categories', { label: category });
      const url = `${tool.baseUrl}/v1/projects/${project}/examples/${example}/states`;
      await send('POST', url, { Authorization: `Token ${ann.token}` }, {});
      const around = { from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) };
      const query = { toolUserIds: [ann.toolUserId, 'no number'], ...around, maxSecondsPerAnnotation: 1, limit: 1_000 };
      const day = await adapter.explainDay?.(query);
      const own = (day?.annotations ?? []).filter(({ projectId }) => projectId === project);
      expect(own.map(({ annotationId, kind, taskId }) => [annotationId.split(' ')[0], kind, taskId])).to.deep.equal([
        ['category', 'annotation', String(example)],
        ['confirmation', 'confirmation', String(example)],
      ]);
      expect(own[0]).to.include({ annotationId: `category ${made}`, countedSeconds: null, leftOut: null });
      const { statement, parameters } = explainStatement([Number(ann.toolUserId)], query);
      const plan = await planOf(tool, statement, parameters);
      for (const table of [...labelTables, 'examples_examplestate']) {
        if (kind === 'sqlite') expect(plan, table).to.match(new RegExp(`SEARCH ${table} USING INDEX \\w+ \\(`));
        else expect(plan, table).to.match(new RegExp(`(Index|Bitmap Heap) Scan[^"]* on ${table}`));
      }
      expect(plan).not.to.match(/Seq Scan on labels|SCAN labels/);
    });

    it('keeps people apart who label the same example, where they share it and where they do not', async () => {
      for (const collaborative_annotation of [true, false]) {
        const project = await newProject('DocumentClassification', { collaborative_annotation });
        const [one, two] = [
          await newType(project, 'category-types'),
          await call('POST', `/projects/${project}/category-types`, { text: 'y' }),
        ];
        const example = await newExample(project);
        await label(project, example, 'categories', { label: one });
        await label(project, example, 'categories', { label: two }, tool.apiToken);
        const rows = await counted(project);
        expect(rows.map(({ annotations }) => annotations)).to.deep.equal([1, 1]);
        expect(rows.map(({ toolUserId }) => toolUserId)).to.include(ann.toolUserId);
      }
    });
  });
}
