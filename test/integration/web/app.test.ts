import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { expect } from 'chai';
import { Router } from 'express';
import { pino } from 'pino';
import supertest from 'supertest';
import { parse } from 'yaml';
import { z } from 'zod';
import { findCounter, UNTRUSTED_PROXY } from '../../../plugin/audit/counters.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { noteDone } from '../../../plugin/queue/heartbeats.ts';
import { createApp } from '../../../plugin/web/app.ts';
import { fillBelievably } from '../../support/believable.ts';
import { storeKinds } from '../../support/store.ts';
import { WebWorld } from '../../support/web-world.ts';

const root = join(import.meta.dirname, '../../..');
const rulesSchema = z.object({ groups: z.array(z.object({ rules: z.array(z.object({ expr: z.string() })) })) });

const ready = async () => ({ ready: true, why: 'test' });

describe('the web app', () => {
  let world: WebWorld;
  before(async () => {
    world = await WebWorld.open('sqlite');
  });
  after(() => world.close());
  beforeEach(() => world.serve());

  it('says that the process lives', async () => {
    const response = await world.get('/healthz');
    expect(response.status).to.equal(200);
    expect(await response.json()).to.deep.equal({ healthy: true });
  });

  it('is ready only when it can serve, and says why not', async () => {
    expect((await world.get('/readyz')).status).to.equal(200);
    world.readiness = async () => ({ ready: false, why: 'migrations are pending: 0006' });
    const notReady = await world.get('/readyz');
    expect(notReady.status).to.equal(503);
    expect(await notReady.json()).to.deep.equal({ ready: false, why: 'migrations are pending: 0006' });
    world.readiness = () => Promise.reject(new Error('database "plugin" on 10.0.0.7 does not exist'));
    expect(await (await world.get('/readyz')).text()).not.to.match(/10\.0\.0\.7|"plugin"/);
    world.readiness = ready;
  });

  it('lets a page load nothing but our own files, be framed by nobody, and tell no other site its address', async () => {
    const { headers } = await world.get('/password');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).to.include("default-src 'none'").and.to.include("script-src 'self'");
    expect(policy).to.include("frame-ancestors 'none'").and.not.to.include('unsafe');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.has('x-powered-by')).to.equal(false);
  });

  it('asks browsers for https alone only where PLUGIN_HSTS says so: it would shut an http tool on the same host', async () => {
    const asked = async (): Promise<string | null> =>
      (await world.get('/password')).headers.get('strict-transport-security');
    expect(await asked()).to.equal(null);
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url, PLUGIN_HSTS: 'on' });
    world.serve();
    expect(await asked()).to.equal('max-age=31536000');
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url });
  });

  it('has no inline script, style or handler on any page', async () => {
    const cookie = await world.signIn();
    for (const path of ['/password', '/console', '/console/usage', '/console/trainers', '/connect', '/nothing']) {
      const html = await world.page(path, cookie);
      expect(html, path).not.to.match(/<script(?![^>]*src=)/i);
      expect(html, path).not.to.match(/\son[a-z]+=|\sstyle=|<style|javascript:/i);
    }
  });

  it('serves every file that its pages name', async () => {
    const cookie = await world.signIn();
    const html = (await world.page('/console/usage', cookie)) + (await world.page('/password'));
    const files = new Set([...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? ''));
    expect([...files]).to.include.members(['/assets/pico.css', '/assets/htmx.js', '/assets/uplot.js']);
    for (const file of files) expect((await world.get(file)).status, file).to.equal(200);
  });

  it('answers an unknown address with a page that says what to do', async () => {
    const response = await world.get('/no/such/page');
    expect(response.status).to.equal(404);
    expect(await response.text()).to.include('This address leads nowhere');
  });

  it('names the methods that an address takes', async () => {
    for (const [path, allowed] of [
      ['/password', 'GET, POST'],
      ['/invitations/x', 'GET, POST'],
      ['/invitations/x/resend', 'POST'],
    ] as const) {
      const response = await fetch(world.url + path, { method: 'DELETE' });
      expect(response.status, path).to.equal(405);
      expect(response.headers.get('allow'), path).to.equal(allowed);
    }
  });

  it('refuses a form that is too large, without a trace of our code', async () => {
    const response = await world.post('/password', { email: 'x'.repeat(20_000) });
    expect(response.status).to.equal(413);
    expect(await response.text())
      .to.include('too large')
      .and.not.to.include('node_modules');
  });

  it('refuses a form that a browser says another site sent', async () => {
    const response = await world.post('/password', { email: 'a@opentrain.work' }, { 'Sec-Fetch-Site': 'cross-site' });
    expect(response.status).to.equal(403);
    const own = await world.post('/password', { email: 'a@opentrain.work' }, { 'Sec-Fetch-Site': 'same-origin' });
    expect(own.status).not.to.equal(403);
  });

  it('limits how often an address may send a form, and says to wait', async () => {
    let status = 0;
    for (let sent = 0; sent <= 60; sent++) ({ status } = await world.post('/password', { email: 'a' }));
    expect(status).to.equal(429);
    const refused = await world.post('/password', { email: 'a' });
    expect(await refused.text()).to.include('Wait a few minutes');
    expect((await world.get('/password')).status, 'looking is still possible').to.equal(200);
    expect((await world.get('/healthz')).status).to.equal(200);
  });

  it('believes X-Forwarded-For only from trusted proxies', async () => {
    const limited = async (proxies: string): Promise<number> => {
      world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url, PLUGIN_TRUSTED_PROXIES: proxies });
      world.serve();
      let status = 0;
      for (let sent = 0; sent <= 60; sent++) {
        const headers = { 'X-Forwarded-For': `198.51.100.${sent}` };
        ({ status } = await world.post('/password', { email: 'a' }, headers));
      }
      return status;
    };
    expect(await limited('10.1.2.3')).to.equal(429);
    expect(await limited('loopback')).to.equal(422);
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url });
  });

  it('counts as many proxies as PLUGIN_TRUSTED_PROXIES says, ports or not', async () => {
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url, PLUGIN_TRUSTED_PROXIES: '1' });
    world.serve();
    let status = 0;
    for (let sent = 0; sent <= 60; sent++) {
      const headers = { 'X-Forwarded-For': `203.0.113.${sent}, 198.51.100.7:${40_000 + sent}` };
      ({ status } = await world.post('/password', { email: 'a' }, headers));
    }
    expect(status, 'the client before the one proxy, whatever it claims').to.equal(429);
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url });
  });

  it('notes from whom X-Forwarded-For comes without being believed', async () => {
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url, PLUGIN_TRUSTED_PROXIES: '10.1.2.3' });
    world.serve();
    await world.access.context.database('counters').delete();
    await fetch(`${world.url}/healthz`, { headers: { 'X-Forwarded-For': '198.51.100.1' } });
    await fetch(`${world.url}/healthz`, { headers: { 'X-Forwarded-For': '198.51.100.2' } });
    const counter = await findCounter(world.access.context.database, UNTRUSTED_PROXY);
    expect(counter).to.deep.include({ count: 1, last_detail: '127.0.0.1' });
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url });
  });

  it('tells of its own failure by a number that the log has, and tells the log no token', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const broken = new Proxy(world.access.context.database, {
      apply: () => {
        throw new Error('the store is gone');
      },
    });
    const context = { ...world.access.context, database: broken, log: pino(sink) };
    const app = createApp(context, { webhooks: Router(), ready });
    const response = await supertest(app).get('/console').set('Cookie', 'console=my-secret-cookie');
    expect(response.status).to.equal(500);
    expect(response.text).not.to.include('the store is gone').and.not.to.include('.ts:');
    const number = /<code>([0-9a-f]{8})<\/code>/.exec(response.text)?.[1] ?? 'none';
    const log = lines.join('');
    expect(log).to.include(number).and.to.include('the store is gone').and.not.to.include('my-secret-cookie');
  });

  it('hands deliveries to the receiver before anything reads their body', async () => {
    let body: unknown = 'not called';
    const webhooks = Router().post('/', (request, response) => {
      body = request.body;
      response.json({ ok: true });
    });
    const app = createApp(world.access.context, { webhooks, ready });
    await supertest(app).post('/webhooks/opentrain').type('form').send('a=1').expect(200);
    expect(body).to.equal(undefined);
  });
});

const SERIES = /opentrain_plugin_\w+(\{[^}]*\})?/g;
const dashboardSchema = z.object({
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })).min(10),
});

/** The series that the text of /metrics does not have; a series may name one label, or several values of one. */
function missingIn(text: string, asked: readonly string[]): string[] {
  const lines = text.split('\n');
  return asked.filter((series) => {
    const [name = '', label = ''] = series.replace('}', '').split('{');
    const [, key, values] = /^(\w+)=~"([^"]+)"$/.exec(label) ?? [];
    const labels = values ? values.split('|').map((value) => `${key}="${value}"`) : [label];
    const has = (one: string): boolean =>
      lines.some((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(one));
    return !labels.every(has);
  });
}

for (const kind of storeKinds) {
  describe(`/metrics on ${kind}`, () => {
    let world: WebWorld;
    before(async () => {
      world = await WebWorld.open(kind);
      await fillBelievably(world.access);
      await noteDone(world.access.store.database, 'sync', new Date(world.access.now - 600_000));
    });
    after(() => world.close());

    it('gives numbers for everything that can go wrong, and names nobody', async () => {
      const response = await world.get('/metrics');
      expect(response.status).to.equal(200);
      expect(response.headers.get('content-type')).to.include('text/plain');
      const text = await response.text();
      for (const line of [
        'opentrain_plugin_connected 1',
        'opentrain_plugin_trainers{state="active"} 3',
        'opentrain_plugin_trainers{state="blocked"} 1',
        'opentrain_plugin_trainers{state="revoked-partial"} 1',
        'opentrain_plugin_contracts{status="active"} 7',
        'opentrain_plugin_final_counts_due 1',
        'opentrain_plugin_outage_seconds{dependency="mail"} 7200',
        'opentrain_plugin_outage_seconds{dependency="tool"} 0',
        'opentrain_plugin_queue_items{kind="notice",state="failing"} 1',
        'opentrain_plugin_deliveries{outcome="failing"} 1',
        'opentrain_plugin_deliveries{outcome="done"} 69',
        'opentrain_plugin_counted{name="delivery refused: signature-forged"} 1',
        'opentrain_plugin_budgets{state="LOW"} 1',
        'opentrain_plugin_usage_refusals 1',
        'opentrain_plugin_running 1',
        'opentrain_plugin_oldest_queue_item_seconds 18000',
        'opentrain_plugin_oldest_delivery_seconds 11460',
        `opentrain_plugin_last_sync_timestamp_seconds ${world.access.now / 1_000 - 600}`,
        'opentrain_plugin_last_reconcile_timestamp_seconds 0',
      ]) {
        expect(text).to.include(`${line}\n`);
      }
      const sum = await world.access.store.database('usage_days').sum({ labels: 'labels_completed' }).first();
      expect(text).to.include(`opentrain_plugin_usage_accepted{field="labels"} ${Number(sum?.labels)}\n`);
      for (const personal of ['opentrain.work', 'Björn', 'usr_1', '203.0.113.9']) expect(text).not.to.include(personal);
    });

    it('asks for METRICS_TOKEN where one is set, as a bearer token and nothing else', async () => {
      const token = 'numbers-for-prometheus-only';
      const { url } = world;
      const status = async (authorization?: string) =>
        (await fetch(`${url}/metrics`, { headers: authorization ? { Authorization: authorization } : {} })).status;
      expect(await status()).to.equal(200);
      world.access.useSettings({ PLUGIN_PUBLIC_URL: url, METRICS_TOKEN: token });
      world.serve();
      const wrong = [undefined, token, `Basic ${token}`, `Bearer ${token}x`, 'Bearer ', `bearer  ${token}`];
      for (const authorization of wrong) expect(await status(authorization), authorization).to.equal(401);
      const refused = await fetch(`${url}/metrics`);
      expect(refused.headers.get('www-authenticate')).to.equal('Bearer');
      expect(await refused.text()).not.to.include('opentrain_plugin_');
      expect(await status(`Bearer ${token}`)).to.equal(200);
      world.access.useSettings({ PLUGIN_PUBLIC_URL: url });
      world.serve();
    });

    it('has every series that the rules for Prometheus ask for', async () => {
      const rules = rulesSchema.parse(parse(readFileSync(join(root, 'deploy/prometheus-rules.yaml'), 'utf8')));
      const asked = rules.groups.flatMap((group) => group.rules.flatMap(({ expr }) => expr.match(SERIES) ?? []));
      expect(asked).to.have.length(16);
      expect(missingIn(await world.page('/metrics'), asked)).to.deep.equal([]);
    });

    it('has every series that the dashboard for Grafana asks for', async () => {
      const { panels } = dashboardSchema.parse(
        JSON.parse(readFileSync(join(root, 'deploy/grafana-dashboard.json'), 'utf8')),
      );
      const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
      const asked = expressions.map((expr) => expr.match(SERIES) ?? []);
      expect(asked.filter((series) => series.length === 0)).to.deep.equal([]);
      expect(missingIn(await world.page('/metrics'), asked.flat())).to.deep.equal([]);
      expect(missingIn('', asked.flat()), 'the check itself').to.have.length(asked.flat().length);
    });

    it('reads what needs action once a minute, and does not let a scrape wait for it', async () => {
      const unread = 'opentrain_plugin_action_required{matter="item-failing"} 1\n';
      world.serve();
      expect(await world.page('/metrics')).to.include(unread);
      await world.access.store.database('queue_items').delete();
      world.access.now += 59_000;
      expect(await world.page('/metrics')).to.include(unread);
      world.access.now += 1_000;
      expect(await world.page('/metrics'), 'the one that lets it be read').to.include(unread);
      await waitFor('the next reading', async () => !(await world.page('/metrics')).includes(unread));
    });

    it('forgets work that is done', async () => {
      await world.access.store.database('queue_items').delete();
      expect(await world.page('/metrics')).not.to.include('opentrain_plugin_queue_items{');
    });
  });
}
