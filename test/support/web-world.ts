/** The plugin's web server over a store, a model tool and a clock to turn: for tests of pages, with and without a browser. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';
import { rehearse } from '../../plugin/commands/begin-again.ts';
import { makeConsoleLink } from '../../plugin/commands/console.ts';
import { RunningSettings } from '../../plugin/setup/running-settings.ts';
import { createApp } from '../../plugin/web/app.ts';
import { addSession, type ConsolePerson } from '../../plugin/web/console/session-rows.ts';
import type { Readiness } from '../../plugin/web/health.ts';
import { AccessWorld } from './access-world.ts';
import { type FreshStore, freshStore, type StoreKind } from './store.ts';

/** The console's pages that need no identifier. */
export const consolePages = [
  '/console',
  '/console/trainers',
  '/console/projects',
  '/console/budgets',
  '/console/usage',
  '/console/deliveries',
  '/console/queue',
  '/console/audit',
  '/console/held',
  '/console/doctor',
  '/console/reconcile',
  '/console/sync',
  '/console/report',
  '/console/settings',
  '/console/remove-everybody',
  '/connect',
];

export class WebWorld {
  readonly access: AccessWorld;
  readonly url: string;
  readonly #store: FreshStore;
  readonly #server: Server;
  webhooks: RequestHandler = Router().post('/', (_request, response) => response.json({ received: true }));
  runningSettings: RunningSettings | undefined;
  #folder: string | null = null;
  readiness: () => Promise<Readiness> = async () => ({ ready: true, why: 'the test says so' });

  private constructor(store: FreshStore, access: AccessWorld, server: Server) {
    this.#store = store;
    this.access = access;
    this.#server = server;
    this.url = `http://127.0.0.1:${addressOf(server).port}`;
  }

  /** A fresh store and a listening server; `environment` are settings. */
  static async open(kind: StoreKind, environment: Record<string, string> = {}): Promise<WebWorld> {
    const store = await freshStore(kind);
    const access = await AccessWorld.open(store);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const world = new WebWorld(store, access, server);
    access.useSettings({ PLUGIN_PUBLIC_URL: world.url, ...environment });
    world.serve();
    return world;
  }

  /**
   * Lets the console change a settings file with these values, as `start` does, beside what the environment sets. The context has
   * them too, as after a start.
   */
  useSettingsFile(values: Record<string, string>, environment: Record<string, string> = {}): RunningSettings {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'plugin-settings-'));
    const file = join(this.#folder, 'settings.env');
    const inFile = { TOOL_BASE_URL: 'http://127.0.0.1:1', TOOL_API_TOKEN: 'kept-tool-token', ...values };
    writeFileSync(
      file,
      Object.entries(inFile)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    );
    const started = {
      ...{ DATABASE_URL: this.#store.url, PLUGIN_SECRET: 'a secret for tests only, and nothing else' },
      ...{ PLUGIN_PUBLIC_URL: this.url, ...environment },
    };
    this.runningSettings = new RunningSettings({ environment: started, file }, rehearse);
    this.access.useSettings({ ...started, ...inFile });
    this.serve();
    return this.runningSettings;
  }

  /** Serves the context as it is now: rate limits begin anew. */
  serve(): void {
    this.#server.removeAllListeners('request');
    const { webhooks, runningSettings } = this;
    const ready = () => this.readiness();
    this.#server.on('request', createApp(this.access.context, { webhooks, ready, runningSettings }));
  }

  /** A one-time sign-in link, on this server. */
  async signInPath(): Promise<string> {
    return new URL((await makeConsoleLink(this.access.context)).url).pathname;
  }

  /** Signs in as a browser would, and returns the cookie. */
  async signIn(): Promise<string> {
    const path = await this.signInPath();
    const form = formToken(await (await fetch(this.url + path)).text());
    const response = await this.post(path, { form });
    const cookie = response.headers.get('set-cookie')?.split(';')[0];
    if (response.status !== 303 || !cookie) throw new Error(`signing in answered ${response.status}`);
    return cookie;
  }

  /** The cookie of a session of this person. */
  async signInAs(person: ConsolePerson): Promise<string> {
    const { database, clock } = this.access.context;
    const cookie = randomBytes(16).toString('base64url');
    const createdAt = clock.now();
    await addSession(database, cookie, person, { createdAt, expiresAt: new Date(createdAt.getTime() + 3_600_000) });
    return `console=${cookie}`;
  }

  get(path: string, cookie?: string): Promise<Response> {
    return fetch(this.url + path, { redirect: 'manual', headers: cookie ? { cookie } : {} });
  }

  async page(path: string, cookie?: string): Promise<string> {
    return (await this.get(path, cookie)).text();
  }

  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams(fields) });
  }

  /** Opens a page and posts a form with its token, as signed in. */
  async act(cookie: string, page: string, path: string, fields: Record<string, string> = {}): Promise<Response> {
    const form = formToken(await this.page(page, cookie));
    return this.post(path, { form, ...fields }, { cookie });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
    await this.#store.drop();
  }
}

/** The form token of a page. */
export function formToken(html: string): string {
  const token = /name="form" value="([^"]+)"/.exec(html)?.[1];
  if (!token) throw new Error('the page has no form');
  return token;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address;
}
