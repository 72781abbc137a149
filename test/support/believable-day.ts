/** A day of one trainer's work in the model tool: for looking at the page that explains it. */
import { type ExplainedAnnotation, notCountedReasons } from '../../adapters/tool.ts';
import type { AccessWorld } from './access-world.ts';

const MINUTE_MS = 60_000;

/** Gives the first trainer (usr_1 under ctr_1) annotations of every kind, today. */
export async function fillDay(world: AccessWorld): Promise<void> {
  const who = { toolUserId: '71', projectId: '12' };
  await world.store.database('trainers').where({ id: 'usr_1' }).update({ tool_user_id: who.toolUserId });
  const day = world.date.toISOString().slice(0, 10);
  const changes: Partial<ExplainedAnnotation>[] = [
    {},
    { recordedSeconds: 5_200, countedSeconds: 3_600 },
    { recordedSeconds: null, countedSeconds: 0 },
    { leftOut: 'from-prediction', recordedSeconds: 0, countedSeconds: 0 },
    { leftOut: 'copied', recordedSeconds: 9, countedSeconds: 0 },
    { leftOut: 'bulk', recordedSeconds: 12, countedSeconds: 0 },
    { leftOut: 'imported', recordedSeconds: 500, countedSeconds: 0 },
    { leftOut: 'author-changed', recordedSeconds: 88, countedSeconds: 0 },
    { leftOut: 'skipped', countedSeconds: 0 },
    { leftOut: 'project-deleted', projectId: '7', countedSeconds: 0 },
    { recordedSeconds: 340, countedSeconds: 0, editedByOther: true },
    { projectId: '99' },
  ];
  const annotations = changes.map(
    (change, index): ExplainedAnnotation => ({
      ...{ annotationId: String(88_101 + index), kind: 'annotation', taskId: String(4_310 + index), ...who },
      createdAt: new Date(world.now - (changes.length - index) * MINUTE_MS),
      ...{ regions: 3, recordedSeconds: 41.5, countedSeconds: 41.5, leftOut: null, editedByOther: false },
      ...change,
    }),
  );
  world.tool.tally = async () => [
    {
      ...{ ...who, email: null, day, tasks: 4, annotations: 4, regions: 12, seconds: 3_642 },
      ...{ cappedAnnotations: 1, cappedSeconds: 1_600, withoutTime: 1 },
      editedByOthers: { annotations: 1, seconds: 340 },
      notCounted: notCountedReasons.map((reason) => ({ reason, annotations: 1, seconds: 9 })),
    },
  ];
  world.tool.explainDay = async () => ({ annotations, hasMore: false });
}
