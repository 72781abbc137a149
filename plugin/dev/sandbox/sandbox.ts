/**
 * An OpenTrain to develop, demonstrate and test against: the Partner API, its webhooks and its consent page, in memory and on
 * this computer only. It keeps to the contract where that is strict, so that errors show up here first.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { type Logger, pino } from 'pino';
import { type Clock, systemClock } from '../../clock.ts';
import { AdminError } from '../../errors.ts';
import { BASE_PATH } from './api.ts';
import { createControl, type SandboxControl } from './control.ts';
import { DELIVERY_TIMEOUT_MILLISECONDS, DeliveryEngine } from './deliveries.ts';
import { createEventDesk } from './events.ts';
import { createFaults } from './faults.ts';
import { createIds, type Ids } from './ids.ts';
import type { Platform } from './platform.ts';
import type { LoggedRequest } from './request-log.ts';
import { createServer } from './server.ts';
import type { State } from './state.ts';
import { type Scope, scopes } from './vocabulary.ts';

export interface SandboxOptions {
  /** A loopback address or name; anything else is refused. Default 127.0.0.1. */
  host?: string;
  /** 0 (default) for a free one. */
  port?: number;
  clock?: Clock;
  log?: Logger;
  /** The token of the first install; default: a new one, see {@link Sandbox.partnerToken}. */
  partnerToken?: string;
  /** Scopes and consent of the first install; default: all seven, and given. */
  scopes?: readonly Scope[];
  piiConsent?: boolean;
  /** The same seed gives the same ids; default: different ones on every start. */
  seed?: string;
  /** Id of the first event; default: the milliseconds since 1970, so that ids grow over restarts too. */
  firstEventId?: number;
  /** How long a delivery may take; OpenTrain's 10 s by default. */
  deliveryTimeoutMilliseconds?: number;
}

export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  origin: string;
  /** What OPENTRAIN_BASE_URL is set to. */
  baseUrl: string;
  /** The token of the first install. */
  partnerToken: string;
  /** Everything it remembers, to look at. */
  state: Readonly<State>;
  control: SandboxControl;
  /** Stops serving and sending; nothing is kept. */
  close(): Promise<void>;
}

const LOOPBACK_HOSTS = ['127.0.0.1', '::1', 'localhost'];

/**
 * Starts a sandbox with one platform app, one employer and one install.
 * Throws an {@link AdminError} for a host that others could reach, and when the port cannot be had.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { host = '127.0.0.1', port = 0, clock = systemClock, log = pino({ level: 'silent' }) } = options;
  if (!LOOPBACK_HOSTS.includes(host)) {
    throw new AdminError(
      `The sandbox is a development tool without any protection and does not listen on ${host}.`,
      'Use 127.0.0.1, ::1 or localhost.',
    );
  }
  const ids = createIds(options.seed);
  const state = createState(ids);
  const timeoutMilliseconds = options.deliveryTimeoutMilliseconds ?? DELIVERY_TIMEOUT_MILLISECONDS;
  const engine = new DeliveryEngine({ state, clock, ids, log, timeoutMilliseconds });
  const firstId = options.firstEventId ?? clock.now().getTime();
  const platform: Platform = {
    state,
    clock,
    ids,
    log,
    engine,
    events: createEventDesk({ state, clock, engine, firstId }),
  };
  const faults = createFaults();
  const requestLog: LoggedRequest[] = [];
  const control = createControl(platform, faults, requestLog);
  const { scopes: granted, piiConsent, partnerToken } = options;
  const { token } = control.approve({ scopes: granted, piiConsent, token: partnerToken });

  const app = createServer({ platform, faults, requestLog }, control);
  const server = await listen(app, host, port);
  const origin = originOf(server);
  return {
    origin,
    baseUrl: `${origin}${BASE_PATH}`,
    partnerToken: token,
    state,
    control,
    close: async () => {
      engine.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function createState(ids: Ids): State {
  const organization = { id: ids.next('org'), name: 'Example Employer', featureEnabled: true };
  return {
    app: {
      id: ids.next('ptnapp'),
      name: 'Annotation tool plugin',
      slug: 'annotation-tool-plugin',
      description: 'Gives hired trainers access to the annotation tool and reports their work.',
      website: 'http://127.0.0.1:8790/',
      redirectBases: ['http://127.0.0.1:8790/', 'http://localhost:8790/'],
      scopes: [...scopes],
      active: true,
    },
    linkLimit: 1000,
    defaultOrganizationId: organization.id,
    organizations: new Map([[organization.id, organization]]),
    installs: new Map(),
    tokens: new Map(),
    jobs: new Map(),
    trainers: new Map(),
    contracts: new Map(),
    links: new Map(),
    endpoints: new Map(),
    events: [],
    deliveries: new Map(),
  };
}

async function listen(app: Express, host: string, port: number): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = app.listen(port, host, (error?: Error) => (error ? reject(error) : resolve()));
  try {
    await promise;
  } catch (error) {
    throw new AdminError(
      `The sandbox cannot listen on ${host}:${port}.`,
      'Choose another port, or stop what uses it.',
      {
        cause: error,
      },
    );
  }
  return server;
}

function originOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}
