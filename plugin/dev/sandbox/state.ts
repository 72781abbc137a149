/** What the sandbox remembers, in memory: gone when it stops. Maps keep the order in which things were made. */
import { createHash } from 'node:crypto';
import type { ApiEvent } from './schemas.ts';
import type { EventType, Scope } from './vocabulary.ts';

export interface PartnerApp {
  id: string;
  name: string;
  slug: string;
  description: string;
  website: string;
  /** Up to ten http(s) addresses; a `redirect_uri` must have the same origin and a path that starts with one of them. */
  redirectBases: string[];
  /** What the consent page asks for. */
  scopes: Scope[];
  active: boolean;
}

export interface Organization {
  id: string;
  name: string;
  /** The annotation-platform feature on the employer's account. */
  featureEnabled: boolean;
}

export interface Install {
  id: string;
  organizationId: string;
  /** INACTIVE is refused with 403; the tokens of a REVOKED one are revoked too, so they are refused with 401. */
  status: 'ACTIVE' | 'INACTIVE' | 'REVOKED';
  scopes: Scope[];
  piiConsent: boolean;
  createdAt: string;
  /** The install of the next approval, when that made a new one. */
  successorId: string | null;
  /** Contracts that this grant does not see, whatever it links. */
  hiddenContractIds: string[];
}

export interface Token {
  id: string;
  name: string;
  installId: string;
  revoked: boolean;
}

export type PaymentType = 'PAY_PER_HOUR' | 'PAY_PER_LABEL' | 'FIXED_PRICE';

export interface Job {
  id: string;
  organizationId: string;
  title: string;
  /** null: not set yet; then nothing is funded or consumed by volume. */
  paymentType: PaymentType | null;
  /** Volume (hours or labels) and dollars of the milestone that each new contract starts with; 0 for none. */
  fundedVolume: number;
  fundedAmountUsd: number;
}

export interface Trainer {
  opentrainUserId: string;
  displayName: string;
  country: string | null;
  profileUrl: string;
  /** Not checked here, so that a wrong address can be played. */
  workEmail: string | null;
}

export interface Milestone {
  id: string;
  name: string;
  amountUsd: number;
  /** null for FIXED_PRICE, and while no payment type is set. */
  volume: number | null;
  status: 'ACTIVE_FUNDED';
}

/** What is stored for one (worker, day) of a contract; null where it was never reported. */
export interface UsageRecord {
  workerOpentrainUserId: string;
  /** YYYY-MM-DD */
  workDate: string;
  totalSeconds: number | null;
  tasksCompleted: number | null;
  labelsCompleted: number | null;
  externalReportId: string | null;
  reportedAt: string;
}

export interface Contract {
  id: string;
  jobId: string;
  title: string;
  status: 'active' | 'ended';
  /** ISO instants, unless a test plays a bare day. */
  startDate: string;
  endDate: string | null;
  createdAt: string;
  /** The hired trainer; null after they were taken off the contract. */
  trainerId: string | null;
  milestones: Milestone[];
  /** By `worker day`. */
  usage: Map<string, UsageRecord>;
  /** Work done on OpenTrain itself. */
  firstParty: { seconds: number; tasks: number; labels: number };
  lastUsageAt: string | null;
}

export interface Link {
  id: string;
  installId: string;
  jobId: string | null;
  externalProjectId: string;
  externalProjectName: string | null;
  externalProjectUrl: string | null;
  provisioningMode: 'PARTNER_WEBHOOK' | 'MANAGED_ADAPTER';
  createdAt: string;
}

export interface Endpoint {
  id: string;
  installId: string;
  url: string;
  eventTypes: EventType[];
  secret: string;
  status: 'ACTIVE' | 'DISABLED';
  createdAt: string;
  consecutiveFailures: number;
  disabledAt: string | null;
  disabledReason: string | null;
}

export interface RecordedEvent {
  event: ApiEvent;
  installId: string;
  /** The endpoints that were active and subscribed when it happened. */
  endpointIds: string[];
  fate: 'sent' | 'held' | 'dropped';
}

export interface Attempt {
  at: string;
  /** HTTP status, null when there was no answer. */
  status: number | null;
  error: string | null;
}

export interface Delivery {
  id: string;
  endpointId: string;
  eventId: string;
  type: EventType;
  body: string;
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED' | 'DISCARDED';
  createdAt: string;
  attempts: Attempt[];
  /** Attempts since it was queued or last requeued; at five it has failed. */
  attemptsThisRound: number;
  /** When the next attempt is due, in milliseconds of the monotonic clock. */
  dueAt: number;
  inFlight: boolean;
  /** How often it is still to be sent again after an acknowledgement. */
  repeats: number;
}

export interface State {
  app: PartnerApp;
  /** How many links one install may have. The real number is not documented. */
  linkLimit: number;
  /** The employer that control calls mean when they name none. */
  defaultOrganizationId: string;
  organizations: Map<string, Organization>;
  installs: Map<string, Install>;
  /** By the SHA-256 of the token: the token itself is shown once and not kept. */
  tokens: Map<string, Token>;
  jobs: Map<string, Job>;
  trainers: Map<string, Trainer>;
  contracts: Map<string, Contract>;
  links: Map<string, Link>;
  endpoints: Map<string, Endpoint>;
  events: RecordedEvent[];
  deliveries: Map<string, Delivery>;
}

/** The key under which a token is kept: its SHA-256 in hex. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The newest install of an employer (the default one when none is named), revoked or not; undefined before the first. */
export function latestInstall(state: State, organizationId = state.defaultOrganizationId): Install | undefined {
  return [...state.installs.values()].findLast((install) => install.organizationId === organizationId);
}

/** What was reported for a contract, by worker and day, oldest first. Empty for an unknown contract. */
export function usageOf(state: State, contractId: string): UsageRecord[] {
  const records = [...(state.contracts.get(contractId)?.usage.values() ?? [])];
  const key = (record: UsageRecord): string => `${record.workDate} ${record.workerOpentrainUserId}`;
  return records.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
