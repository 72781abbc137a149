/** A status in which all is well, and one for each thing that can be wrong: what "action required" tells of them. */
import { CONTRACT_DRIFT } from '../../plugin/audit/counters.ts';
import { scopes } from '../../plugin/platform/types.ts';
import type { problemsOf } from '../../plugin/status/problems.ts';
import { PAUSED } from '../../plugin/webhooks/endpoint.ts';

type Known = Parameters<typeof problemsOf>[0];

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
const install = {
  ...{ id: 'inst_1', status: 'connected' as const, organizationId: 'org_1', scopes: [...scopes], piiConsent: true },
  ...{ connectedAt: 0, checkedAt: 0, disconnectedAt: null, disconnectedReason: null },
};
const connection: Known['connection'] = { install, token: 'store', endpoints: [], lastDeliveryAt: null };
const endpoint = { id: 'wep_1', url: 'https://p.example.com', checkedAt: NOW, retiringUntil: null };
const link: Known['links'][number] = {
  ...{ id: 'plink_1', jobId: 'job_1', projectId: '1', externalProjectId: '1', standing: 'ours' },
  ...{ projectAskedAt: 0, projectName: null, projectUrl: null, provisioningMode: 'PARTNER_WEBHOOK' },
  ...{ labelUnit: 'annotations', createdAt: 0, notLinkedSince: null, isElsewhere: false },
};
const trainer: Known['trainers'][number] = {
  ...{ id: 'usr_1', displayName: 'Ada', workEmail: 'ada@opentrain.work', country: null, profileUrl: null },
  ...{
    state: 'active',
    reason: null,
    remedy: null,
    since: 0,
    places: [],
    contracts: [],
    invitation: null,
    heldSince: null,
  },
};
const invitation: NonNullable<Known['trainers'][number]['invitation']> = {
  ...{ id: 'inv_1', expiresAt: NOW, mailedAt: null, mailError: null, link: 'https://p.example.com/invitations/x' },
  refusal: null,
};
const budget: Known['budgets'][number] = {
  ...{ contractId: 'ctr_1', title: null, contractStatus: 'active', jobId: 'job_1', state: 'OK', paymentType: null },
  ...{
    fundedVolume: 1,
    consumedVolume: 1,
    consumedFraction: 1,
    activeMilestone: null,
    fundedUntil: NOW,
    at: NOW,
    warning: null,
  },
};
const item: Known['queue'][number] = {
  ...{ kind: 'notice', key: '1', what: 'budget notice', error: 'no', failingSince: 1, waitingFor: [], attempts: 1 },
  ...{ dueAt: NOW, requestedAt: NOW, cause: null },
};

/** All well. */
export const well: Known = {
  ...{
    at: NOW,
    version: '1.0.0',
    accessPolicy: 'sync',
    tool: { adapter: 'label-studio', url: 'http://t' },
    mail: 'on',
  },
  ...{
    counting: 'on',
    otherDatabase: null,
    store: { at: 'x', from: 'default' },
    connection,
    uncovered: [],
    unreadable: [],
  },
  life: { running: 1, lastSeenAt: NOW, lastDone: { reconcile: NOW, sync: NOW } },
  ...{ outages: [], links: [link], trainers: [], budgets: [], refusals: [], queue: [], newAccounts: [], counters: [] },
  contracts: { active: 1, ended: 0, finalCountsDue: [], problems: [] },
  totals: { trainers: {}, queue: {} },
  deliveries: { received: 0, due: 0, failing: 0 },
};

const remedy = 'Give the role its grants.';

/** What is wrong, one thing each. */
export const wrongs: Partial<Known>[] = [
  { life: { ...well.life, running: 0 } },
  { life: { ...well.life, lastDone: { reconcile: NOW - DAY, sync: NOW - DAY } } },
  { links: [] },
  { counting: 'off' },
  { otherDatabase: { found: 'another', since: NOW } },
  { connection: { ...connection, install: null, token: 'missing' } },
  { connection: { ...connection, install: { ...install, status: 'disconnected' } } },
  { connection: { ...connection, install: { ...install, scopes: [], piiConsent: false } } },
  {
    connection: {
      ...connection,
      endpoints: [
        { ...endpoint, status: PAUSED },
        { ...endpoint, status: 'DISABLED' },
      ],
    },
  },
  { outages: [{ dependency: 'tool', since: NOW, error: 'refused', retryAt: NOW }] },
  {
    links: [
      { ...link, notLinkedSince: NOW },
      { ...link, standing: 'missing' },
    ],
  },
  {
    links: [
      { ...link, standing: 'unconfirmed' },
      { ...link, standing: 'unconfirmed', isElsewhere: true },
    ],
  },
  {
    trainers: [
      { ...trainer, state: 'blocked', remedy },
      { ...trainer, state: 'revoked-partial', remedy },
    ],
  },
  { trainers: [{ ...trainer, invitation }] },
  { trainers: [{ ...trainer, invitation: { ...invitation, refusal: { message: 'no', remedy, at: NOW } } }] },
  { newAccounts: [{ tool_user_id: '9', name: 'x', joined_at: NOW, suspects: '' }] },
  {
    unreadable: [
      {
        trainerId: 'usr_1',
        trainer: 'Ada',
        projectId: '1',
        project: 'P',
        day: '2031-05-01',
        why: 'x',
        contractId: null,
      },
    ],
  },
  {
    contracts: {
      ...well.contracts,
      problems: [true, false].map((isHeld) => ({ id: 'ctr_1', title: null, problem: 'x', since: NOW, isHeld })),
    },
  },
  {
    refusals: [
      { contractId: 'c', title: null, trainerId: 't', day: '2031-05-01', message: 'x', requestId: null, at: NOW },
    ],
  },
  {
    uncovered: [
      {
        ...{ trainerId: 'usr_1', trainer: 'Ada', projectId: '1', project: 'P', cause: 'no-contract', days: 1 },
        ...{ firstDay: '2031-05-01', lastDay: '2031-05-01', labels: 1, tasks: 1, seconds: 1 },
      },
    ],
  },
  {
    budgets: [
      { ...budget, state: 'DEPLETED' },
      { ...budget, state: 'LOW', warning: { kind: 'low' } },
    ],
  },
  { budgets: [{ ...budget, warning: { kind: 'used', limit: 50 } }] },
  { queue: [item], deliveries: { received: 1, due: 0, failing: 1 } },
  { counters: [{ name: CONTRACT_DRIFT, count: 1, lastAt: NOW, lastDetail: 'x' }] },
];
