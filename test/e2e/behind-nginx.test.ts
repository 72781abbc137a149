/** The plugin and Label Studio below two paths of one host, behind nginx with a certificate of a private authority. */
import { resolve } from 'node:path';
import { expect } from 'chai';
import { toolHttp } from '../../adapters/label-studio/api-client.ts';
import { cookiesOf, postForm } from '../../adapters/label-studio/html-form.ts';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import { type RunningPlugin, runCommand } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { openPage, submitForm } from '../../plugin/dev/demo/web-form.ts';
import { createWorld, type World } from '../../plugin/dev/demo/world.ts';
import { labelStudioPeople } from '../../plugin/dev/local-tools/label-studio/people.ts';
import { type Nginx, prepareNginx } from '../support/nginx.ts';

const PASSWORD = 'a-long-enough-passphrase-7';

describe('the plugin and Label Studio below paths of one https host', function () {
  this.timeout(300_000);
  let nginx: Nginx;
  let world: World;
  let plugin: RunningPlugin;
  let pluginUrl: string;
  let toolUrl: string;

  before(async () => {
    nginx = await prepareNginx();
    pluginUrl = `${nginx.url}/opentrain`;
    toolUrl = `${nginx.url}/label`;
    world = await createWorld({
      adapter: 'label-studio',
      cacheDirectory: resolve(import.meta.dirname, '../../.cache'),
      toolDatabase: 'sqlite',
      toolPublicUrl: toolUrl,
      settings: { TOOL_BASE_URL: toolUrl, PLUGIN_PUBLIC_URL: pluginUrl, NODE_EXTRA_CA_CERTS: nginx.authority },
      progress: () => undefined,
    });
  });

  after(async () => {
    await plugin?.stop('SIGKILL');
    await world?.close();
    await nginx?.close();
  });

  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(plugin?.log());
  });

  const serve = (pluginKeepsPath: boolean): Promise<void> =>
    nginx.serve([
      { path: '/opentrain', target: world.pluginUrl, keepsPath: pluginKeepsPath },
      { path: '/label', target: world.tool.baseUrl, keepsPath: false },
    ]);

  /** What a signed-in browser gets at an address of the tool. */
  async function openInTool(url: string, email: string): Promise<number> {
    const signedIn = await postForm(
      await toolHttp(toolUrl),
      toolUrl,
      '/user/login/',
      {},
      { email, password: PASSWORD },
    );
    expect(signedIn.status).to.equal(302);
    return (await openPage(url, cookiesOf(signedIn))).status;
  }

  for (const keepsPath of [false, true]) {
    it(`lets a trainer in and out where nginx ${keepsPath ? 'keeps' : 'takes off'} the plugin's path`, async () => {
      await serve(keepsPath);
      plugin ??= await world.start();
      const people = labelStudioPeople({ ...world.tool, baseUrl: toolUrl });
      const project = await people.createProject(`Path ${keepsPath}`, 2);
      const { control, state } = world.sandbox;
      const job = control.createJob({ title: `Path ${keepsPath}` });
      const linked = await world.command('link', project.id, job.id);
      expect(linked.exitCode, linked.errors).to.equal(0);
      const endpoint = await waitFor('an endpoint', () => [...state.endpoints.values()][0]);
      expect(endpoint.url).to.equal(`${pluginUrl}/webhooks/opentrain`);

      const email = `path-${keepsPath}@opentrain.work`;
      const trainer = control.createTrainer({ displayName: 'Path', workEmail: email });
      const contract = control.hire({ jobId: job.id, trainerId: trainer.opentrainUserId });
      const link = linkIn(await world.mailbox.mailTo(email), pluginUrl);
      expect(link).to.match(new RegExp(`^${pluginUrl}/invitations/[\\w.-]+$`));
      await control.settled();
      const delivery = [...state.deliveries.values()].findLast(({ type }) => type === 'contract.started');
      expect(delivery?.attempts.map(({ status }) => status)).to.deep.equal([200]);

      const form = await openPage(link);
      for (const [, asset = ''] of form.html.matchAll(/(?:href|src)="([^"]*\.(?:css|js)[^"]*)"/g)) {
        expect((await openPage(new URL(asset, link).href)).status, asset).to.equal(200);
      }
      const page = await submitForm(link, { password: PASSWORD });
      expect(page.status, page.text).to.equal(200);
      const shown = new RegExp(`"(${toolUrl}/projects/${project.id}[^"]*)"`).exec(page.html)?.[1];
      if (shown === undefined) expect.fail(`no link to the project: ${page.html}`);
      expect(await openInTool(shown, email)).to.equal(200);

      const session = await waitFor('a session', () => people.signIn({ email, password: PASSWORD }));
      expect(await session.reaches(project.id)).not.to.deep.equal([]);
      control.endContract(contract.id);
      await waitFor('removal', async () => (await session.reaches(project.id)).length === 0);
    });
  }

  it('sets cookies below its own path, which the tool on the same host does not get', async () => {
    await serve(true);
    const { output } = await world.command('console');
    const link = /https:\/\/\S+/.exec(output)?.[0];
    if (link === undefined) expect.fail(output);
    const { html, cookie } = await openPage(link);
    const [, name = '', value = ''] = /type="hidden" name="([^"]*)" value="([^"]*)"/.exec(html) ?? [];
    const answer = await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({ [name]: value }),
      headers: { cookie, origin: nginx.url },
      redirect: 'manual',
    });
    expect(answer.headers.get('location'), html).to.equal('/opentrain/console');
    expect(answer.headers.getSetCookie()).not.to.deep.equal([]);
    for (const cookie of answer.headers.getSetCookie())
      expect(cookie)
        .to.match(/Path=\/opentrain/i)
        .and.match(/Secure/i);
    expect(answer.headers.get('strict-transport-security')).to.equal(null);
  });

  it('says that nginx redirects, and where to, when TOOL_BASE_URL begins with http', async () => {
    await serve(false);
    const settings = { ...world.environment, TOOL_BASE_URL: `${nginx.redirectingUrl}/label` };
    const { output, errors } = await runCommand(['projects'], settings);
    expect(output + errors)
      .to.include('Something in front of Label Studio (nginx')
      .and.include(`${toolUrl}/api/`);
  });

  it('names NODE_EXTRA_CA_CERTS when the authority is not known', async () => {
    const { NODE_EXTRA_CA_CERTS: _unknown, ...settings } = world.environment;
    const { exitCode, output, errors } = await runCommand(['projects'], settings);
    expect(exitCode).not.to.equal(0);
    expect(output + errors).to.include('NODE_EXTRA_CA_CERTS');
  });
});
