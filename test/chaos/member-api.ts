/** What any member of an open-source Label Studio may call, as data: the red-team test draws from it. */
import { signUp } from '../../adapters/label-studio/sign-up.ts';
import type { LabelStudioSession } from '../support/label-studio-session.ts';

export interface Raid {
  member: LabelStudioSession;
  baseUrl: string;
  projectId: string;
  /** Ids of what is there to be harmed; 0 when there is nothing. */
  task: number;
  annotation: number;
  /** Own account, and the honest trainer's. */
  ownId: number;
  honestId: number;
  /** An address nobody has yet, which may be that of somebody who is hired next. */
  address: string;
  password: string;
}

export interface MemberCall {
  name: string;
  run: (raid: Raid) => Promise<unknown>;
}

const result = [{ id: 'r', from_name: 'label', to_name: 'text', type: 'choices', value: { choices: ['good'] } }];
export const oddTimes: readonly unknown[] = [1e308, -5, 0, 86_400, 'nan', 'Infinity', '1e400', null, 1e-300];

const annotating = oddTimes.map(
  (lead_time): MemberCall => ({
    name: `annotate with lead_time ${String(lead_time)}`,
    run: ({ member, task }) => member.http.post(`/api/tasks/${task}/annotations/`, { result, lead_time }),
  }),
);

export const memberCalls: readonly MemberCall[] = [
  ...annotating,
  {
    name: 'sign up with the invite link',
    run: async ({ member, baseUrl, address, password }) =>
      signUp(baseUrl, await member.inviteToken(), { email: address, password }),
  },
  {
    name: 'create a user',
    run: ({ member, address, password }) =>
      member.http.post('/api/users/', { email: address, username: address, password }),
  },
  { name: 'make a personal token', run: ({ member }) => member.personalToken() },
  { name: 'read the legacy token', run: ({ member }) => member.legacyToken() },
  { name: 'reset the legacy token', run: ({ member }) => member.http.post('/api/current-user/reset-token/') },
  { name: 'reset the invite link', run: ({ member }) => member.http.post('/api/invite/reset-token') },
  {
    name: 'change own name and address',
    run: ({ member, ownId, address }) =>
      member.http.patch(`/api/users/${ownId}/`, { first_name: '=1+1', email: address, username: address }),
  },
  {
    name: 'change the address of another',
    run: ({ member, honestId, address }) => member.http.patch(`/api/users/${honestId}/`, { email: address }),
  },
  {
    name: 'take the active organization of another, or of the owner',
    run: ({ member, honestId, task }) =>
      member.http.patch(`/api/users/${task % 2 === 0 ? honestId : 1}/`, { active_organization: null }),
  },
  { name: 'delete another user', run: ({ member, honestId }) => member.http.delete(`/api/users/${honestId}/`) },
  {
    name: 'edit an annotation',
    run: ({ member, annotation }) => member.http.patch(`/api/annotations/${annotation}/`, { result, lead_time: 1e308 }),
  },
  {
    name: 'cancel an annotation',
    run: ({ member, annotation }) => member.http.patch(`/api/annotations/${annotation}/`, { was_cancelled: true }),
  },
  {
    name: 'take over an annotation',
    run: ({ member, annotation, ownId }) =>
      member.http.patch(`/api/annotations/${annotation}/`, { completed_by: ownId }),
  },
  {
    name: 'delete an annotation',
    run: ({ member, annotation }) => member.http.delete(`/api/annotations/${annotation}/`),
  },
  { name: 'delete a task', run: ({ member, task }) => member.http.delete(`/api/tasks/${task}/`) },
  {
    name: 'import ready annotations of another',
    run: ({ member, projectId, honestId }) =>
      member.http.post(`/api/projects/${projectId}/import`, [
        { data: { text: 'ready' }, annotations: [{ result, lead_time: 3600, completed_by: honestId }] },
      ]),
  },
  {
    name: 'create annotations from predictions',
    run: async ({ member, projectId, task }) => {
      await member.http.post('/api/predictions/', { task, result, model_version: 'm' });
      const query = { id: 'predictions_to_annotations', project: projectId };
      return member.http.post(
        '/api/dm/actions',
        { selectedItems: { all: false, included: [task] } },
        { params: query },
      );
    },
  },
];
