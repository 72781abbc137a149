/** Annotations in Label Studio that nobody worked on, made as a member makes them. */
import type { NotCountedReason } from '../../../adapters/tool.ts';
import type { LabelStudioSession } from '../../support/label-studio-session.ts';

interface Made {
  owner: LabelStudioSession;
  own: LabelStudioSession;
  other: LabelStudioSession;
  toolUserId: string;
  projectId: string;
  /** The task's id. */
  task: number;
}

const result = [{ id: 'r1', from_name: 'label', to_name: 'text', type: 'choices', value: { choices: ['good'] } }];

/** One annotation for each reason. */
export const noWork: Readonly<Record<NotCountedReason, (made: Made) => Promise<unknown>>> = {
  imported: ({ own, projectId }) =>
    own.http.post(`/api/projects/${projectId}/import`, [
      { data: { text: 'imported' }, annotations: [{ result, lead_time: 9 }] },
    ]),
  'from-prediction': async ({ owner, own, projectId, task }) => {
    await owner.http.post('/api/predictions/', { task, result, score: 0.9, model_version: 'm' });
    const selectedItems = { all: false, included: [task] };
    await own.http.post(`/api/dm/actions?project=${projectId}&id=predictions_to_annotations`, { selectedItems });
  },
  copied: async ({ owner, own, task }) => {
    const parent = await owner.annotate(task, { labels: ['good'], leadTime: 5 });
    await own.http.post(`/api/tasks/${task}/annotations/`, { result, lead_time: 9, parent_annotation: parent });
  },
  bulk: ({ own, task }) =>
    own.http.post(`/api/tasks/${task}/annotations/`, { result, lead_time: 9, bulk_created: true }),
  'author-changed': ({ other, toolUserId, task }) =>
    other.http.post(`/api/tasks/${task}/annotations/`, { result, lead_time: 9, completed_by: Number(toolUserId) }),
};
