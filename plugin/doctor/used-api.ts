/** Every operation of OpenTrain's API that the plugin calls, with the fields that it sends and reads. */

export interface UsedOperation {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** Names of path parameters do not matter: `{}`. */
  path: string;
  /** Fields of the query or body that we send. */
  sends: readonly string[];
  /** Fields of the answer that we read; `[]` steps into a list: "contracts[].jobId". */
  reads: readonly string[];
}

const link = ['id', 'jobId', 'externalProjectId', 'provisioningMode', 'createdAt'];
const contract = ['id', 'status', 'jobId', 'startDate', 'endDate', 'createdAt'];
const participant = ['opentrainUserId', 'displayName', 'workEmail'];
const endpoint = ['id', 'url', 'eventTypes', 'status', 'consecutiveFailures', 'disabledReason'];
const budget = ['contractId', 'state', 'consumedFraction', 'fundedVolume', 'consumedVolume', 'remainingVolume'];

const below = (prefix: string, names: readonly string[]): string[] => names.map((name) => `${prefix}.${name}`);

export const usedOperations: readonly UsedOperation[] = [
  {
    method: 'get',
    path: '/installs/current',
    sends: [],
    reads: below('install', ['id', 'status', 'scopes', 'piiConsent', 'organizationId']),
  },
  { method: 'get', path: '/project-links', sends: [], reads: below('projectLinks[]', link) },
  {
    method: 'post',
    path: '/project-links',
    sends: ['externalProjectId', 'externalProjectName', 'externalProjectUrl', 'jobId'],
    reads: below('projectLink', link),
  },
  { method: 'get', path: '/project-links/{}', sends: [], reads: below('projectLink', link) },
  { method: 'delete', path: '/project-links/{}', sends: [], reads: [] },
  {
    method: 'get',
    path: '/contracts',
    sends: ['projectLinkId', 'status', 'limit'],
    reads: below('contracts[]', contract),
  },
  { method: 'get', path: '/contracts/{}/participants', sends: [], reads: below('participants[]', participant) },
  { method: 'get', path: '/contracts/{}/budget', sends: [], reads: budget },
  {
    method: 'post',
    path: '/contracts/{}/usage',
    sends: below('entries[]', [
      'workDate',
      'totalSeconds',
      'tasksCompleted',
      'labelsCompleted',
      'workerOpentrainUserId',
    ]),
    reads: ['accepted', ...below('budget', budget)],
  },
  { method: 'get', path: '/webhook-endpoints', sends: [], reads: below('webhookEndpoints[]', endpoint) },
  {
    method: 'post',
    path: '/webhook-endpoints',
    sends: ['url', 'eventTypes'],
    reads: ['secret', ...below('webhookEndpoint', endpoint)],
  },
  {
    method: 'patch',
    path: '/webhook-endpoints/{}',
    sends: ['url', 'eventTypes', 'status'],
    reads: below('webhookEndpoint', endpoint),
  },
  { method: 'delete', path: '/webhook-endpoints/{}', sends: [], reads: [] },
  { method: 'post', path: '/webhook-endpoints/{}/redeliver', sends: ['deliveryId'], reads: ['requeued'] },
];
