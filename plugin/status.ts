/** What `status` and the console's overview show, computed from the store: neither OpenTrain nor the tool is called. */
import type { PluginContext } from './context.ts';
import { manifest } from './manifest.ts';
import { type ConnectionStatus, type OutageStatus, readConnection, readOutages } from './status/connection.ts';
import {
  type BudgetStatus,
  type ContractsStatus,
  contractsStatus,
  type RefusalStatus,
  readBudgets,
  readRefusals,
} from './status/money.ts';
import { readTrainers, type TrainerStatus } from './status/people.ts';
import { type Problem, problemsOf } from './status/problems.ts';
import { type DeliveryStatus, readDeliveries, readWork, type WorkStatus } from './status/waiting.ts';
import { allContracts } from './store/contracts.ts';
import { allCounters } from './store/counters.ts';
import { allProjectLinks, type LabelUnit } from './store/project-links.ts';

export interface LinkStatus {
  id: string;
  jobId: string | null;
  projectId: string;
  projectName: string | null;
  projectUrl: string | null;
  provisioningMode: string;
  labelUnit: LabelUnit;
  createdAt: number;
}

export interface CounterStatus {
  name: string;
  count: number;
  lastAt: number;
  lastDetail: string | null;
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
  connection: ConnectionStatus;
  outages: OutageStatus[];
  /** Live links. */
  links: LinkStatus[];
  contracts: ContractsStatus;
  trainers: TrainerStatus[];
  budgets: BudgetStatus[];
  refusals: RefusalStatus[];
  work: WorkStatus[];
  deliveries: DeliveryStatus;
  /** Refused deliveries and the like. */
  counters: CounterStatus[];
}

/** The status now. Throws what the store throws. */
export async function readStatus(context: PluginContext): Promise<Status> {
  const { database, settings } = context;
  const contracts = await allContracts(database);
  const outages = await readOutages(context);
  const down = outages.map(({ dependency }) => dependency);
  const known = {
    at: context.clock.now().getTime(),
    version: manifest.version,
    accessPolicy: settings.accessPolicy,
    tool: { adapter: settings.tool.adapter, url: settings.tool.publicUrl },
    mail: context.mailer ? ('on' as const) : ('off' as const),
    connection: await readConnection(context),
    outages,
    links: await readLinks(context),
    contracts: contractsStatus(contracts),
    trainers: await readTrainers(context),
    budgets: await readBudgets(context, contracts),
    refusals: await readRefusals(context, contracts),
    work: await readWork(context, down),
    deliveries: await readDeliveries(context),
    counters: (await allCounters(database)).map(({ name, count, last_at, last_detail }) => ({
      name,
      count,
      lastAt: last_at,
      lastDetail: last_detail,
    })),
  };
  return { ...known, problems: problemsOf(known) };
}

async function readLinks({ database }: PluginContext): Promise<LinkStatus[]> {
  const rows = await allProjectLinks(database);
  return rows
    .filter((row) => row.removed_at === null)
    .map((row) => ({
      id: row.id,
      jobId: row.job_id,
      projectId: row.external_project_id,
      projectName: row.external_project_name,
      projectUrl: row.external_project_url,
      provisioningMode: row.provisioning_mode,
      labelUnit: row.label_unit,
      createdAt: row.created_at,
    }));
}
