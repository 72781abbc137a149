/**
 * The forms for whoever is signed in nowhere: each is sent without its token, with one of every other form, with one that is too old, and
 * from another site; no table changes. Then with its own, and something does.
 */
import { createServer } from 'node:http';
import { expect } from 'chai';
import { pino } from 'pino';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { requestPasswordReset } from '../../../plugin/invitations/password-reset.ts';
import { signatureHeader } from '../../../plugin/platform/signature.ts';
import { SetupProgress } from '../../../plugin/setup/progress.ts';
import { steps } from '../../../plugin/setup/steps.ts';
import { createSetupApp } from '../../../plugin/web/setup/app.ts';
import { Inbox } from '../../../plugin/webhooks/inbox.ts';
import { webhookReceiver } from '../../../plugin/webhooks/receiver.ts';
import { GOOD_PASSWORD, mailOf } from '../../support/access-world.ts';
import { type WatchedRoutes, watchRoutes } from '../../support/app-routes.ts';
import { listen } from '../../support/http-server.ts';
import { publicForms } from '../../support/public-forms.ts';
import { exampleEvent, SECRET } from '../../support/receiver-world.ts';
import { storeKinds } from '../../support/store.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';
import { changedTables, wholeStore } from '../../support/whole-store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OTHER_SITES: Readonly<Record<string, string>>[] = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { Origin: 'https://elsewhere.example' },
];
const FIELDS = { password: 'another good passphrase', repeat: 'another good passphrase', email: mailOf('cid') };

/** A public form that would be taken now: the page that shows it, and where it is sent. */
interface OpenForm {
  page: string;
  action: string;
}

for (const kind of storeKinds) {
  describe(`every public form on ${kind}`, () => {
    let world: WebWorld;
    let watched: WatchedRoutes;
    let forms: Record<string, OpenForm>;

    before(async () => {
      watched = watchRoutes();
      world = await WebWorld.open(kind);
      const { access } = world;
      world.webhooks = webhookReceiver({
        clock: access.context.clock,
        secrets: async () => [SECRET],
        store: (delivery) => new Inbox(access.store.database, () => undefined).store(delivery),
        refused: () => undefined,
      });
      world.serve();
      await world.get('/console');
      watched.stop();
      forms = await openForms();
    });
    after(() => world.close());
    beforeEach(() => world.serve());

    async function openForms(): Promise<Record<string, OpenForm>> {
      const { access } = world;
      const hire = async (trainer: string): Promise<void> => {
        await access.hire(`contract of ${trainer}`, 'job', trainer);
        await access.settle();
      };
      await access.connect();
      await access.link('link', 'job', '7');
      await hire('bob');
      const expired = `/invitations/${access.token('bob')}`;
      access.later(15 * DAY_MS);
      await hire('ann');
      await hire('cid');
      await acceptInvitation(access.context, access.token('cid'), GOOD_PASSWORD);
      await requestPasswordReset(access.context, mailOf('cid'));
      await access.work();
      const at = (address: string): OpenForm => ({ page: address, action: address });
      return {
        '/invitations/:token': at(`/invitations/${access.token('ann')}`),
        '/invitations/:token/resend': { page: expired, action: `${expired}/resend` },
        '/password': at('/password'),
        '/password/:token': at(`/password/${access.token('cid', 'password')}`),
        '/console/sign-in/:ticket': at(await world.signInPath()),
      };
    }

    const tokenOn = async ({ page }: OpenForm): Promise<string> => formToken(await world.page(page));

    /** Sends the form, and holds that it is refused so and no table is another. */
    async function refuses({ action }: OpenForm, form: string, status: number, headers = {}): Promise<void> {
      const { database } = world.access.store;
      const before = await wholeStore(database);
      const answer = await world.post(action, { ...FIELDS, form }, headers);
      expect(answer.status, `${action} with ${form} ${JSON.stringify(headers)}`).to.equal(status);
      expect(changedTables(before, await wholeStore(database)), action).to.deep.equal([]);
    }

    it('is one of those that are declared, and each of those is tried', () => {
      const declared = Object.keys(publicForms).filter((path) => !path.startsWith('/setup/'));
      expect(watched.paths('post')).to.include.members(declared);
      expect([...Object.keys(forms), '/webhooks/opentrain'].sort()).to.deep.equal(declared.sort());
    });

    it('changes nothing without its token, with one of any other form, or with one that is too old', async () => {
      const console = formToken(await world.page('/console', await world.signIn()));
      for (const [path, form] of Object.entries(forms)) {
        const others = Object.values(forms).filter((other) => other !== form);
        world.access.later(-13 * HOUR_MS);
        const stale = await tokenOn(form);
        world.access.later(13 * HOUR_MS);
        for (const token of ['', 'x', console, stale, ...(await Promise.all(others.map(tokenOn)))]) {
          await refuses(form, token, publicForms[path]?.refused ?? 0);
        }
      }
    });

    it('changes nothing when a browser says that another site sent it, although the token is good', async () => {
      for (const form of Object.values(forms)) {
        for (const headers of OTHER_SITES) await refuses(form, await tokenOn(form), 403, headers);
      }
    });

    it('takes a delivery of nobody but OpenTrain', async () => {
      const receiver = { page: '', action: '/webhooks/opentrain' };
      const at = world.access.date;
      const forged = signatureHeader('whsec_of_somebody_else', Buffer.from(''), at);
      for (const headers of [{}, { 'X-OpenTrain-Signature': forged }, ...OTHER_SITES]) {
        await refuses(receiver, '', publicForms[receiver.action]?.refused ?? 0, headers);
      }
      const body = exampleEvent();
      const headers = {
        'X-OpenTrain-Signature': signatureHeader(SECRET, Buffer.from(body), at),
        ...{ 'X-OpenTrain-Delivery': 'whd_1', 'X-OpenTrain-Event': 'contract.started' },
      };
      const before = await wholeStore(world.access.store.database);
      const answer = await fetch(world.url + receiver.action, { method: 'POST', headers, body });
      expect(answer.status).to.equal(200);
      expect(changedTables(before, await wholeStore(world.access.store.database))).to.include('deliveries');
    });

    it('is taken with its own token, also where the browser names our own origin', async () => {
      for (const [path, form] of Object.entries(forms)) {
        const { database } = world.access.store;
        const token = await tokenOn(form);
        const before = await wholeStore(database);
        const answer = await world.post(form.action, { ...FIELDS, form: token }, { Origin: world.url });
        expect(answer.status, path).to.be.lessThan(400);
        expect(changedTables(before, await wholeStore(database)), path).not.to.deep.equal([]);
      }
    });
  });
}

describe('every form of the guided set-up', () => {
  const answers = new Map([
    ['TOOL_BASE_URL', 'http://127.0.0.1:1'],
    ['TOOL_API_TOKEN', 'x'],
    ['OPENTRAIN_PARTNER_TOKEN', 'ot_ptk_x'],
  ]);

  /** A set-up in which every step but the days is done, or all are. */
  async function openSetup(done: 'all' | 'but the days') {
    const server = createServer();
    const url = await listen(server);
    const progress = new SetupProgress(answers, {});
    for (const step of steps) if (done === 'all' || step.name !== 'days') progress.keep(step);
    const state = { now: Date.now(), finished: 0 };
    const watched = watchRoutes();
    const { app, beginUrl } = createSetupApp({
      ...{ progress, publicUrl: url, file: 'settings.env', environment: {}, log: pino({ level: 'silent' }) },
      clock: { now: () => new Date(state.now) },
      finish: async () => {
        state.finished += 1;
        return { signInUrl: `${url}/console/sign-in/x` };
      },
    });
    watched.stop();
    server.on('request', app);
    const send = (path: string, form: string, cookie: string, headers: Record<string, string> = {}) => {
      const body = new URLSearchParams({ form, USAGE_TIMEZONE: 'Europe/Paris' });
      return fetch(url + path, { method: 'POST', redirect: 'manual', headers: { cookie, ...headers }, body });
    };
    const tokenOn = async (path: string, cookie = ''): Promise<string> =>
      formToken(await (await fetch(url + path, { headers: { cookie } })).text());
    /** All that the set-up knows, and whether its link still works. */
    const known = async (): Promise<string> => {
      const { status } = await fetch(beginUrl);
      const results = steps.map((step) => [step.name, progress.isDone(step), progress.resultOf(step)]);
      return JSON.stringify([status, [...progress.answers], results, state.finished]);
    };
    return { server, state, watched, begin: new URL(beginUrl).pathname, send, tokenOn, known };
  }

  const cases = [
    { path: '/setup/begin/:ticket', page: 'begin', done: 'all', first: false },
    { path: '/setup/steps/:step', page: '/setup/steps/days', done: 'all', first: true },
    { path: '/setup/keep/:step', page: '/setup/steps/days', done: 'but the days', first: true },
    { path: '/setup/finish', page: '/setup/finish', done: 'all', first: true },
  ] as const;

  it('is one of these', async () => {
    const { server, watched } = await openSetup('all');
    server.close();
    const guarded = '/setup/*rest';
    expect(watched.paths('post').sort()).to.deep.equal([guarded, ...cases.map(({ path }) => path)].sort());
  });

  for (const { path, page, done, first } of cases) {
    it(`changes nothing without its token, its session or from another site, and something with them: ${path}`, async () => {
      const setup = await openSetup(done);
      const { begin, send, tokenOn, known } = setup;
      const action = path.replace(':ticket', begin.split('/').at(-1) ?? '').replace(':step', 'days');
      let cookie = '';
      if (first) {
        const begun = await send(begin, await tokenOn(begin), '');
        cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
      }
      const shown = page === 'begin' ? begin : page;
      setup.state.now -= 13 * HOUR_MS;
      const stale = await tokenOn(shown, cookie);
      setup.state.now += 13 * HOUR_MS;
      const good = await tokenOn(shown, cookie);
      const before = await known();
      for (const form of ['', 'x', stale, `${good}x`]) expect((await send(action, form, cookie)).status).to.equal(403);
      for (const headers of OTHER_SITES) {
        expect((await send(action, good, cookie, headers)).status, JSON.stringify(headers)).to.equal(403);
      }
      if (first) expect((await send(action, good, 'setup=guessed')).status).to.equal(401);
      expect(await known()).to.equal(before);
      expect((await send(action, good, cookie)).status).to.be.lessThan(400);
      expect(await known()).not.to.equal(before);
      setup.server.closeAllConnections();
      setup.server.close();
    });
  }
});
