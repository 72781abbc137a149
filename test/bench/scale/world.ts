/** The plugin on a filled store, with a tool and an OpenTrain in memory that agree with what is stored. */
import { pino } from 'pino';
import { type Project, type TallyQuery, type TallyRow, WHOLE_TOOL } from '../../../adapters/tool.ts';
import type { PluginContext } from '../../../plugin/context.ts';
import { createKeys } from '../../../plugin/keys.ts';
import { eventRules } from '../../../plugin/mirror/apply-event.ts';
import type { ContractList } from '../../../plugin/platform/client.ts';
import type { Answer } from '../../../plugin/platform/http.ts';
import type { Contract, Install, ProjectLink } from '../../../plugin/platform/types.ts';
import { Worker } from '../../../plugin/queue/worker.ts';
import { createHandlers } from '../../../plugin/service/handlers.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { migrate } from '../../../plugin/store/migrate.ts';
import { storeDeliveries } from '../../../plugin/webhooks/deliveries.ts';
import { DeliveryLoop } from '../../../plugin/webhooks/delivery-loop.ts';
import { processDeliveries } from '../../../plugin/webhooks/process-delivery.ts';
import { FakeOpenTrain } from '../../support/fake-open-train.ts';
import { ModelTool } from '../../support/model-tool.ts';
import { emptyDatabase, type FreshStore, type StoreKind } from '../../support/store.ts';
import { dayBefore, fill, jobOf, type Size } from './fill.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Holds the work that the store has as accepted. */
class BigTool extends ModelTool {
  /** When access was last taken away, by performance.now(). */
  lastRemovalAt = 0;
  /** Days of projects that were counted: two projects on three days are six. */
  projectDays = 0;
  readonly #size: Size;
  readonly #contractsOfJob: Map<number, number[]>;

  constructor(size: Size) {
    super();
    this.#size = size;
    const all = Array.from({ length: size.contracts }, (_, index) => index);
    this.#contractsOfJob = Map.groupBy(all, (contract) => jobOf(contract, size));
    for (let index = 0; index < size.trainers; index += 1) {
      this.add(`t${index}@opentrain.work`, { places: [WHOLE_TOOL] });
    }
  }

  override async listProjects(): Promise<Project[]> {
    return Array.from({ length: this.#size.jobs }, (_, id) => ({ id: String(id), title: `Project ${id}` }));
  }

  override async revoke(...parameters: Parameters<ModelTool['revoke']>): ReturnType<ModelTool['revoke']> {
    const reaches = await super.revoke(...parameters);
    this.lastRemovalAt = performance.now();
    return reaches;
  }

  override async tally(query?: TallyQuery): Promise<TallyRow[]> {
    if (!query) return [];
    const { days, trainers } = this.#size;
    const [from, until] = [query.from.toISOString().slice(0, 10), query.until.toISOString().slice(0, 10)];
    const now = Date.now();
    const wanted = Array.from({ length: days }, (_, index) => dayBefore(now, index + 1)).filter(
      (day) => day >= from && day < until,
    );
    this.projectDays += query.projectIds.length * Math.round((query.until.getTime() - query.from.getTime()) / DAY_MS);
    return query.projectIds.flatMap((projectId) =>
      (this.#contractsOfJob.get(Number(projectId)) ?? []).flatMap((contract) => {
        const trainer = contract % trainers;
        const common = { projectId, toolUserId: String(trainer + 1), email: `t${trainer}@opentrain.work` };
        const counts = {
          tasks: 10,
          annotations: 10,
          regions: 10,
          seconds: 600,
          cappedAnnotations: 0,
          cappedSeconds: 0,
        };
        return wanted.map((day) => ({ ...common, day, ...counts }));
      }),
    );
  }
}

/** Tells what the store was filled with. */
class BigOpenTrain extends FakeOpenTrain {
  contractsByLink = new Map<string, Contract[]>();
  linkList: ProjectLink[] = [];

  override async currentInstall(): Promise<Install> {
    const common = { id: 'inst', status: 'ACTIVE', organizationId: 'org', createdAt: null };
    return { ...common, scopes: ['participants:email'], piiConsent: true };
  }

  override async projectLinks(): Promise<Answer<ProjectLink[]>> {
    return { value: this.linkList, asOf: new Date() };
  }

  override async contracts(query: { projectLinkId?: string; status?: 'active' | 'ended' }): Promise<ContractList> {
    const all = this.contractsByLink.get(query.projectLinkId ?? '') ?? [];
    return {
      value: all.filter(({ status }) => status === query.status).slice(0, 200),
      asOf: new Date(),
      complete: true,
    };
  }
}

export interface ScaleWorld {
  context: PluginContext;
  store: FreshStore;
  size: Size;
  tool: BigTool;
  /** Statements since the last call. */
  statements(): number;
  close(): Promise<void>;
}

/** A filled store that nobody has open, to make copies of. */
export async function filledStore(kind: StoreKind, size: Size): Promise<{ url: string; remove: () => Promise<void> }> {
  const { url, remove } = await emptyDatabase(kind);
  const database = openDatabase(url, { statementTimeoutMs: HOUR_MS });
  await migrate(database);
  await fill(database, size, Date.now());
  await database.destroy();
  return { url, remove };
}

/** The plugin on a store that was filled with this much. It is dropped at the end. */
export async function scaleWorld(store: FreshStore, size: Size): Promise<ScaleWorld> {
  const { database } = store;
  const tool = new BigTool(size);
  const openTrain = new BigOpenTrain();
  openTrain.today = new Date().toISOString().slice(0, 10);
  await tellWhatIsStored(store, openTrain);
  let statements = 0;
  database.on('query', () => {
    statements += 1;
  });
  const environment = { TOOL_BASE_URL: 'http://tool.test', TOOL_API_TOKEN: 'none', OPENTRAIN_PARTNER_TOKEN: 'none' };
  const context: PluginContext = {
    settings: loadSettings({ environment }),
    database,
    clock: { now: () => new Date() },
    log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    keys: createKeys('x'.repeat(32)),
    openTrain,
    tool,
    describeTool: () => tool.describe(),
    gatewayRules: null,
    mailer: null,
  };
  const counted = (): number => {
    const count = statements;
    statements = 0;
    return count;
  };
  return { context, store, size, tool, statements: counted, close: () => store.drop() };
}

async function tellWhatIsStored({ database }: FreshStore, openTrain: BigOpenTrain): Promise<void> {
  const rows: {
    id: string;
    job_id: string;
    status: 'active' | 'ended';
    title: string;
    start_date: string;
    end_date: string | null;
  }[] = await database('contracts').select('id', 'job_id', 'status', 'title', 'start_date', 'end_date');
  const contracts = rows.map((row) => ({
    ...{ id: row.id, status: row.status, jobId: row.job_id, title: row.title, startDate: row.start_date },
    ...{ endDate: row.end_date, createdAt: null, projectLinkIds: [] },
  }));
  openTrain.contractsByLink = Map.groupBy(contracts, ({ jobId }) => jobId.replace('job', 'l'));
  openTrain.linkList = [...openTrain.contractsByLink.keys()].map((id) => ({
    ...{
      id,
      jobId: id.replace('l', 'job'),
      externalProjectId: id.slice(1),
      externalProjectName: `Project ${id.slice(1)}`,
    },
    ...{ externalProjectUrl: null, provisioningMode: 'PARTNER_WEBHOOK', createdAt: null },
  }));
}

/** Ends these contracts by deliveries, and works until nothing is due. Milliseconds to the last removal in the tool, and to the end. */
export async function endContracts(
  { context, size, tool }: ScaleWorld,
  first: number,
  count: number,
): Promise<{ removedMs: number; settledMs: number }> {
  const { database, clock, log } = context;
  const now = new Date();
  const deliveries = Array.from({ length: count }, (_, index) => endDelivery(first + index, size, now));
  for (let start = 0; start < count; start += 100)
    await storeDeliveries(database, deliveries.slice(start, start + 100));
  const worker = new Worker({
    ...{ database, clock, log, role: 'start', handlers: createHandlers(context) },
    countsWait: () => loop.isBehind,
  });
  const loop: DeliveryLoop = new DeliveryLoop({
    ...{ database, clock, log, role: 'start' as const },
    apply: (rows) => processDeliveries({ ...context, rules: eventRules }, rows),
    onApplied: () => worker.wake(),
  });
  const startedAt = performance.now();
  loop.start();
  worker.start();
  while (await isAnythingDue(database)) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (performance.now() - startedAt > HOUR_MS / 6) throw new Error('it did not settle within ten minutes');
  }
  const settledMs = performance.now() - startedAt;
  await loop.stop(1_000);
  await worker.stop(1_000);
  const { gone } = await database('access')
    .whereIn(
      'trainer_id',
      deliveries.map((_, index) => `t${first + index}`),
    )
    .where({ state: 'revoked' })
    .count({ gone: '*' })
    .first<{ gone: number }>();
  if (Number(gone) !== count) throw new Error(`only ${gone} of ${count} trainers are out`);
  return { removedMs: tool.lastRemovalAt - startedAt, settledMs };
}

/** What waits on purpose, such as a mail that gathers several ends, is not waited for. */
async function isAnythingDue(database: Database): Promise<boolean> {
  const item = await database('queue_items')
    .where((row) => row.whereNull('due_at').orWhere('due_at', '<', Date.now() + MINUTE_MS))
    .first('kind');
  return item !== undefined || (await database('deliveries').whereNull('finished_at').first('id')) !== undefined;
}

function endDelivery(number: number, size: Size, now: Date) {
  const job = jobOf(number, size);
  const contract = {
    id: `c${number}`,
    status: 'ended',
    jobId: `job${job}`,
    title: `Contract ${number}`,
    endDate: now.toISOString(),
  };
  const event = {
    ...{ id: String(10_000_000 + number), type: 'contract.ended', createdAt: now.toISOString() },
    ...{ resourceId: contract.id, jobId: contract.jobId },
    data: { contract, freelancer: { opentrainUserId: `t${number}`, displayName: `Trainer ${number}` } },
  };
  return {
    ...{ id: `end${number}`, eventId: event.id, eventType: event.type, receivedAt: now },
    ...{ body: JSON.stringify(event), headers: {} },
  };
}
