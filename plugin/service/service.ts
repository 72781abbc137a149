/** The running plugin: web server, worker and timers over one context. */
import { firstStart } from '../access/first-start.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { eventRules } from '../mirror/apply-event.ts';
import { releaseLeases } from '../queue/items.ts';
import { Worker } from '../queue/worker.ts';
import type { RunningSettings } from '../setup/running-settings.ts';
import { isSqlite } from '../store/database.ts';
import { takeInstanceLock } from '../store/instance-lock.ts';
import { schemaState } from '../store/migrate.ts';
import { renewSecrets } from '../store/secrets.ts';
import { createApp } from '../web/app.ts';
import { releaseDeliveries } from '../webhooks/deliveries.ts';
import { DeliveryLoop } from '../webhooks/delivery-loop.ts';
import { EndpointSecrets } from '../webhooks/endpoint-secrets.ts';
import { Inbox } from '../webhooks/inbox.ts';
import { processDeliveries } from '../webhooks/process-delivery.ts';
import { webhookReceiver } from '../webhooks/receiver.ts';
import { Refusals } from '../webhooks/refusals.ts';
import { createHandlers } from './handlers.ts';
import { startHeartbeat } from './heartbeat.ts';
import { type Address, DRAIN_MS, Listener } from './listener.ts';
import { markStartItems, startSchedule } from './schedule.ts';

/** Load balancers keep idle connections for 60 s: who closes first must be they, or a request is lost on a closing connection. */
const KEEP_ALIVE_MS = 65_000;
/** A request must have arrived as a whole within this: OpenTrain gives up after 10 s itself. */
const SERVER_LIMITS = { headersTimeout: 15_000, requestTimeout: 30_000, keepAliveTimeout: KEEP_ALIVE_MS };
/** Colleagues may import large files through the gateway: only the head of a request must come soon. */
const GATEWAY_LIMITS = { headersTimeout: 15_000, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS };
/** A readiness probe must answer within this. */
const READY_TIMEOUT_MS = 2_000;

export interface Service {
  /** Where it listens: "http://127.0.0.1:8790". */
  url: string;
  /** Where the gateway listens; null without one. */
  gatewayUrl: string | null;
  worker: Worker;
  /** Takes no more requests or work, finishes what is under way (at most 8 s), and gives back its leases. */
  stop(): Promise<void>;
  /** The same, but goes on listening: who connects waits until the next service is given these. */
  pause(): Promise<Listeners>;
}

/** Servers of ours that listen already: those of the guided set-up, or of the service before. */
export interface Listeners {
  main?: Listener;
  gateway?: Listener;
}

export interface ServiceParts {
  listeners?: Listeners;
  /** What the console may change the settings in; without it, it only shows them. */
  runningSettings?: RunningSettings | undefined;
}

/** Listens where the plugin is to be served. Throws {@link AdminError} when the port is taken. */
export function listenEarly(at: Address): Promise<Listener> {
  return Listener.open(at, { names: 'PLUGIN_HOST and PLUGIN_PORT', ...SERVER_LIMITS });
}

/**
 * Starts serving and working. Throws {@link AdminError} when a port is taken or another `start` uses the same SQLite store; then nobody
 * is answered, and the given listeners go on listening. The endpoint at OpenTrain and a reconcile are due at once.
 */
export async function startService(context: PluginContext, parts: ServiceParts = {}): Promise<Service> {
  const { database, log, settings } = context;
  const unlock = takeInstanceLock(settings.databaseUrl);
  const given = parts.listeners?.main;
  let main = given;
  try {
    await firstStart(context);
    // On SQLite the lock proves that whoever held leases as `start` is gone.
    if (isSqlite(database)) {
      await releaseLeases(database, 'start:');
      await releaseDeliveries(database, 'start:');
    }
    if (settings.plugin.previousSecret) await renewSecrets(database, context.keys);
    const { inbox, worker, deliveries } = work(context);
    const refusals = new Refusals(context);
    const webhooks = receiver(context, inbox, refusals);
    const { runningSettings } = parts;
    const app = createApp(context, { webhooks, ready: () => readiness(context), runningSettings });
    await markStartItems(context);
    main ??= await listenEarly(settings.plugin);
    const front = main;
    const gateway = await startGateway(context, parts.listeners ?? {});
    front.serve({ request: app });
    deliveries.start();
    worker.start();
    const stopSchedule = startSchedule(context, () => worker.wake());
    const endHeartbeat = await startHeartbeat(context, worker.owner);
    log.info({ url: front.url }, 'serving');
    const finish = async (lettingGo: Promise<unknown>): Promise<void> => {
      await stopSchedule();
      await Promise.all([lettingGo, deliveries.stop(DRAIN_MS), worker.stop(DRAIN_MS)]);
      await gateway?.end();
      await refusals.flush();
      await endHeartbeat();
      unlock();
    };
    return {
      ...{ url: front.url, gatewayUrl: gateway?.listener.url ?? null, worker },
      stop: () => finish(Promise.all([front.close(), gateway?.listener.close()])),
      async pause() {
        await finish(Promise.all([front.hold(), gateway?.listener.hold()]));
        return { main: front, ...(gateway ? { gateway: gateway.listener } : {}) };
      },
    };
  } catch (error) {
    unlock();
    if (!given) await main?.close();
    throw error;
  }
}

/** What takes deliveries in and works them off, and what works off the queue; not started yet. */
function work(context: PluginContext): { inbox: Inbox; worker: Worker; deliveries: DeliveryLoop } {
  const { database, clock, log } = context;
  const inbox = new Inbox(database, () => deliveries.wake());
  const worker = new Worker({
    ...{ database, clock, log, role: 'start' },
    handlers: createHandlers(context),
    countsWait: () => deliveries.isBehind,
  });
  const deliveries: DeliveryLoop = new DeliveryLoop({
    ...{ database, clock, log, role: 'start' },
    apply: (rows) => processDeliveries({ ...context, rules: eventRules }, rows),
    onApplied: () => worker.wake(),
    receiving: () => inbox.isReceiving,
  });
  return { inbox, worker, deliveries };
}

function receiver(context: PluginContext, inbox: Inbox, refusals: Refusals) {
  const secrets = new EndpointSecrets(context);
  return webhookReceiver({
    clock: context.clock,
    secrets: (options) => secrets.accepted(options),
    store: (delivery) => inbox.store(delivery),
    refused: (reason, detail) => refusals.note(reason, detail),
  });
}

/** Whether the plugin can take deliveries: the store answers, with the schema of this version. */
async function readiness({ database, log }: PluginContext): Promise<{ ready: boolean; why: string }> {
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('it does not answer')), READY_TIMEOUT_MS).unref();
  });
  try {
    const { pending, unknown } = await Promise.race([schemaState(database), timeout]);
    if (pending.length > 0) return { ready: false, why: `migrations are pending: ${pending.join(', ')}` };
    if (unknown.length > 0) return { ready: false, why: `the store is of a newer version: ${unknown.join(', ')}` };
    return { ready: true, why: 'the store answers and its schema is up to date' };
  } catch (error) {
    // Anybody may ask: what it is that does not answer is told in the log only.
    log.error({ error: messageOf(error) }, 'not ready: the store cannot be read');
    return { ready: false, why: 'the store cannot be read' };
  }
}

/** The tool served through the plugin, where GATEWAY_PUBLIC_URL is set. A given listener at another address is closed and taken away. */
async function startGateway(
  context: PluginContext,
  listeners: Listeners,
): Promise<{ listener: Listener; end: () => Promise<void> } | null> {
  const { settings, gatewayRules: rules, log } = context;
  const at = rules ? settings.gateway : null;
  const given = listeners.gateway;
  if (given && (given.at.host !== at?.host || given.at.port !== at.port)) {
    await given.close();
    delete listeners.gateway;
  }
  if (!at || !rules) return null;
  const { Gateway } = await import('../gateway/gateway.ts');
  const gateway = new Gateway(context, { publicUrl: at.publicUrl, rules });
  const options = { names: 'GATEWAY_HOST and GATEWAY_PORT', takesWebSockets: true, ...GATEWAY_LIMITS };
  const listener = listeners.gateway ?? (await Listener.open(at, options));
  listener.serve({
    request: (request, response) => void gateway.handle(request, response),
    upgrade: (request, socket, head) => void gateway.upgrade(request, socket, head),
  });
  log.info({ url: listener.url, publicUrl: at.publicUrl }, 'the gateway serves the tool');
  return { listener, end: () => gateway.close() };
}
