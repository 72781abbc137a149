import { expect } from 'chai';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { listItems } from '../../../plugin/queue/items.ts';
import { readConnection } from '../../../plugin/status/connection.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';
import { formToken, WebWorld } from '../../support/web-world.ts';

describe('connecting in the browser', () => {
  let openTrain: SandboxWorld;
  let world: WebWorld;
  let cookie: string;

  beforeEach(async () => {
    openTrain = await startSandboxWorld();
    world = await open();
    cookie = await world.signIn();
  });
  afterEach(async () => {
    await world.close();
    await openTrain.close();
  });

  function open(environment: Record<string, string> = {}): Promise<WebWorld> {
    return WebWorld.open('sqlite', {
      OPENTRAIN_BASE_URL: openTrain.sandbox.baseUrl,
      OPENTRAIN_APP_SLUG: 'our-tool',
      ...environment,
    });
  }

  /** The address of the button that leads to OpenTrain. */
  async function consentLink(path = '/connect'): Promise<URL> {
    const html = await world.page(path, cookie);
    const href = /href="(http[^"]+\/integrations\/[^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
    if (!href) throw new Error('there is no button');
    return new URL(href);
  }

  function callback(state: string, session = cookie): Promise<Response> {
    return world.get(`/connect/callback?opentrain_install_id=ins_1&state=${encodeURIComponent(state)}`, session);
  }

  it('leads to the consent screen, with a way back and a state', async () => {
    const link = await consentLink();
    expect(link.origin + link.pathname).to.equal(`${openTrain.sandbox.origin}/integrations/our-tool/connect`);
    expect(link.searchParams.get('redirect_uri')).to.equal(`${world.url}/connect/callback`);
    expect(link.searchParams.get('state')).to.have.length.greaterThan(40);
  });

  it('names the project that it sets out from', async () => {
    expect((await consentLink()).searchParams.has('external_project_id')).to.equal(false);
    const link = await consentLink('/connect?project=7%26a');
    expect(link.searchParams.get('external_project_id')).to.equal('7&a');
  });

  it('takes the way back once, in the session that set out, with the state it gave', async () => {
    const state = (await consentLink()).searchParams.get('state') ?? '';
    expect((await callback(`${state}x`)).status).to.equal(400);
    expect((await callback('')).status).to.equal(400);
    expect((await callback(state, await world.signIn())).status, 'in another session').to.equal(400);
    const back = await callback(state);
    expect(back.status).to.equal(200);
    expect(await back.text())
      .to.include('ins_1')
      .and.to.include('Paste the token');
    expect((await callback(state)).status, 'a second time').to.equal(400);
  });

  it('forgets the state before when a new one is given', async () => {
    const first = (await consentLink()).searchParams.get('state') ?? '';
    const second = (await consentLink()).searchParams.get('state') ?? '';
    expect((await callback(first)).status).to.equal(400);
    expect((await callback(second)).status).to.equal(200);
  });

  it('checks a pasted token with OpenTrain, keeps it encrypted, and makes everything due', async () => {
    const { partnerToken } = openTrain.sandbox;
    const response = await world.act(cookie, '/connect', '/connect/token', { token: ` ${partnerToken} ` });
    expect(response.headers.get('location')).to.equal('/connect?done=connected');
    const connection = await readConnection(world.access.context);
    expect(connection.token).to.equal('store');
    expect(connection.install?.status).to.equal('connected');
    const { database } = world.access.store;
    const stored = JSON.stringify([await database('secrets'), await database('installs'), await database('audit_log')]);
    expect(stored).not.to.include(partnerToken);
    const due = (await listItems(database)).map(({ kind, key }) => `${kind} ${key}`);
    expect(due).to.include.members(['reconcile all', 'endpoint check']);
    expect(await world.page('/connect', cookie)).not.to.include(partnerToken);
  });

  it('keeps nothing of a token that OpenTrain refuses, or that is none', async () => {
    for (const token of ['ot_ptk_wrong', 'two words', '', 'x'.repeat(600)]) {
      const response = await world.act(cookie, '/connect', '/connect/token', { token });
      expect(response.status, token).to.equal(409);
    }
    expect(await world.access.store.database('secrets')).to.deep.equal([]);
  });

  it('refuses the token of another install than the one that was approved', async () => {
    const state = (await consentLink()).searchParams.get('state') ?? '';
    const form = formToken(await (await callback(state)).text());
    const fields = { form, install: 'ins_1', token: openTrain.sandbox.partnerToken };
    const response = await world.post('/connect/token', fields, { cookie });
    expect(response.status).to.equal(409);
    expect(await response.text()).to.include('but you approved ins_1');
  });

  it('says that the token of the environment wins, and takes no other', async () => {
    await world.close();
    world = await open({ OPENTRAIN_PARTNER_TOKEN: openTrain.sandbox.partnerToken });
    cookie = await world.signIn();
    expect(await world.page('/connect', cookie)).to.include('OPENTRAIN_PARTNER_TOKEN is set and wins');
    expect(await world.page('/connect', cookie)).not.to.include('name="token"');
    const refused = await world.act(cookie, '/connect', '/connect/token', { token: openTrain.sandbox.partnerToken });
    expect(await refused.text()).to.include('wins over a token that is pasted');
    expect(await world.access.store.database('secrets'), 'nothing is kept').to.deep.equal([]);
  });

  it('links a project to a job and removes the link, on OpenTrain too', async () => {
    const token = openTrain.sandbox.partnerToken;
    await world.close();
    world = await open({ OPENTRAIN_PARTNER_TOKEN: token });
    const { log, settings } = world.access.context;
    const baseUrl = settings.openTrain.baseUrl;
    world.access.use({ openTrain: new OpenTrainClient({ baseUrl, token: async () => token, log }) });
    world.access.tool.listProjects = async () => [{ id: '7', title: 'Project 7' }];
    world.serve();
    cookie = await world.signIn();
    const { id: job } = openTrain.sandbox.control.createJob({ title: 'Boxes' });
    const fields = { project: '7', job, unit: 'regions' };
    const unknown = { ...fields, job: 'job_unknown' };
    const refused = await world.act(cookie, '/console/projects', '/console/projects/link', unknown);
    expect(await refused.text()).to.include('OpenTrain has no job job_unknown');
    await world.act(cookie, '/console/projects', '/console/projects/link', fields);
    const [link] = (await world.access.context.openTrain.projectLinks()).value;
    expect(link?.externalProjectId).to.equal('7');
    const again = await world.act(cookie, '/console/projects', '/console/projects/link', fields);
    expect(again.status).to.equal(409);
    const asked = await world.page(`/console/projects?unlink=${link?.id}`, cookie);
    expect(asked).to.include('Remove the link of').and.to.include('Nobody loses access by it');
    await world.act(cookie, '/console/projects', '/console/projects/unlink', { link: link?.id ?? '' });
    expect((await world.access.context.openTrain.projectLinks()).value).to.deep.equal([]);
    expect(await world.page('/console/projects', cookie)).to.include('Removed links (1)');
  });
});
