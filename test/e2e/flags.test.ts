/** Days to look at, as trainers make them with Label Studio's own API: seen in the report, in `status` and in the console. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Router } from 'express';
import { pino } from 'pino';
import type { LabelStudioAdapter } from '../../adapters/label-studio/adapter.ts';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import { systemClock } from '../../plugin/clock.ts';
import { runReport } from '../../plugin/commands/report.ts';
import { reportStatus } from '../../plugin/commands/status.ts';
import type { PluginContext } from '../../plugin/context.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { createKeys } from '../../plugin/keys.ts';
import type { Mail } from '../../plugin/mail/mailer.ts';
import { refreshParticipants } from '../../plugin/mirror/participants.ts';
import { refreshFromOpenTrain } from '../../plugin/mirror/refresh.ts';
import { OpenTrainClient } from '../../plugin/platform/client.ts';
import { mailNightlyReport } from '../../plugin/report/report-mail.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { addDays, todayInUtc } from '../../plugin/usage/days.ts';
import { syncUsage } from '../../plugin/usage/sync.ts';
import { createApp } from '../../plugin/web/app.ts';
import { addSession } from '../../plugin/web/console/session-rows.ts';
import {
  adapterFor,
  freshWorkEmail,
  labelStudio,
  type TestLabelStudio,
  withToolDatabase,
} from '../support/label-studio.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { recordingMailer } from '../support/recording-mailer.ts';
import { type FreshStore, freshStore } from '../support/store.ts';

const PASSWORD = 'a long password for a test';
const COOKIE = 'a session of an admin in a test';

interface Trainer {
  id: string;
  name: string;
  userId: string;
  contractId: string;
  session: LabelStudioSession;
}

/** A time zone in which it is noon now: the day of the test has neither just begun nor is about to end. */
function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  return `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

describe('Days to look at, made on a real Label Studio', function () {
  this.timeout(180_000);
  const today = todayInUtc(new Date());
  const mails: Mail[] = [];
  const trainers: Record<string, Trainer> = {};
  let tool: TestLabelStudio;
  let adapter: LabelStudioAdapter;
  let store: FreshStore;
  let sandbox: Sandbox;
  let context: PluginContext;
  let server: Server;
  let projectId: string;
  let tasks: number[];

  before(async () => {
    tool = await labelStudio('postgres');
    adapter = adapterFor(tool);
    store = await freshStore('sqlite');
    sandbox = await startSandbox();
    const log = pino({ level: 'silent' });
    const openTrain = new OpenTrainClient({ baseUrl: sandbox.baseUrl, token: async () => sandbox.partnerToken, log });
    context = {
      settings: loadSettings({
        environment: {
          ...{ TOOL_BASE_URL: tool.baseUrl, TOOL_API_TOKEN: tool.apiToken, USAGE_TIMEZONE: zoneAtNoon() },
          ...{ OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken, REPORT_TO: 'lead@example.com' },
        },
      }),
      ...{ database: store.database, clock: systemClock, log, keys: createKeys('x'.repeat(32)), openTrain },
      ...{ tool: adapter, describeTool: () => adapter.describe(), gatewayRules: null, mailer: recordingMailer(mails) },
    };
    await setScene(openTrain);
    const app = createApp(context, { webhooks: Router(), ready: async () => ({ ready: true, why: '' }) });
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const times = { createdAt: new Date(), expiresAt: new Date(Date.now() + 3_600_000) };
    await addSession(store.database, COOKIE, { role: 'admin', actor: 'console maria@example.com' }, times);
  });
  after(async () => {
    server?.closeAllConnections();
    server?.close();
    await adapter?.close();
    await sandbox?.close();
    await store?.drop();
  });

  async function setScene(openTrain: OpenTrainClient): Promise<void> {
    const owner = await LabelStudioSession.mustSignIn(tool.baseUrl, tool.adminEmail, tool.adminPassword);
    const texts = Array.from({ length: 31 }, (_, number) => `Text ${number}`);
    ({ projectId, taskIds: tasks } = await owner.createProject('Flags', texts));
    const { id: jobId } = sandbox.control.createJob({
      title: 'Flags',
      paymentType: 'PAY_PER_LABEL',
      fundedVolume: 500,
    });
    await openTrain.createProjectLink({ externalProjectId: projectId, jobId, externalProjectName: 'Flags' });
    for (const name of ['Ada', 'Ben', 'Cem', 'Dee']) trainers[name] = await hired(name, jobId);
    await refreshFromOpenTrain(context, 'test');
    for (const { contractId } of Object.values(trainers)) await refreshParticipants(context, contractId, 'test');
  }

  async function hired(name: string, jobId: string): Promise<Trainer> {
    const email = freshWorkEmail(name.toLowerCase());
    const { toolUserId } = await adapter.createMember({
      ...{ email, displayName: name, password: PASSWORD, places: [WHOLE_TOOL] },
    });
    const { opentrainUserId: id } = sandbox.control.createTrainer({ displayName: name, workEmail: email });
    const startDate = addDays(today, -40);
    const { id: contractId } = sandbox.control.hire({ jobId, trainerId: id, startDate });
    const session = await LabelStudioSession.mustSignIn(tool.baseUrl, email, PASSWORD);
    return { id, name, userId: toolUserId, contractId, session };
  }

  const whose = (name: string): Trainer => trainers[name] ?? expect.fail(`nobody is called ${name}`);
  const task = (index: number): number => tasks[index] ?? Number.NaN;
  const sync = () => syncUsage(context, { cause: 'test' });
  const page = async (path: string): Promise<string> => {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: `console=${COOKIE}` } });
    return (await answer.text()).replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
  };

  /** So many annotations, one a task, at this many days before now. */
  async function annotate(name: string, count: number, leadTime: number | null, daysAgo = 0): Promise<number[]> {
    const made: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const time = leadTime === null ? {} : { leadTime };
      made.push(await whose(name).session.annotate(task(index), { labels: ['good'], ...time }));
    }
    const at = new Date(Date.now() - daysAgo * 86_400_000);
    if (daysAgo > 0) {
      await withToolDatabase(tool, async (database) => {
        for (const id of made) {
          await database.execute('UPDATE task_completion SET created_at = $1 WHERE id = $2', [at, id]);
        }
      });
    }
    return made;
  }

  it('are told by name with the numbers behind each, while the pay of nobody is stopped', async () => {
    // Ada: ten labels an hour on six days, then sixty; three times as many labels as on any other day.
    for (let day = 1; day <= 6; day += 1) await annotate('Ada', 10, 360, day);
    await annotate('Ada', 31, 60);
    // Ben: 14 hours within minutes, two labels on one task, one without time.
    await annotate('Ben', 14, 3_600);
    await annotate('Ben', 1, null);
    // Cem works plainly; then Ben edits one label, deletes two, and makes one in Cem's name.
    const [edited = 0, ...others] = await annotate('Cem', 12, 30);
    await annotate('Dee', 3, 30);
    await sync();
    await whose('Ben').session.edit(edited, { labels: ['bad'], leadTime: 900 });
    for (const id of others.slice(0, 2)) await whose('Ben').session.deleteAnnotation(id);
    await whose('Ben').session.http.post(`/api/tasks/${task(20)}/annotations/`, {
      ...{ result: [], lead_time: 50, completed_by: Number(whose('Cem').userId) },
    });
    // A row of Dee's that no member can write, and nobody can read.
    await withToolDatabase(tool, (database) =>
      database.execute('UPDATE task_completion SET result_count = -5 WHERE completed_by_id = $1', [
        Number(whose('Dee').userId),
      ]),
    );
    await sync();

    const { text = '', json } = await runReport(context, { day: today });
    const seen: [name: string, words: RegExp][] = [
      ['Ada', /60 annotations an hour; their own median is 10(?!\d)/],
      ['Ada', /31 annotations; their own median day has 10(?!\d)/],
      ['Ben', /14 h of work; first to last annotation plus one cap is 1 h/],
      ['Ben', /14 h of work in one day; more than 12 h is told/],
      ['Ben', /15 annotations on 14 tasks/],
      ['Ben', /1 of 15 annotations have no time/],
      ['Cem', /2 of 11 annotations were edited by another account, or made by it in their name/],
      ['Cem', /2 of the 12 annotations counted before are gone/],
      ['Dee', /The tool gives no usable numbers for 1 project: the day is held back/],
    ];
    await mailNightlyReport(context, today);
    const usage = await page('/console/usage?days=7');
    for (const [name, words] of seen) {
      const line = new RegExp(`${name}[^\\n]*Flags[^\\n]*${words.source}`);
      expect(text, 'the report in the terminal').to.match(line);
      expect(mails[0]?.text, 'the mail').to.match(line);
      expect(mails[0]?.html, 'the mail as HTML').to.match(words);
      expect(usage, 'the usage explorer').to.match(words);
      expect(await page(`/console/trainers/${whose(name).id}`), `the page of ${name}`).to.match(words);
    }
    expect(flagsIn(json)).to.deep.equal({
      Ada: ['unusual-speed', 'far-above-usual'],
      Ben: ['more-than-span', 'long-day', 'repeated-tasks', 'without-time'],
      Cem: ['by-others', 'gone'],
      Dee: ['unreadable'],
    });

    const named = new RegExp(
      `The work of Dee .* on ${today} in Flags cannot be read: Label Studio’s database gives no usable`,
    );
    const status = await reportStatus(context);
    expect(status.text)
      .to.match(named)
      .and.to.include(`opentrain-plugin explain ${whose('Dee').contractId} ${today}`);
    expect(await page('/console'))
      .to.match(named)
      .and.to.include('Explain this day');

    const labels = (name: string) =>
      [...(sandbox.state.contracts.get(whose(name).contractId)?.usage.values() ?? [])].find(
        ({ workDate }) => workDate === today,
      )?.labelsCompleted;
    expect(['Ada', 'Ben', 'Cem'].map(labels)).to.deep.equal([31, 15, 10]);
    expect(labels('Dee'), 'what OpenTrain accepted before stays').to.equal(3);
  });

  it('are over when the day can be read again', async () => {
    await withToolDatabase(tool, (database) =>
      database.execute('UPDATE task_completion SET result_count = 1 WHERE completed_by_id = $1', [
        Number(whose('Dee').userId),
      ]),
    );
    await sync();
    expect((await reportStatus(context)).text).not.to.include('cannot be read');
    expect(await page(`/console/trainers/${whose('Dee').id}`)).not.to.include('Days to look at');
  });
});

function flagsIn(json: unknown): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  const { flags } = json as { flags: { trainer: string; kind: string }[] };
  for (const { trainer, kind } of flags) found[trainer] = [...(found[trainer] ?? []), kind];
  return found;
}
