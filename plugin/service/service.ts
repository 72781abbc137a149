/** The running plugin: web server, worker and timers over one context. */
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { firstStart } from '../access/first-start.ts';
import type { PluginContext } from '../context.ts';
import { AdminError, messageOf } from '../errors.ts';
import { eventRules } from '../mirror/apply-event.ts';
import { releaseLeases } from '../queue/items.ts';
import { Worker } from '../queue/worker.ts';
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
import { markStartItems, startSchedule } from './schedule.ts';

// Imported, each of its exports would be read, and with them undici (fetch, WebSocket) be loaded, which nothing here needs.
const { createServer } = process.getBuiltinModule('node:http');

/** What is under way gets this long to finish on shutdown. */
const DRAIN_MS = 8_000;
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
}

/** A server of ours that listens already, as during the set-up. */
export interface ListeningServer {
  server: Server;
  url: string;
}

/** Begins to listen with an app that is not the plugin's yet. Throws {@link AdminError} when the port is taken. */
export async function listenEarly(at: { host: string; port: number }, app: RequestListener): Promise<ListeningServer> {
  const server = createServer(SERVER_LIMITS, app);
  return { server, url: await listen(server, at, 'PLUGIN_HOST and PLUGIN_PORT') };
}

/**
 * Starts serving and working. Throws {@link AdminError} when the port is taken or another `start` uses the same SQLite store.
 * The endpoint at OpenTrain and a reconcile are due at once. A server that listens already answers as the plugin from then on.
 */
export async function startService(context: PluginContext, early?: ListeningServer): Promise<Service> {
  const { database, clock, log, settings } = context;
  const unlock = takeInstanceLock(settings.databaseUrl);
  try {
    await firstStart(context);
    // On SQLite the lock proves that whoever held leases as `start` is gone.
    if (isSqlite(database)) {
      await releaseLeases(database, 'start:');
      await releaseDeliveries(database, 'start:');
    }
    if (settings.plugin.previousSecret) await renewSecrets(database, context.keys);
    const inbox = new Inbox(database, () => deliveries.wake());
    const worker = new Worker({
      database,
      clock,
      log,
      role: 'start',
      handlers: createHandlers(context),
      countsWait: () => deliveries.isBehind,
    });
    const deliveries: DeliveryLoop = new DeliveryLoop({
      database,
      clock,
      log,
      role: 'start',
      apply: (rows) => processDeliveries({ ...context, rules: eventRules }, rows),
      onApplied: () => worker.wake(),
      receiving: () => inbox.isReceiving,
    });
    const refusals = new Refusals(context);
    const webhooks = receiver(context, inbox, refusals);
    const app = createApp(context, { webhooks, ready: () => readiness(context) });
    await markStartItems(context);
    const { server, url } = early ?? (await listenEarly(settings.plugin, app));
    if (early) server.removeAllListeners('request').on('request', app);
    const gateway = await startGateway(context);
    deliveries.start();
    worker.start();
    const stopSchedule = startSchedule(context, () => worker.wake());
    const endHeartbeat = await startHeartbeat(context, worker.owner);
    log.info({ url }, 'serving');
    const stop = async (): Promise<void> => {
      await stopSchedule();
      await Promise.all([closeServer(server), gateway?.stop(), deliveries.stop(DRAIN_MS), worker.stop(DRAIN_MS)]);
      await refusals.flush();
      await endHeartbeat();
      unlock();
    };
    return { url, gatewayUrl: gateway?.url ?? null, worker, stop };
  } catch (error) {
    unlock();
    throw error;
  }
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

/** The tool served through the plugin, where GATEWAY_PUBLIC_URL is set. */
async function startGateway(context: PluginContext): Promise<{ url: string; stop: () => Promise<void> } | null> {
  const { settings, gatewayRules: rules, log } = context;
  if (!settings.gateway || !rules) return null;
  const { Gateway } = await import('../gateway/gateway.ts');
  const gateway = new Gateway(context, { publicUrl: settings.gateway.publicUrl, rules });
  const server = createServer(GATEWAY_LIMITS, (request, response) => void gateway.handle(request, response));
  server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
  const url = await listen(server, settings.gateway, 'GATEWAY_HOST and GATEWAY_PORT');
  log.info({ url, publicUrl: settings.gateway.publicUrl }, 'the gateway serves the tool');
  const stop = async (): Promise<void> => {
    await closeServer(server);
    await gateway.close();
  };
  return { url, stop };
}

function listen(server: Server, { host, port }: { host: string; port: number }, names: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      reject(new AdminError(`The plugin cannot listen on ${host}:${port}: ${why}.`, `Set ${names}.`, { cause }));
    });
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

/** Takes no more connections, and lets the requests under way finish for at most {@link DRAIN_MS}. */
export async function closeServer(server: Server): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  // A connection that is kept alive becomes idle only when its last answer is out.
  const closeIdle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(late);
}
