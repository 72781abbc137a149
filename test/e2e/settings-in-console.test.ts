/** Settings are changed in the console of a real `start`: in effect in the same process, without a request or a trainer lost. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { linkIn, type Mailbox, startMailbox } from '../../plugin/dev/demo/mailbox.ts';
import { type RunningPlugin, runCommand, startPlugin } from '../../plugin/dev/demo/plugin-process.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { openPage } from '../../plugin/dev/demo/web-form.ts';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { readSettingsText } from '../../plugin/settings/settings-file.ts';
import { createProcessWorld, type ProcessWorld } from '../support/process-world.ts';
import { storeKinds } from '../support/store.ts';
import { formToken } from '../support/web-world.ts';

const MAIL_WITHIN_MS = 60_000;

/** The example tool, served by the rules of another: the gateway only has to try to listen. */
function adapterWithGateway(folder: string, adapter: string): string {
  const file = join(folder, 'adapter.ts');
  const other = resolve(import.meta.dirname, '../../adapters/label-studio/index.ts');
  const [one, two] = [adapter, other].map((path) => JSON.stringify(pathToFileURL(path).href));
  writeFileSync(
    file,
    `import one from ${one};\nimport two from ${two};\nexport default { ...one, gateway: two.gateway };\n`,
  );
  return file;
}

for (const kind of storeKinds)
  describe(`settings changed in the console of start on ${kind}`, function () {
    this.timeout(240_000);
    let world: ProcessWorld;
    let mailbox: Mailbox;
    let plugin: RunningPlugin;
    let jobId: string;
    let folder: string;
    let file: string;
    let cookie: string;

    before(async () => {
      world = await createProcessWorld(kind);
      mailbox = await startMailbox();
      jobId = await world.linkedJob();
      folder = mkdtempSync(join(tmpdir(), 'plugin-settings-'));
      file = join(folder, 'plugin.env');
      const values = {
        ...world.environment,
        TOOL_ADAPTER: adapterWithGateway(folder, String(world.environment.TOOL_ADAPTER)),
        ...{
          SMTP_URL: mailbox.url,
          MAIL_FROM: 'labels@example.com',
          REPORT_TO: 'lead@example.com',
          BRAND_NAME: 'Acme',
        },
      };
      writeFileSync(
        file,
        `# by hand\n${Object.entries(values)
          .map(([name, value]) => `${name}='${value}'\n`)
          .join('')}`,
      );
      plugin = await startPlugin({}, world.pluginUrl, undefined, ['--settings-file', file]);
      cookie = await signIn();
    });
    after(async () => {
      await plugin?.stop('SIGKILL');
      await mailbox?.close();
      await world?.close();
      if (folder) rmSync(folder, { recursive: true, force: true });
    });

    async function signIn(): Promise<string> {
      const { output } = await runCommand(['console', '--settings-file', file], {});
      const path = /http\S+\/console\/sign-in\/\S+/.exec(output)?.[0] ?? '';
      const body = new URLSearchParams({ form: formToken((await openPage(path)).html) });
      const answer = await fetch(path, { method: 'POST', redirect: 'manual', body });
      return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    }

    /** Saves, and returns the page that a browser shows then. */
    async function save(group: string, fields: Record<string, string>): Promise<string> {
      const address = `${world.pluginUrl}/console/settings/${group}`;
      const form = formToken((await openPage(address, cookie)).html);
      const headers = { cookie };
      const answer = await fetch(address, {
        method: 'POST',
        redirect: 'manual',
        headers,
        body: new URLSearchParams({ form, ...fields }),
      });
      if (answer.status !== 303) return answer.text();
      const { html } = await openPage(new URL(answer.headers.get('location') ?? '', address).href, cookie);
      return html;
    }

    /** Hires somebody, and returns the page that their mail leads to. */
    async function invitationOf(name: string): Promise<string> {
      const { control } = world.sandbox;
      const workEmail = `${name}@opentrain.work`;
      const { opentrainUserId } = control.createTrainer({ displayName: name, workEmail });
      control.hire({ jobId, trainerId: opentrainUserId });
      const mail = await mailbox.mailTo(workEmail, { timeoutMs: MAIL_WITHIN_MS });
      expect((await openPage(linkIn(mail, world.pluginUrl))).html).to.include('name="password"');
      return mail.text ?? '';
    }

    const inFile = (): Record<string, string> => Object.fromEntries(readSettingsText(readFileSync(file, 'utf8'), file));
    const begun = (): number => plugin.log().split('"serving"').length - 1;

    it('another BRAND_NAME is in the next mail, and nobody who asks meanwhile is turned away', async () => {
      expect(await invitationOf('ada'))
        .to.include('Acme')
        .and.not.to.include('Beta');
      const answers: (number | string)[] = [];
      let isOver = false;
      const asking = (async () => {
        while (!isOver) answers.push(await fetch(`${world.pluginUrl}/readyz`).then(({ status }) => status, String));
      })();
      const html = await save('mail', { BRAND_NAME: 'Beta Labels', 'was.BRAND_NAME': 'Acme' });
      expect(html).to.include('BRAND_NAME: changed by console link').and.to.include('<strong>Beta Labels</strong>');
      expect(await invitationOf('ben'))
        .to.include('Beta Labels')
        .and.not.to.include('Acme');
      isOver = true;
      await asking;
      expect([...new Set(answers)]).to.deep.equal([200]);
      expect(begun(), 'services in this process').to.equal(2);
      expect(readFileSync(file, 'utf8')).to.match(/^# by hand\n/);
      expect(inFile()).to.deep.include({ BRAND_NAME: 'Beta Labels', SMTP_URL: mailbox.url });
      const { output } = await runCommand(['status', '--json', '--settings-file', file], {});
      expect(output, 'one process runs').to.include('"running": 1');
    });

    it('who is hired meanwhile is invited, and OpenTrain has to send nothing twice', async () => {
      const { control, state } = world.sandbox;
      const before = state.deliveries.size;
      const hired = ['cleo', 'dora', 'eve'].map((name) => invitationOf(name));
      await save('mail', { BRAND_COLOR: '#104080', 'was.BRAND_COLOR': '#1f5eff' });
      await save('mail', { BRAND_COLOR: '#401080', 'was.BRAND_COLOR': '#104080' });
      await Promise.all(hired);
      await control.settled();
      const answers = [...state.deliveries.values()]
        .slice(before)
        .map(({ attempts }) => attempts.map(({ status }) => status));
      expect(answers.length).to.be.greaterThan(2);
      expect(answers.filter((statuses) => statuses.join() !== '200')).to.deep.equal([]);
    });

    it('another REPORT_SCHEDULE is when the report is mailed from then on', async () => {
      expect(mailbox.mails.some(({ subject }) => subject?.includes('labels'))).to.equal(false);
      await save('reports', { REPORT_SCHEDULE: '*/2 * * * * *', 'was.REPORT_SCHEDULE': '30 3 * * *' });
      await mailbox.mailTo('lead@example.com', { timeoutMs: MAIL_WITHIN_MS });
    });

    it('a value that is wrong is refused, and the process goes on', async () => {
      const [before, services] = [readFileSync(file, 'utf8'), begun()];
      const html = await save('usage', { USAGE_TIMEZONE: 'Mars/Olympus', 'was.USAGE_TIMEZONE': 'UTC' });
      expect(html).to.include('USAGE_TIMEZONE is not a time zone').and.to.include('value="Mars/Olympus"');
      expect(readFileSync(file, 'utf8')).to.equal(before);
      expect([(await fetch(`${world.pluginUrl}/readyz`)).status, begun()]).to.deep.equal([200, services]);
    });

    it('settings that it cannot begin with are taken back, and it goes on with those from before', async () => {
      const taken: Server = createServer();
      const port = await freePort();
      await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
      const services = begun();
      const html = await save('gateway', {
        ...{ GATEWAY_PUBLIC_URL: 'https://work.example.com', 'was.GATEWAY_PUBLIC_URL': '' },
        ...{ GATEWAY_PORT: String(port), 'was.GATEWAY_PORT': '8791' },
      });
      expect(html).to.include('goes on with the settings from before').and.to.include('another program listens there');
      expect(inFile()).not.to.have.any.keys('GATEWAY_PUBLIC_URL', 'GATEWAY_PORT');
      expect([(await fetch(`${world.pluginUrl}/readyz`)).status, begun()]).to.deep.equal([200, services + 1]);
      expect((await openPage(`${world.pluginUrl}/console/audit`, cookie)).text).to.include('settings-taken-back');
      await new Promise((resolve) => taken.close(resolve));
    });

    it('it still ends by SIGTERM, with exit code 0', async () => {
      expect(plugin.process.exitCode).to.equal(null);
      await waitFor('the last service', () => begun() >= 6);
      expect(await plugin.stop()).to.equal(0);
    });
  });
