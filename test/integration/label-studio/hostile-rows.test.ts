/** What a trainer may write into Label Studio with its own API, and what of it is counted; on the real tool. */
import { expect } from 'chai';
import type { LabelStudioAdapter } from '../../../adapters/label-studio/adapter.ts';
import { allColumns, type LabelStudioColumns } from '../../../adapters/label-studio/columns.ts';
import { explainStatement } from '../../../adapters/label-studio/explain-day.ts';
import { tallyStatement } from '../../../adapters/label-studio/tally.ts';
import type { TallyQuery } from '../../../adapters/tool.ts';
import {
  everything,
  joined,
  labelStudioDatabases,
  projectWithTasks,
  type TestLabelStudio,
  useLabelStudio,
  withToolDatabase,
} from '../../support/label-studio.ts';
import type { LabelStudioSession } from '../../support/label-studio-session.ts';
import { planOf } from '../../support/query-plan.ts';

const password = 'correct horse battery';
const result = [{ id: 'r1', from_name: 'label', to_name: 'text', type: 'choices', value: { choices: ['good'] } }];

for (const kind of labelStudioDatabases) {
  describe(`what trainers write into Label Studio on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let adapter: LabelStudioAdapter;
    let owner: LabelStudioSession;
    let ada: { toolUserId: string; session: LabelStudioSession };
    let eve: { toolUserId: string; session: LabelStudioSession };

    const newProject = (tasks: number) => projectWithTasks(owner, 'Hostile', tasks);
    const post = (session: LabelStudioSession, task: number, fields: string) =>
      session.http.post(`/api/tasks/${task}/annotations/`, `{"result":${JSON.stringify(result)},${fields}}`, {
        headers: { 'Content-Type': 'application/json' },
      });
    const rowOf = async (projectId: string, who: { toolUserId: string }, query: Partial<TallyQuery> = {}) => {
      const rows = await adapter.tally({ ...everything([projectId]), ...query });
      return rows.find(({ toolUserId }) => toolUserId === who.toolUserId);
    };

    const today = () => ({ from: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) });

    useLabelStudio(kind, async (scene) => {
      ({ tool, adapter, owner } = scene);
      ada = await joined(scene, 'ada', password);
      eve = await joined(scene, 'eve', password);
    });

    it('bounds every time, and one that is none adds nothing', async () => {
      const times = ['"nan"', '"Infinity"', '"-Infinity"', '"1e400"', '1e308', '1e308', '-5', 'null', '30'];
      const { projectId, task } = await newProject(times.length);
      for (const [index, time] of times.entries()) await post(ada.session, task(index), `"lead_time":${time}`);
      await post(eve.session, task(0), '"lead_time":12');
      const query = { maxSecondsPerAnnotation: 100 };
      expect(await rowOf(projectId, ada, query)).to.include({
        tasks: 9,
        annotations: 9,
        seconds: 230,
        cappedAnnotations: 2,
        cappedSeconds: 2 * (86_400 - 100),
        withoutTime: 6,
      });
      expect(await rowOf(projectId, eve, query)).to.include({ annotations: 1, seconds: 12 });
    });

    it('counts no annotation that was made in bulk, and says how many and why', async () => {
      const { projectId, task } = await newProject(5);
      const own = await ada.session.annotate(task(0), { labels: ['good'], leadTime: 20 });
      for (const index of [1, 2]) {
        await owner.http.post('/api/predictions/', { task: task(index), result, score: 0.9, model_version: 'm' });
      }
      const selected = (included: number[]) => ({ selectedItems: { all: false, included } });
      const actions = `/api/dm/actions?project=${projectId}&id=`;
      await ada.session.http.post(`${actions}predictions_to_annotations`, selected([task(1), task(2)]));
      await ada.session.http.post(`${actions}propagate_annotations`, {
        ...selected([task(3)]),
        source_annotation_id: own,
      });
      await post(ada.session, task(4), `"lead_time":40,"bulk_created":true`);
      await ada.session.http.post(`/api/projects/${projectId}/import`, [
        { data: { text: 'i' }, annotations: [{ result, lead_time: 500 }] },
        { data: { text: 'j' }, annotations: [{ result, lead_time: 500, id: 7, ground_truth: false }] },
        { data: { text: 'k' }, annotations: [{ result, lead_time: 500, ground_truth: false }] },
      ]);
      const row = await rowOf(projectId, ada);
      expect(row).to.include({ tasks: 1, annotations: 1, seconds: 20 });
      expect(row?.notCounted).to.have.deep.members([
        { reason: 'from-prediction', annotations: 2, seconds: 0 },
        { reason: 'copied', annotations: 1, seconds: 0 },
        { reason: 'bulk', annotations: 1, seconds: 40 },
        { reason: 'imported', annotations: 3, seconds: 1500 },
      ]);
      const withBulk = await rowOf(projectId, ada, { countBulk: true });
      expect(withBulk).to.include({ tasks: 5, annotations: 5, seconds: 60 });
      expect(withBulk?.notCounted).to.deep.equal([{ reason: 'imported', annotations: 3, seconds: 1500 }]);
    });

    it('names a row that cannot be read, and reads every other one', async () => {
      const { projectId, task } = await newProject(2);
      const spoilt = await ada.session.annotate(task(0), { labels: ['good'], leadTime: 20 });
      await eve.session.annotate(task(1), { labels: ['good'], leadTime: 30 });
      await withToolDatabase(tool, (database) =>
        database.execute('UPDATE task_completion SET result_count = -7 WHERE id = $1', [spoilt]),
      );
      const row = await rowOf(projectId, ada);
      expect(row?.unreadable).to.include('no usable numbers').and.to.include('regions');
      expect(row).to.include({ tasks: 0, annotations: 0, seconds: 0 });
      expect(await rowOf(projectId, eve))
        .to.include({ annotations: 1, seconds: 30 })
        .and.not.have.property('unreadable');
    });

    it('counts a pre-labelled task that its annotator submitted', async () => {
      const { projectId, task } = await newProject(1);
      const prediction = { task: task(0), result, score: 0.9, model_version: 'm' };
      const { id } = (await owner.http.post<{ id: number }>('/api/predictions/', prediction)).data;
      await post(ada.session, task(0), `"lead_time":15,"parent_prediction":${id}`);
      const row = await rowOf(projectId, ada);
      expect(row).to.include({ annotations: 1, seconds: 15 });
      expect(row?.notCounted).to.equal(undefined);
    });

    it('gives nobody what another account made in their name, and lists time of another’s edit apart', async () => {
      const { projectId, task } = await newProject(3);
      await post(eve.session, task(0), `"lead_time":100,"completed_by":${ada.toolUserId}`);
      const edited = await ada.session.annotate(task(1), { labels: ['good'], leadTime: 10 });
      await ada.session.annotate(task(2), { labels: ['good'], leadTime: 5 });
      await eve.session.edit(edited, { labels: ['bad'], leadTime: 3000 });
      const row = await rowOf(projectId, ada);
      expect(row).to.include({ tasks: 2, annotations: 2, seconds: 5 });
      expect(row?.editedByOthers).to.deep.equal({ annotations: 1, seconds: 3000 });
      expect(row?.notCounted).to.deep.equal([{ reason: 'author-changed', annotations: 1, seconds: 100 }]);
    });

    it('explains a day annotation by annotation: what was recorded, what counts, and why one does not', async () => {
      const { projectId, task } = await newProject(8);
      const dee = await joined({ tool, adapter }, 'dee', password);
      const made = [await dee.session.annotate(task(0), { labels: ['good'], leadTime: 20 })];
      for (const [index, time] of ['5000', '"nan"', '1e308', '-5'].entries()) {
        await post(dee.session, task(index + 1), `"lead_time":${time}`);
      }
      await dee.session.skip(task(5), 9);
      await post(eve.session, task(6), `"lead_time":100,"completed_by":${dee.toolUserId}`);
      const edited = await dee.session.annotate(task(7), { labels: ['good'], leadTime: 10 });
      await eve.session.edit(edited, { labels: ['bad'], leadTime: 3000 });
      await dee.session.http.post(`/api/projects/${projectId}/import`, [
        { data: { text: 'i' }, annotations: [{ result, lead_time: 500 }] },
      ]);
      const gone = await newProject(1);
      await dee.session.annotate(gone.task(0), { labels: ['good'], leadTime: 3 });
      await withToolDatabase(tool, (database) =>
        database.execute('UPDATE project SET deleted_at = $1 WHERE id = $2', [new Date(), Number(gone.projectId)]),
      );
      const query = { ...today(), toolUserIds: [dee.toolUserId], maxSecondsPerAnnotation: 100, limit: 50 };
      const { annotations, hasMore } = await adapter.explainDay(query);
      expect(hasMore).to.equal(false);
      expect(annotations[0]).to.include({ annotationId: String(made[0]), taskId: String(task(0)), kind: 'annotation' });
      expect(annotations.map((one) => [one.recordedSeconds, one.countedSeconds, one.leftOut])).to.deep.equal([
        [20, 20, null],
        [5000, 100, null],
        [null, 0, null],
        [1e308, 100, null],
        [-5, 0, null],
        [9, 0, 'skipped'],
        [100, 0, 'author-changed'],
        [3000, 0, null],
        [500, 0, 'imported'],
        [3, 0, 'project-deleted'],
      ]);
      expect(
        annotations.filter(({ editedByOther }) => editedByOther).map(({ annotationId }) => annotationId),
      ).to.include(String(edited));
      const row = await rowOf(projectId, dee, { maxSecondsPerAnnotation: 100 });
      const counted = annotations.filter((one) => one.leftOut === null);
      expect(row).to.include({ annotations: counted.length, seconds: 220 });
      const none = await adapter.explainDay({ ...query, toolUserIds: ['no number', '99999999'] });
      expect(none).to.deep.equal({ annotations: [], hasMore: false });
    });

    it('explains a day by the index on created_at', async () => {
      const query = { toolUserIds: [ada.toolUserId], maxSecondsPerAnnotation: 100, limit: 50 };
      const day = { from: new Date('2026-05-01T00:00:00Z'), until: new Date('2026-05-02T00:00:00Z') };
      const { sql, parameters } = explainStatement(kind, allColumns, { ...query, ...day });
      const text = await planOf(tool, sql, parameters);
      if (kind === 'sqlite') {
        expect(text).to.match(/SEARCH c USING INDEX task_comple_created_\w+ \(created_at>\? AND created_at<\?\)/);
      } else
        expect(text)
          .to.match(/Index Scan/)
          .and.not.include('Seq Scan on task_completion');
    });

    it('counts on versions that lack the later columns', async () => {
      const { projectId, task } = await newProject(1);
      await ada.session.annotate(task(0), { labels: ['good'], leadTime: 8 });
      const without: LabelStudioColumns = { task_completion: new Set(), project: new Set() };
      for (const columns of [without, allColumns]) {
        const { sql, parameters } = tallyStatement(kind, columns, everything([projectId]));
        const rows = await withToolDatabase(tool, (database) => database.query(sql, parameters));
        expect(rows).to.have.lengthOf(1);
        expect(rows[0]).to.include({ annotations: 1, seconds: 8 });
      }
    });

    it('reads the days that were asked for by the index on created_at, without statistics', async () => {
      const { projectId } = await newProject(1);
      const { sql, parameters } = tallyStatement(kind, allColumns, {
        ...everything([projectId]),
        from: new Date('2026-05-01T00:00:00Z'),
        until: new Date('2026-05-03T00:00:00Z'),
      });
      const text = await planOf(tool, sql, parameters);
      if (kind === 'sqlite') {
        expect(text).to.match(/SEARCH c USING INDEX task_comple_created_\w+ \(created_at>\? AND created_at<\?\)/);
      } else {
        expect(text).to.match(/= ANY \('\{\d+\}'::integer\[\]\)/);
        expect(text).not.to.include('Seq Scan on task_completion');
      }
    });
  });
}
