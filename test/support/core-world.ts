/** The core without a tool's server: a real store, an OpenTrain sandbox on the same clock, a tool in memory. */
import { pino } from 'pino';
import { causeField } from '../../plugin/cause.ts';
import type { PluginContext } from '../../plugin/context.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { createKeys } from '../../plugin/keys.ts';
import { eventRules } from '../../plugin/mirror/apply-event.ts';
import { watchDrift } from '../../plugin/mirror/contract-drift.ts';
import { liveToken } from '../../plugin/mirror/token.ts';
import { OpenTrainClient } from '../../plugin/platform/client.ts';
import { listItems, type QueueItem } from '../../plugin/queue/items.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { latestDeliveries, storeDeliveries } from '../../plugin/webhooks/deliveries.ts';
import { processDeliveries } from '../../plugin/webhooks/process-delivery.ts';
import { ModelTool } from './model-tool.ts';
import { type FreshStore, freshStore, type StoreKind } from './store.ts';

export interface LogLine {
  level: number;
  msg: string;
  [field: string]: unknown;
}

export interface CoreWorldOptions {
  settings?: Record<string, string>;
  sandbox?: Parameters<typeof startSandbox>[0];
}

const TABLES = [
  'installs secrets project_links contracts trainers contract_trainers',
  'deliveries queue_items webhook_endpoints schedule_slots',
  'usage_days usage_sending usage_corrections usage_refusals usage_cuts notices',
  'access access_holds access_journal invitations audit_log counters outages budgets budget_history',
].flatMap((names) => names.split(' '));

export class CoreWorld {
  readonly store: FreshStore;
  readonly sandbox: Sandbox;
  readonly clock: { time: Date; now: () => Date };
  readonly tool = new ModelTool();
  /** What was logged, as pino writes it. */
  readonly log: LogLine[] = [];
  readonly context: PluginContext;
  #deliveries = 0;
  #projects = 0;

  private constructor(
    parts: Pick<CoreWorld, 'store' | 'sandbox' | 'clock'>,
    settings: Record<string, string>,
    openTrain: { wait?: (milliseconds: number) => Promise<void> },
  ) {
    this.store = parts.store;
    this.sandbox = parts.sandbox;
    this.clock = parts.clock;
    const log = pino(
      { level: 'debug', mixin: causeField },
      { write: (line: string) => void this.log.push(JSON.parse(line)) },
    );
    const loaded = loadSettings({ environment: { ...baseSettings(parts), ...settings } });
    const keys = createKeys('a secret for tests only, and nothing else');
    const { database } = parts.store;
    this.context = {
      settings: loaded,
      database,
      clock: this.clock,
      log,
      keys,
      openTrain: new OpenTrainClient({
        baseUrl: this.sandbox.baseUrl,
        token: () => liveToken({ settings: loaded, database, keys }),
        log,
        clock: this.clock,
        wait: openTrain.wait ?? (async () => undefined),
        onDrift: watchDrift({ database, clock: this.clock, log }),
      }),
      tool: this.tool,
      describeTool: () => this.tool.describe(),
      gatewayRules: null,
      mailer: null,
    };
  }

  /**
   * A new world in this store, which is emptied: making a store costs more than a test. The clock stands at noon (UTC) of
   * 2031-05-20 until the test turns it. Waits between retries take no time.
   */
  static async open(store: FreshStore, options: CoreWorldOptions = {}): Promise<CoreWorld> {
    const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
    const sandbox = await startSandbox({ clock, ...options.sandbox });
    for (const table of TABLES) await store.database(table).delete();
    return new CoreWorld({ store, sandbox, clock }, options.settings ?? {}, {});
  }

  later(milliseconds: number): void {
    this.clock.time = new Date(this.clock.time.getTime() + milliseconds);
  }

  /** A job with a link to a project of its own. */
  async linkedJob(title = 'Label cats'): Promise<{ jobId: string; linkId: string; projectId: string }> {
    const { id: jobId } = this.sandbox.control.createJob({ title });
    const { linkId, projectId } = await this.link(jobId);
    return { jobId, linkId, projectId };
  }

  async link(jobId: string): Promise<{ linkId: string; projectId: string }> {
    this.#projects += 1;
    const projectId = String(this.#projects);
    const link = await this.context.openTrain.createProjectLink({ externalProjectId: projectId, jobId });
    return { linkId: link.id, projectId };
  }

  /** A trainer hired on a job. */
  hire(jobId: string, displayName = 'Ada L.'): { contractId: string; trainerId: string } {
    const { opentrainUserId: trainerId } = this.sandbox.control.createTrainer({ displayName });
    return { contractId: this.sandbox.control.hire({ jobId, trainerId }).id, trainerId };
  }

  /** The event that OpenTrain emitted last, of this type. */
  lastEvent(type: string): Record<string, unknown> {
    const found = this.sandbox.state.events.findLast(({ event }) => event.type === type);
    if (!found) throw new Error(`no ${type} was emitted`);
    return { ...found.event };
  }

  /** Stores events as deliveries, works them off in this order, and returns their outcomes. */
  async deliver(...events: readonly object[]): Promise<(string | null)[]> {
    const ids: string[] = [];
    for (const event of events) {
      this.#deliveries += 1;
      const id = `test_${this.#deliveries}`;
      ids.push(id);
      const { id: eventId = '', type: eventType = '' } = { ...event } as { id?: string; type?: string };
      const delivery = { id, eventId, eventType, body: JSON.stringify(event), headers: {} };
      await storeDeliveries(this.context.database, [{ ...delivery, receivedAt: this.clock.now() }]);
      const rows = await latestDeliveries(this.context.database, 1000);
      await processDeliveries(
        { ...this.context, rules: eventRules },
        rows.filter((row) => row.id === id),
      );
    }
    const rows = await latestDeliveries(this.context.database, 1000);
    return ids.map((id) => rows.find((row) => row.id === id)?.outcome ?? null);
  }

  /** The work that is due, as "kind key", sorted. */
  async due(): Promise<string[]> {
    return (await listItems(this.context.database)).map(({ kind, key }) => `${kind} ${key}`).sort();
  }

  async queueItem(kind: string, key: string): Promise<QueueItem | undefined> {
    return (await listItems(this.context.database)).find((row) => row.kind === kind && row.key === key);
  }

  /** Takes all work off, as if it had been done. */
  async forgetItems(): Promise<void> {
    await this.context.database('queue_items').delete();
  }

  async close(): Promise<void> {
    await this.sandbox.close();
  }
}

function baseSettings({ sandbox, store }: Pick<CoreWorld, 'sandbox' | 'store'>): Record<string, string> {
  return {
    OPENTRAIN_BASE_URL: sandbox.baseUrl,
    OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
    TOOL_ADAPTER: 'label-studio',
    TOOL_BASE_URL: 'http://127.0.0.1:1',
    TOOL_PUBLIC_URL: 'https://tool.example.com',
    TOOL_API_TOKEN: 'none',
    DATABASE_URL: store.url,
    PLUGIN_PUBLIC_URL: 'http://127.0.0.1:8790',
  };
}

/** To be called within a `describe`: one store for all of its tests, and a new world in it, told to `open`, before each. */
export function useCoreWorld(kind: StoreKind, open: (world: CoreWorld, store: FreshStore) => unknown): void {
  let store: FreshStore;
  let world: CoreWorld;
  before(async () => {
    store = await freshStore(kind);
  });
  after(() => store.drop());
  beforeEach(async () => {
    world = await CoreWorld.open(store);
    await open(world, store);
  });
  afterEach(() => world.close());
}
