/**
 * OpenTrain's objects and endpoints as its documentation describes them: a second reading, apart from the client's schemas and the
 * sandbox's. Field, examples, whether null is documented, and whether the plugin can do without it.
 */
export interface DocumentedField {
  name: string;
  /** Values as documented. */
  values: readonly unknown[];
  nullable?: boolean;
  /** An object without it can be read all the same. */
  dispensable?: boolean;
  /** One that cannot be read is told as drift, and the object is used without it. */
  shown?: boolean;
  /** Another word than these cannot be read: it is never guessed. */
  closed?: boolean;
}

const instant = { values: ['2026-06-12T10:00:00.000Z', '2031-01-01T00:00:00.000Z'] };
const id = (name: string): DocumentedField => ({ name, values: [`${name}_1`, `${name}_2`] });
const moment = (name: string): DocumentedField => ({ name, ...instant, dispensable: true });
const words = (name: string): DocumentedField => ({ name, values: ['Label cats', ''], dispensable: true, shown: true });
const amount = (name: string): DocumentedField => ({ name, values: [0, 0.8, 120], dispensable: true, shown: true });

export const documentedObjects: Readonly<Record<string, readonly DocumentedField[]>> = {
  projectLink: [
    id('id'),
    { ...id('jobId'), nullable: true, dispensable: true },
    id('externalProjectId'),
    { ...words('externalProjectName'), nullable: true },
    { ...words('externalProjectUrl'), nullable: true, shown: false },
    { name: 'provisioningMode', values: ['PARTNER_WEBHOOK', 'MANAGED_ADAPTER'], dispensable: true },
    moment('createdAt'),
  ],
  contract: [
    id('id'),
    { name: 'status', values: ['active', 'ended'], closed: true },
    id('jobId'),
    words('title'),
    moment('startDate'),
    { ...moment('endDate'), nullable: true },
    { ...moment('createdAt'), shown: true },
    { name: 'projectLinkIds', values: [[], ['plink_1']], dispensable: true, shown: true },
  ],
  participant: [
    id('opentrainUserId'),
    words('displayName'),
    { ...words('country'), nullable: true },
    words('profileUrl'),
    { name: 'workEmail', values: ['ada@opentrain.work'], dispensable: true },
  ],
  budget: [
    id('contractId'),
    {
      name: 'paymentType',
      values: ['PAY_PER_HOUR', 'PAY_PER_LABEL', 'FIXED_PRICE'],
      nullable: true,
      dispensable: true,
      shown: true,
    },
    { name: 'state', values: ['OK', 'LOW', 'DEPLETED'], closed: true },
    amount('fundedVolume'),
    amount('fundedAmountUsd'),
    { name: 'consumed', values: [{ seconds: 1, hours: 0.5, labels: 2, tasks: 3 }], dispensable: true, shown: true },
    amount('consumedVolume'),
    amount('remainingVolume'),
    amount('consumedFraction'),
    {
      name: 'activeMilestone',
      values: [{ id: 'ms_1', name: 'One', amountUsd: 10, volume: null, status: 'ACTIVE_FUNDED' }],
      nullable: true,
      dispensable: true,
      shown: true,
    },
    { ...moment('lastUsageAt'), nullable: true, shown: true },
  ],
  install: [
    id('id'),
    { name: 'status', values: ['ACTIVE'] },
    { name: 'scopes', values: [[], ['contracts:read']], dispensable: true },
    { name: 'piiConsent', values: [true, false], dispensable: true },
    { ...id('organizationId'), dispensable: true, shown: true },
    { ...moment('createdAt'), shown: true },
    {
      name: 'partnerApp',
      values: [{ id: 'ptnapp_1', slug: 'plugin', name: 'Plugin' }],
      dispensable: true,
      shown: true,
    },
    { name: 'token', values: [{ id: 'tok_1', name: 'One', scopes: [] }], dispensable: true, shown: true },
  ],
  webhookEndpoint: [
    id('id'),
    { name: 'url', values: ['https://plugin.example.com/webhooks/opentrain'] },
    { name: 'eventTypes', values: [['contract.started'], ['contract.started', 'contract.ended']], dispensable: true },
    { name: 'status', values: ['ACTIVE', 'DISABLED'] },
    { ...moment('createdAt'), shown: true },
    { name: 'consecutiveFailures', values: [0, 10], dispensable: true },
    { ...moment('disabledAt'), nullable: true, shown: true },
    { name: 'disabledReason', values: ['10 consecutive failed deliveries'], nullable: true, dispensable: true },
  ],
};

export interface DocumentedEndpoint {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the base URL, with `{id}` for the one id. */
  path: string;
  /** The answer: a field with one object or a list of them (`contract[]`), and fields with fixed examples; `''`: the object itself. */
  answer: { field: string; object: string | null; others?: Record<string, unknown> };
  /** A request that is right, if it has a body. */
  body?: Record<string, unknown>;
  /** Bodies that are refused with 400. */
  wrong?: readonly Record<string, unknown>[];
  /** The statuses that it refuses with, beside 401, 403, 429 and 500. */
  refusals: readonly number[];
}

const entry = { workDate: '2031-05-19', totalSeconds: 60, tasksCompleted: 1, labelsCompleted: 2 };
const entries = (change: Record<string, unknown>) => ({ entries: [{ ...entry, ...change }] });
const hook = { url: 'https://plugin.example.com/hook', eventTypes: ['contract.started'] };

export const documentedEndpoints: readonly DocumentedEndpoint[] = [
  { method: 'GET', path: '/installs/current', answer: { field: 'install', object: 'install' }, refusals: [] },
  {
    method: 'POST',
    path: '/project-links',
    answer: { field: 'projectLink', object: 'projectLink' },
    body: { externalProjectId: '77', externalProjectName: 'Cats', provisioningMode: 'MANAGED_ADAPTER' },
    wrong: [
      {},
      { externalProjectId: '' },
      { externalProjectId: 'x'.repeat(201) },
      { externalProjectId: '1', externalProjectName: 'x'.repeat(301) },
      { externalProjectId: '1', externalProjectUrl: 'x'.repeat(2049) },
      { externalProjectId: '1', provisioningMode: 'OTHER' },
    ],
    refusals: [400, 404, 409],
  },
  { method: 'GET', path: '/project-links', answer: { field: 'projectLinks', object: 'projectLink[]' }, refusals: [] },
  {
    method: 'GET',
    path: '/project-links/{id}',
    answer: { field: 'projectLink', object: 'projectLink' },
    refusals: [404],
  },
  {
    method: 'DELETE',
    path: '/project-links/{id}',
    answer: { field: 'projectLink', object: null, others: { deleted: true } },
    refusals: [404],
  },
  { method: 'GET', path: '/contracts', answer: { field: 'contracts', object: 'contract[]' }, refusals: [400, 404] },
  {
    method: 'GET',
    path: '/contracts/{id}/participants',
    answer: { field: 'participants', object: 'participant[]', others: { contractId: 'ctr_1' } },
    refusals: [404],
  },
  { method: 'GET', path: '/contracts/{id}/budget', answer: { field: '', object: 'budget' }, refusals: [404] },
  {
    method: 'POST',
    path: '/contracts/{id}/usage',
    answer: { field: 'budget', object: 'budget', others: { contractId: 'ctr_1', accepted: 1 } },
    body: { entries: [entry] },
    wrong: [
      {},
      { entries: [] },
      { entries: Array.from({ length: 101 }, () => entry) },
      entries({ workDate: '2031-05-21' }),
      entries({ workDate: '20.05.2031' }),
      entries({ totalSeconds: 86_401 }),
      entries({ totalSeconds: -1 }),
      entries({ tasksCompleted: -1 }),
      entries({ labelsCompleted: -1 }),
      entries({ workerOpentrainUserId: 'usr_stranger' }),
    ],
    refusals: [400, 404, 409],
  },
  {
    method: 'POST',
    path: '/webhook-endpoints',
    answer: { field: 'webhookEndpoint', object: 'webhookEndpoint', others: { secret: 'whsec_1', message: 'Keep it.' } },
    body: hook,
    wrong: [
      {},
      { ...hook, url: 'http://example.com/' },
      { ...hook, eventTypes: [] },
      { ...hook, eventTypes: ['other'] },
    ],
    refusals: [400],
  },
  {
    method: 'GET',
    path: '/webhook-endpoints',
    answer: { field: 'webhookEndpoints', object: 'webhookEndpoint[]' },
    refusals: [],
  },
  {
    method: 'PATCH',
    path: '/webhook-endpoints/{id}',
    answer: { field: 'webhookEndpoint', object: 'webhookEndpoint' },
    body: { status: 'ACTIVE' },
    wrong: [{ status: 'PAUSED' }, { eventTypes: [] }, { url: 'ftp://example.com/' }],
    refusals: [400, 404],
  },
  {
    method: 'DELETE',
    path: '/webhook-endpoints/{id}',
    answer: { field: 'webhookEndpoint', object: null, others: { deleted: true } },
    refusals: [404],
  },
  {
    method: 'POST',
    path: '/webhook-endpoints/{id}/redeliver',
    answer: { field: 'webhookEndpoint', object: null, others: { requeued: 2, message: 'To be sent.' } },
    body: {},
    wrong: [{ deliveryId: '' }, { deliveryId: 7 }],
    refusals: [400, 404],
  },
];
