/** The running plugin: web server, worker and timers over one context. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PluginContext } from './context.ts';
import { AdminError, messageOf } from './errors.ts';
import { startSchedule } from './schedule.ts';
import { count } from './store/counters.ts';
import { isSqlite } from './store/database.ts';
import { releaseDeliveries } from './store/deliveries.ts';
import { takeInstanceLock } from './store/instance-lock.ts';
import { schemaState } from './store/migrate.ts';
import { markDue, releaseLeases } from './store/work.ts';
import { createApp } from './web/app.ts';
import { EndpointSecrets } from './webhooks/endpoint-secrets.ts';
import { Inbox } from './webhooks/inbox.ts';
import { processDelivery } from './webhooks/process-delivery.ts';
import { webhookReceiver } from './webhooks/receiver.ts';
import { createHandlers } from './work/handlers.ts';
import { Worker } from './work/worker.ts';

/** What is under way gets this long to finish on shutdown. */
const DRAIN_MS = 8_000;
/** A readiness probe must answer within this. */
const READY_TIMEOUT_MS = 2_000;

export interface Service {
  /** Where it listens: "http://127.0.0.1:8790". */
  url: string;
  worker: Worker;
  /** Takes no more requests or work, finishes what is under way (at most 8 s), and gives back its leases. */
  stop(): Promise<void>;
}

/**
 * Starts serving and working. Throws {@link AdminError} when the port is taken or another `start` uses the same SQLite store.
 * The endpoint at OpenTrain and a reconcile are due at once.
 */
export async function startService(context: PluginContext): Promise<Service> {
  const { database, clock, log, settings } = context;
  const unlock = takeInstanceLock(settings.databaseUrl);
  try {
    // On SQLite the lock proves that whoever held leases as `start` is gone.
    if (isSqlite(database)) {
      await releaseLeases(database, 'start:');
      await releaseDeliveries(database, 'start:');
    }
    const worker = new Worker({
      database,
      clock,
      log,
      role: 'start',
      handlers: createHandlers(context),
      applyDelivery: (delivery) => processDelivery(context, delivery),
    });
    const server = createServer(
      createApp(context, { webhooks: receiver(context, worker), ready: () => readiness(context) }),
    );
    const url = await listen(server, settings.plugin);
    await markStartWork(context);
    worker.start();
    const stopSchedule = startSchedule(context, () => worker.wake());
    log.info({ url }, 'serving');
    return { url, worker, stop: () => stop(server, worker, stopSchedule, unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

function receiver(context: PluginContext, worker: Worker) {
  const { database, clock, log } = context;
  const secrets = new EndpointSecrets(context);
  const inbox = new Inbox(database, () => worker.wake());
  return webhookReceiver({
    clock,
    secrets: () => secrets.accepted(),
    store: (delivery) => inbox.store(delivery),
    refused(reason, detail) {
      log.warn({ reason, detail }, 'delivery refused');
      count(database, `delivery refused: ${reason}`, detail, clock.now()).catch((error: unknown) => {
        log.error({ error: messageOf(error) }, 'a refusal could not be counted');
      });
    },
  });
}

async function markStartWork({ database, clock, settings }: PluginContext): Promise<void> {
  const now = clock.now();
  const detail = { cause: 'start' };
  if (!settings.openTrain.webhookSecret) await markDue(database, { kind: 'endpoint', key: 'check', detail }, now);
  await markDue(database, { kind: 'reconcile', key: 'all', detail }, now);
  await markDue(database, { kind: 'sync', key: 'recent', detail }, now);
}

/** Whether the plugin can take deliveries: the store answers, with the schema of this version. */
async function readiness({ database }: PluginContext): Promise<{ ready: boolean; why: string }> {
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('it does not answer')), READY_TIMEOUT_MS).unref();
  });
  try {
    const { pending, unknown } = await Promise.race([schemaState(database), timeout]);
    if (pending.length > 0) return { ready: false, why: `migrations are pending: ${pending.join(', ')}` };
    if (unknown.length > 0) return { ready: false, why: `the store is of a newer version: ${unknown.join(', ')}` };
    return { ready: true, why: 'the store answers and its schema is up to date' };
  } catch (error) {
    return { ready: false, why: `the store cannot be read: ${messageOf(error)}` };
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
      reject(
        new AdminError(`The plugin cannot listen on ${host}:${port}: ${why}.`, 'Set PLUGIN_HOST and PLUGIN_PORT.', {
          cause,
        }),
      );
    });
    server.listen(port, host, () => {
      const address: AddressInfo | string | null = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    });
  });
}

async function stop(
  server: Server,
  worker: Worker,
  stopSchedule: () => Promise<void>,
  unlock: () => void,
): Promise<void> {
  await stopSchedule();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await worker.stop(DRAIN_MS);
  server.closeAllConnections();
  await closed;
  unlock();
}
