/** What `status` and the console's overview show, as data. */

import type { NewAccountRow } from '../access/new-accounts.ts';
import type { OtherDatabase } from '../access/tool-database.ts';
import type { WarnedBudget } from '../budget/warned-budgets.ts';
import type { LabelUnit } from '../mirror/project-links.ts';
import type { LinkStanding } from '../mirror/whose-link.ts';
import type { SignsOfLife } from '../queue/heartbeats.ts';
import type { RefusalStatus } from '../usage/refused-days.ts';
import type { ConnectionStatus, OutageStatus } from './connection.ts';
import type { ContractsStatus } from './contracts.ts';
import type { Matter } from './matters.ts';
import type { TrainerState, TrainerStatus } from './people.ts';
import type { UncoveredStatus } from './uncovered.ts';
import type { UnreadableStatus } from './unreadable.ts';
import type { DeliveryStatus, ItemStatus } from './waiting.ts';

/** What problems are grouped by, in the order that they are shown in. */
export const problemGroups = [
  'Running',
  'Connection',
  'Projects',
  'Trainers and access',
  'Unknown accounts',
  'Work and budgets',
  'Queue and deliveries',
] as const;
export type ProblemGroup = (typeof problemGroups)[number];

export interface Problem {
  matter: Matter;
  group: ProblemGroup;
  /** Whom it is about, where it is about one trainer. */
  trainerId?: string;
  /** The page of the console where it is decided, where there is one. */
  page?: { path: string; name: string };
  /** `urgent`: somebody has too much or too little access, or nothing moves. `watch`: it will need something soon. */
  severity: 'urgent' | 'watch';
  /** What is wrong, with whom. */
  what: string;
  /** What to do about it. */
  remedy: string;
  /** Milliseconds since 1970 UTC; null when it has always been so. */
  since: number | null;
}

/** Where settings are shown, and changed where they may be. */
export const SETTINGS_PAGE = { path: '/console/settings', name: 'Open the settings' };

/** A problem before its group is known. */
export type UngroupedProblem = Omit<Problem, 'group'>;

/** A problem that cannot wait for the morning. */
export interface Alert {
  /** The same for as long as it is the same problem: "removal of usr_1". */
  matter: string;
  /** After how many days it is told again while it lasts. */
  repeatDays: number;
  what: string;
  remedy: string;
}

export interface LinkStatus {
  id: string;
  jobId: string | null;
  projectId: string;
  /** As OpenTrain has it: the project's id, with the tool's name behind it where another tool's link has that id. */
  externalProjectId: string;
  /** Whose the link is; `missing`: the tool does not have the project; `unconfirmed`: it was not asked yet. */
  standing: LinkStanding;
  /** Its address is not below TOOL_PUBLIC_URL, and only an admin can say whether it is this tool's. */
  isElsewhere: boolean;
  /** When the tool was asked for the project last. */
  projectAskedAt: number | null;
  projectName: string | null;
  projectUrl: string | null;
  provisioningMode: string;
  labelUnit: LabelUnit;
  createdAt: number;
  /** Since when OpenTrain does not know it, as a reconnect left it behind; null when it is linked. */
  notLinkedSince: number | null;
}

export interface CounterStatus {
  name: string;
  count: number;
  lastAt: number;
  lastDetail: string | null;
}

/** How many there are, whatever is listed. */
export interface StatusTotals {
  /** Trainers by state. */
  trainers: Partial<Record<TrainerState, number>>;
  /** Queue items by kind. */
  queue: Record<string, number>;
}

/** All times are milliseconds since 1970 UTC. */
export interface Status {
  at: number;
  version: string;
  /** What needs an admin, the most urgent first. */
  problems: Problem[];
  accessPolicy: 'sync' | 'grant-only' | 'observe';
  tool: { adapter: string; url: string };
  mail: 'on' | 'off';
  /** Whether work can be counted: off without TOOL_DATABASE_URL. */
  counting: 'on' | 'off';
  /** Another database in the place of the tool's known one: until it is confirmed, nothing is counted and nobody is let in or removed. */
  otherDatabase: OtherDatabase | null;
  /** Whether `start` runs, and how old regular work is. */
  life: SignsOfLife;
  /** The plugin's own store, without user and password, and where DATABASE_URL was set. */
  store: { at: string; from: string };
  connection: ConnectionStatus;
  /** Work of the last 14 days that no contract covers: it is not submitted, and in no total. */
  uncovered: UncoveredStatus[];
  /** Days whose work cannot be read: they are held back. */
  unreadable: UnreadableStatus[];
  outages: OutageStatus[];
  /** Live links, those of other tools too. */
  links: LinkStatus[];
  contracts: ContractsStatus;
  trainers: TrainerStatus[];
  budgets: WarnedBudget[];
  refusals: RefusalStatus[];
  queue: ItemStatus[];
  totals: StatusTotals;
  deliveries: DeliveryStatus;
  /** Accounts of the tool that joined since the first start and that no contract explains, as of the last look. */
  newAccounts: NewAccountRow[];
  /** Refused deliveries and the like. */
  counters: CounterStatus[];
}
