import { expect } from 'chai';
import { z } from 'zod';
import { ToolUnable } from '../../../adapters/errors.ts';
import type { LabelStudioAdapter } from '../../../adapters/label-studio/adapter.ts';
import type { TallyRow } from '../../../adapters/tool.ts';
import {
  adapterFor,
  everything,
  joined,
  labelStudioDatabases,
  projectWithTasks,
  type TestLabelStudio,
  useLabelStudio,
  withToolDatabase,
} from '../../support/label-studio.ts';
import type { LabelStudioSession } from '../../support/label-studio-session.ts';
import { thrownBy } from '../../support/thrown.ts';

const password = 'correct horse battery';

interface Trainer {
  toolUserId: string;
  email: string;
  session: LabelStudioSession;
}

for (const kind of labelStudioDatabases) {
  describe(`the tally of work in Label Studio on ${kind}`, function () {
    this.timeout(120_000);
    let tool: TestLabelStudio;
    let adapter: LabelStudioAdapter;
    let owner: LabelStudioSession;
    let ada: Trainer;
    let grace: Trainer;

    useLabelStudio(kind, async (scene) => {
      ({ tool, adapter, owner } = scene);
      ada = await joined(scene, 'ada', password);
      grace = await joined(scene, 'grace', password);
    });

    const newProject = (tasks: number) => projectWithTasks(owner, 'Tally', tasks);
    /** Moves annotations in time, written as Label Studio writes it: in SQLite naive text, without a fraction when it is zero. */
    const workedAt = (annotationId: number, instant: string) => {
      const [seconds = '', fraction] = instant.replace('Z', '').replace('T', ' ').split('.');
      const naive = fraction === undefined ? seconds : `${seconds}.${fraction.padEnd(6, '0')}`;
      const createdAt = kind === 'sqlite' ? naive : instant;
      return withToolDatabase(tool, (database) =>
        database.execute('UPDATE task_completion SET created_at = $1 WHERE id = $2', [createdAt, annotationId]),
      );
    };
    const of = (rows: readonly TallyRow[], trainer: Trainer) =>
      rows.filter(({ toolUserId }) => toolUserId === trainer.toolUserId);

    it('agrees with Label Studio’s own export after work, edits, skips and deletions by several people', async () => {
      const first = await newProject(4);
      const second = await newProject(2);
      await ada.session.annotate(first.task(0), { labels: ['good', 'bad'], leadTime: 10.4 });
      const edited = await ada.session.annotate(first.task(1), { labels: ['good'], leadTime: 20 });
      await ada.session.edit(edited, { labels: ['bad', 'ugly', 'good'], leadTime: 35 });
      await ada.session.annotate(first.task(1), { labels: ['ugly'] });
      await ada.session.skip(first.task(2), 50);
      const deleted = await ada.session.annotate(first.task(3), { labels: ['good'], leadTime: 5 });
      await ada.session.deleteAnnotation(deleted);
      await grace.session.annotate(first.task(0), { labels: ['good'], leadTime: 7 });
      await grace.session.annotate(second.task(0), { labels: [], leadTime: 3 });
      await owner.http.post(`/api/projects/${second.projectId}/import`, [
        { data: { text: 'imported' }, annotations: [{ result: [], lead_time: 100 }] },
      ]);

      const projectIds = [first.projectId, second.projectId];
      const rows = await adapter.tally(everything(projectIds));
      const byTrainers = rows.filter(({ toolUserId }) => [ada.toolUserId, grace.toolUserId].includes(toolUserId));
      const recounted = [];
      for (const projectId of projectIds) recounted.push(...recount(projectId, await owner.exportProject(projectId)));
      const trainers = [ada, grace].map(({ toolUserId }) => toolUserId);
      expect(byTrainers.map(comparable)).to.have.deep.members(
        recounted.filter(({ toolUserId }) => trainers.includes(toolUserId)),
      );
      expect(of(rows, ada).map(comparable)).to.deep.equal([
        { projectId: first.projectId, toolUserId: ada.toolUserId, tasks: 2, annotations: 3, seconds: 45 },
      ]);
      expect(of(rows, ada)[0]).to.include({ regions: 6, email: ada.email, cappedAnnotations: 0, cappedSeconds: 0 });
    });

    it('cuts the time on one annotation at the cap, and says by how much', async () => {
      const { projectId, task } = await newProject(3);
      await ada.session.annotate(task(0), { labels: ['good'], leadTime: 10 });
      await ada.session.annotate(task(1), { labels: ['good'], leadTime: 4000.5 });
      await ada.session.annotate(task(2), { labels: ['good'] });
      const [row] = await adapter.tally({ ...everything([projectId]), maxSecondsPerAnnotation: 60 });
      expect(row).to.include({ seconds: 70, cappedAnnotations: 1, annotations: 3 });
      expect(row?.cappedSeconds).to.be.oneOf([3940, 3941]);
    });

    it('puts each annotation on the day that the offsets give, to the exact second, through a change of the clocks', async () => {
      const { projectId, task } = await newProject(1);
      // Amsterdam, spring 2026: UTC+1 until 2026-03-29 01:00 UTC, then UTC+2.
      const instants: [string, string][] = [
        ['2026-03-28T22:59:59.999Z', '2026-03-28'],
        ['2026-03-28T23:00:00Z', '2026-03-29'],
        ['2026-03-29T00:59:59Z', '2026-03-29'],
        ['2026-03-29T21:59:59.5Z', '2026-03-29'],
        ['2026-03-29T22:00:00Z', '2026-03-30'],
        ['2026-03-30T21:59:59Z', '2026-03-30'],
      ];
      for (const [instant] of instants) {
        await workedAt(await ada.session.annotate(task(0), { labels: ['good'], leadTime: 1 }), instant);
      }
      const rows = await adapter.tally({
        ...everything([projectId]),
        offsets: [
          { from: new Date('2025-10-26T01:00:00Z'), offsetSeconds: 3600 },
          { from: new Date('2026-03-29T01:00:00Z'), offsetSeconds: 7200 },
        ],
      });
      expect(rows.map(({ day, annotations }) => [day, annotations])).to.deep.equal([
        ['2026-03-28', 1],
        ['2026-03-29', 3],
        ['2026-03-30', 2],
      ]);
    });

    it('takes work from the first instant of the range up to, not including, its end', async () => {
      const { projectId, task } = await newProject(1);
      const from = '2026-05-01T00:00:00Z';
      const until = '2026-05-02T00:00:00Z';
      for (const instant of ['2026-04-30T23:59:59.999Z', from, '2026-05-01T23:59:59.999Z', until]) {
        await workedAt(await ada.session.annotate(task(0), { labels: ['good'], leadTime: 1 }), instant);
      }
      const query = { ...everything([projectId]), from: new Date(from), until: new Date(until) };
      expect(await adapter.tally(query)).to.have.lengthOf(1);
      expect((await adapter.tally(query))[0]).to.include({ annotations: 2, tasks: 1, day: '2026-05-01' });
    });

    it('leaves out other projects, deleted projects and ids that cannot be a project', async () => {
      const wanted = await newProject(1);
      const other = await newProject(1);
      const softlyDeleted = await newProject(1);
      for (const { task } of [wanted, other, softlyDeleted]) {
        await ada.session.annotate(task(0), { labels: ['good'], leadTime: 1 });
      }
      await withToolDatabase(tool, (database) =>
        database.execute('UPDATE project SET deleted_at = $1 WHERE id = $2', [
          new Date('2026-01-01'),
          Number(softlyDeleted.projectId),
        ]),
      );
      const asked = [wanted.projectId, softlyDeleted.projectId, 'not-a-project', '99999999999', '1) OR (1=1'];
      const rows = await adapter.tally(everything(asked));
      expect(rows.map(({ projectId }) => projectId)).to.deep.equal([wanted.projectId]);
      expect(await adapter.tally(everything([]))).to.deep.equal([]);
    });

    it('is refused with the remedy when no database is given', async () => {
      const error = await thrownBy(adapterFor(tool, { databaseUrl: null }).tally(everything(['1'])));
      if (!(error instanceof ToolUnable)) throw error;
      expect(error.capability).to.equal('tally');
      expect(error.remedy).to.include('TOOL_DATABASE_URL');
    });

    if (kind === 'postgres') {
      it('needs no more than the right to read', async () => {
        const { projectId, task } = await newProject(1);
        await ada.session.annotate(task(0), { labels: ['good'], leadTime: 1 });
        const reader = adapterFor(tool, { databaseUrl: tool.readOnlyDatabaseUrl ?? null });
        expect(await reader.tally(everything([projectId]))).to.have.lengthOf(1);
        await reader.close();
      });
    }
  });
}

const exportSchema = z.array(
  z.object({
    id: z.number(),
    annotations: z.array(
      z.object({ completed_by: z.number(), was_cancelled: z.boolean(), lead_time: z.number().nullable() }),
    ),
  }),
);

/** An independent count of the export: nothing is shared with the adapter but the shape of the answer. */
function recount(projectId: string, exported: unknown): Comparable[] {
  const work = exportSchema
    .parse(exported)
    .flatMap(({ id, annotations }) => annotations.map((annotation) => ({ ...annotation, task: id })))
    .filter(({ was_cancelled }) => !was_cancelled);
  const people = new Set(work.map(({ completed_by }) => completed_by));
  return [...people].map((person) => {
    const own = work.filter(({ completed_by }) => completed_by === person);
    return {
      projectId,
      toolUserId: String(person),
      tasks: new Set(own.map(({ task }) => task)).size,
      annotations: own.length,
      seconds: Math.round(own.reduce((sum, { lead_time }) => sum + (lead_time ?? 0), 0)),
    };
  });
}

type Comparable = Pick<TallyRow, 'projectId' | 'toolUserId' | 'tasks' | 'annotations' | 'seconds'>;

function comparable({ projectId, toolUserId, tasks, annotations, seconds }: TallyRow): Comparable {
  return { projectId, toolUserId, tasks, annotations, seconds };
}
