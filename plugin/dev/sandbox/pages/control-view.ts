/** What the sandbox's own page shows: the newest first, and in words. */
import { performance } from 'node:perf_hooks';
import type { SandboxControl } from '../control.ts';
import type { Platform } from '../platform.ts';
import type { LoggedRequest } from '../request-log.ts';
import type { ApiBudget, ApiWebhookEndpoint } from '../schemas.ts';
import {
  type Contract,
  type Delivery,
  type Install,
  type Job,
  type Link,
  latestInstall,
  type RecordedEvent,
  type State,
  type Trainer,
  type UsageRecord,
  usageOf,
} from '../state.ts';
import { viewBudget, viewEndpoint } from '../views.ts';
import { type Scope, scopes } from '../vocabulary.ts';

const NEWEST = 50;

interface ContractCard extends Pick<Contract, 'id' | 'title' | 'status' | 'startDate' | 'endDate'> {
  trainer: string;
  unit: string;
  consumed: number;
  budget: ApiBudget;
  usage: UsageRecord[];
}

interface Happening {
  eventId: string;
  type: string;
  about: string;
  state: string;
  tone: 'good' | 'bad' | '';
  attempts: string;
  deliveryId: string | null;
}

export interface ControlPage {
  baseUrl: string;
  consentPath: string;
  jobs: Job[];
  trainers: Trainer[];
  contracts: ContractCard[];
  install: Install | null;
  scopes: { scope: Scope; granted: boolean }[];
  links: (Link & { job: string })[];
  endpoints: ApiWebhookEndpoint[];
  heldEvents: number;
  dropNext: number;
  happenings: Happening[];
  requests: LoggedRequest[];
}

/** The data of the page at this moment. */
export function controlPage({ state, events }: Platform, control: SandboxControl, baseUrl: string): ControlPage {
  const install = latestInstall(state) ?? null;
  return {
    baseUrl,
    consentPath: `/integrations/${state.app.slug}/connect`,
    jobs: [...state.jobs.values()],
    trainers: [...state.trainers.values()],
    contracts: [...state.contracts.values()]
      .reverse()
      .slice(0, NEWEST)
      .map((contract) => contractCard(state, contract)),
    install,
    scopes: scopes.map((scope) => ({ scope, granted: install?.scopes.includes(scope) ?? false })),
    links: [...state.links.values()].map((link) => ({ ...link, job: jobTitle(state, link.jobId) })),
    endpoints: [...state.endpoints.values()].map(viewEndpoint),
    heldEvents: state.events.filter(({ fate }) => fate === 'held').length,
    dropNext: events.faults.dropNext,
    happenings: state.events
      .slice(-NEWEST)
      .reverse()
      .flatMap((recorded) => happenings(state, recorded)),
    requests: control.requestLog().slice(-NEWEST).reverse(),
  };
}

function contractCard(state: State, contract: Contract): ContractCard {
  const budget = viewBudget(state, contract);
  const units = { PAY_PER_HOUR: 'hours', PAY_PER_LABEL: 'labels', FIXED_PRICE: '(fixed price)' };
  return {
    ...contract,
    trainer: state.trainers.get(contract.trainerId ?? '')?.displayName ?? 'nobody',
    unit: budget.paymentType === null ? '(no payment type)' : units[budget.paymentType],
    consumed: Math.round(budget.consumedVolume * 100) / 100,
    budget,
    usage: usageOf(state, contract.id).reverse(),
  };
}

function jobTitle(state: State, jobId: string | null): string {
  return state.jobs.get(jobId ?? '')?.title ?? 'none';
}

/** One row for each delivery of an event, or one for an event that went nowhere. */
function happenings(state: State, recorded: RecordedEvent): Happening[] {
  const { event, fate } = recorded;
  const common = { eventId: event.id, type: event.type, about: aboutWhom(state, recorded) };
  const deliveries = [...state.deliveries.values()].filter((delivery) => delivery.eventId === event.id);
  if (deliveries.length === 0) {
    const words = { sent: 'nobody subscribed', held: 'held back', dropped: 'dropped' };
    return [{ ...common, state: words[fate], tone: fate === 'dropped' ? 'bad' : '', attempts: '', deliveryId: null }];
  }
  return deliveries.map((delivery) => ({
    ...common,
    state: describeDelivery(delivery),
    tone: toneOf(delivery),
    attempts: delivery.attempts.map((attempt) => attempt.status ?? attempt.error ?? '').join(', '),
    deliveryId: delivery.id,
  }));
}

function aboutWhom(state: State, { event, installId }: RecordedEvent): string {
  const contract = state.contracts.get(event.resourceId);
  if (contract !== undefined) return state.trainers.get(contract.trainerId ?? '')?.displayName ?? event.resourceId;
  return event.jobId === null ? installId : jobTitle(state, event.jobId);
}

function describeDelivery(delivery: Delivery): string {
  if (delivery.status !== 'PENDING' || delivery.inFlight) return delivery.inFlight ? 'sending' : delivery.status;
  const minutes = Math.max(0, Math.ceil((delivery.dueAt - performance.now()) / 60_000));
  return delivery.attempts.length === 0 ? 'waiting' : `again in ${minutes} min`;
}

function toneOf(delivery: Delivery): Happening['tone'] {
  if (delivery.status === 'SUCCEEDED') return 'good';
  return delivery.status === 'PENDING' ? '' : 'bad';
}
