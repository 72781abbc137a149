/** What Prometheus reads: each gauge, and how it is set from what the store says. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { budgetStates } from '../platform/types.ts';
import type { Counts } from '../status/counts.ts';
import { matters } from '../status/matters.ts';
import { trainerStates } from '../status/people.ts';
import { dependencyNames } from '../status/problems.ts';
import type { Problem } from '../status/status-types.ts';
import type { Totals } from '../usage/totals.ts';

const PREFIX = 'opentrain_plugin_';

type Gauges = ReturnType<typeof createGauges>;

/** What the gauges tell, read at one scrape. */
export interface Facts {
  counts: Counts;
  usage: Totals;
  problems: readonly Problem[];
}

/** The gauges with a registry of their own, and this process's own metrics. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges: Gauges;

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX });
    this.#gauges = createGauges(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in Prometheus's text format. */
  text({ counts, usage, problems }: Facts, now: Date): Promise<string> {
    // No await until everything is set: two scrapes at once must not mix.
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    setCounts(this.#gauges, counts, now);
    setMatters(this.#gauges, problems);
    for (const field of ['tasks', 'labels', 'seconds'] as const) this.#gauges.usage.set({ field }, usage[field] ?? 0);
    return this.#registry.metrics();
  }
}

function createGauges(registry: Registry) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> =>
    new Gauge({ name: PREFIX + name, help, labelNames, registers: [registry] });
  return {
    connected: gauge('connected', 'Whether OpenTrain accepts our token (1) or not (0).'),
    outage: gauge('outage_seconds', 'For how long a dependency has been down; 0 when it works.', ['dependency']),
    trainers: gauge('trainers', 'Trainers by the state of their access.', ['state']),
    contracts: gauge('contracts', 'Contracts by status.', ['status']),
    finalCounts: gauge('final_counts_due', 'Ended contracts whose final count was not accepted yet.'),
    links: gauge('project_links', 'Live project links.'),
    work: gauge('queue_items', 'Pieces of work by kind and whether they fail.', ['kind', 'state']),
    deliveries: gauge('deliveries', 'Kept deliveries by what came of them.', ['outcome']),
    lastDelivery: gauge('last_delivery_timestamp_seconds', 'When a delivery came last.'),
    lastSync: gauge('last_sync_timestamp_seconds', 'When work was counted and submitted last; 0: never.'),
    lastReconcile: gauge('last_reconcile_timestamp_seconds', 'When OpenTrain was read last; 0: never.'),
    running: gauge('running', 'How many `start` processes told within 90 s that they run.'),
    oldestItem: gauge('oldest_queue_item_seconds', 'How long the longest waiting queue item has been due; 0: none is.'),
    oldestDelivery: gauge(
      'oldest_delivery_seconds',
      'How long ago the oldest delivery came that is not applied; 0: none.',
    ),
    counted: gauge('counted', 'Counted since installation, such as refused deliveries.', ['name']),
    budgets: gauge('budgets', 'Budgets of active contracts by state.', ['state']),
    actionRequired: gauge('action_required', 'What “action required” lists on the overview, by matter.', ['matter']),
    refusals: gauge('usage_refusals', 'Days of usage that OpenTrain refuses.'),
    usage: gauge('usage_accepted', 'Usage that OpenTrain holds, in total.', ['field']),
  };
}

function setCounts(gauges: Gauges, counts: Counts, now: Date): void {
  const { outages, deliveries } = counts;
  gauges.connected.set(counts.connected ? 1 : 0);
  for (const dependency of Object.keys(dependencyNames)) {
    const outage = outages.find((known) => known.dependency === dependency);
    gauges.outage.set({ dependency }, outage ? (now.getTime() - outage.since) / 1_000 : 0);
  }
  for (const state of trainerStates) gauges.trainers.set({ state }, counts.trainers.get(state) ?? 0);
  for (const status of ['active', 'ended']) gauges.contracts.set({ status }, counts.contracts.get(status) ?? 0);
  gauges.finalCounts.set(counts.finalCountsDue);
  gauges.links.set(counts.links);
  for (const { kind, failing, count } of counts.work) {
    gauges.work.set({ kind, state: failing ? 'failing' : 'waiting' }, count);
  }
  gauges.deliveries.set({ outcome: 'waiting' }, deliveries.due);
  gauges.deliveries.set({ outcome: 'failing' }, deliveries.failing);
  gauges.deliveries.set({ outcome: 'done' }, deliveries.received - deliveries.due - deliveries.failing);
  gauges.lastDelivery.set((counts.lastDeliveryAt ?? 0) / 1_000);
  setAges(gauges, counts, now);
  for (const { name, count } of counts.counters) gauges.counted.set({ name }, count);
  for (const state of budgetStates) gauges.budgets.set({ state }, counts.budgets.get(state) ?? 0);
  gauges.refusals.set(counts.refusals);
}

/** Each matter has its number, also while it is 0: an alert on it can be written before it happens. */
function setMatters(gauges: Gauges, problems: readonly Problem[]): void {
  for (const matter of matters) {
    gauges.actionRequired.set({ matter }, problems.filter((problem) => problem.matter === matter).length);
  }
}

function setAges(gauges: Gauges, { life, oldest }: Counts, now: Date): void {
  const age = (since: number | null): number => (since === null ? 0 : Math.max(0, now.getTime() - since) / 1_000);
  gauges.lastSync.set((life.lastDone.sync ?? 0) / 1_000);
  gauges.lastReconcile.set((life.lastDone.reconcile ?? 0) / 1_000);
  gauges.running.set(life.running);
  gauges.oldestItem.set(age(oldest.queueItem));
  gauges.oldestDelivery.set(age(oldest.delivery));
}
