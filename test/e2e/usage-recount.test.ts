import { expect } from 'chai';
import { pino } from 'pino';
import type { LabelStudioAdapter } from '../../adapters/label-studio/adapter.ts';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import { systemClock } from '../../plugin/clock.ts';
import type { PluginContext } from '../../plugin/context.ts';
import { type Sandbox, startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { createKeys } from '../../plugin/keys.ts';
import { refreshParticipants } from '../../plugin/mirror/participants.ts';
import { setLabelUnit } from '../../plugin/mirror/project-links.ts';
import { refreshFromOpenTrain } from '../../plugin/mirror/refresh.ts';
import { OpenTrainClient } from '../../plugin/platform/client.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { addDays, todayInUtc } from '../../plugin/usage/days.ts';
import { syncUsage } from '../../plugin/usage/sync.ts';
import { type ExportDay, recountExport } from '../support/export-recount.ts';
import {
  adapterFor,
  freshWorkEmail,
  labelStudio,
  type TestLabelStudio,
  withToolDatabase,
} from '../support/label-studio.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { type FreshStore, freshStore, storeKinds } from '../support/store.ts';

const PASSWORD = 'a long password for a test';
const CAP = 3_600;
const timezones = { sqlite: 'America/New_York', postgres: 'Asia/Tokyo' } as const;

interface Trainer {
  contractIds: Record<string, string>;
  email: string;
  userId: number;
  session: LabelStudioSession;
  /** What they made: annotation ids. */
  made: number[];
}

for (const kind of storeKinds) {
  describe(`Usage counted on a real Label Studio (${kind})`, function () {
    this.timeout(180_000);
    const timezone = timezones[kind];
    let tool: TestLabelStudio;
    let adapter: LabelStudioAdapter;
    let store: FreshStore;
    let sandbox: Sandbox;
    let context: PluginContext;
    let admin: LabelStudioSession;
    const jobs: Record<string, string> = {};
    const projects: { projectId: string; taskIds: number[]; job: string; labelUnit: 'annotations' | 'regions' }[] = [];
    const trainers: Trainer[] = [];
    let seed = 20_310_520;
    /** The same numbers on every run, from 0 to `below` (excluded). */
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };

    before(async () => {
      tool = await labelStudio(kind);
      adapter = adapterFor(tool);
      store = await freshStore(kind);
      sandbox = await startSandbox();
      const log = pino({ level: 'silent' });
      const settings = loadSettings({
        environment: {
          TOOL_BASE_URL: tool.baseUrl,
          TOOL_API_TOKEN: tool.apiToken,
          USAGE_TIMEZONE: timezone,
          OPENTRAIN_PARTNER_TOKEN: sandbox.partnerToken,
        },
      });
      const openTrain = new OpenTrainClient({ baseUrl: sandbox.baseUrl, token: async () => sandbox.partnerToken, log });
      context = Object.freeze({
        settings,
        database: store.database,
        clock: systemClock,
        log,
        keys: createKeys('x'.repeat(32)),
        openTrain,
        tool: adapter,
        describeTool: () => adapter.describe(),
        gatewayRules: null,
        mailer: null,
      });
      admin = await LabelStudioSession.mustSignIn(tool.baseUrl, tool.adminEmail, tool.adminPassword);
      await setScene(openTrain);
    });

    after(async () => {
      await adapter?.close();
      await sandbox?.close();
      await store?.drop();
    });

    async function setScene(openTrain: OpenTrainClient): Promise<void> {
      for (const name of ['A', 'B'])
        jobs[name] = sandbox.control.createJob({
          title: `Job ${name}`,
          paymentType: 'PAY_PER_LABEL',
          fundedVolume: 500,
        }).id;
      for (const [job, labelUnit] of [
        ['A', 'annotations'],
        ['A', 'regions'],
        ['B', 'annotations'],
      ] as const) {
        const project = await admin.createProject(
          `Usage ${job} ${labelUnit}`,
          Array.from({ length: 12 }, (_, number) => `Text ${number}`),
        );
        await openTrain.createProjectLink({ externalProjectId: project.projectId, jobId: jobs[job] ?? '' });
        projects.push({ ...project, job, labelUnit });
      }
      for (const worksOn of [['A'], ['A', 'B'], ['B']]) await hireTrainer(worksOn);
      await refreshFromOpenTrain(context, 'test');
      for (const trainer of trainers)
        for (const id of Object.values(trainer.contractIds)) await refreshParticipants(context, id, 'test');
      for (const { projectId } of projects.filter(({ labelUnit }) => labelUnit === 'regions')) {
        const link = await context.database('project_links').where({ external_project_id: projectId }).first();
        await setLabelUnit(context.database, link.id, 'regions');
      }
    }

    async function hireTrainer(worksOn: readonly string[]): Promise<void> {
      const email = freshWorkEmail();
      const account = await adapter.createMember({
        email,
        displayName: 'Trainer',
        password: PASSWORD,
        places: [WHOLE_TOOL],
      });
      const { opentrainUserId: trainerId } = sandbox.control.createTrainer({
        displayName: 'Trainer',
        workEmail: email,
      });
      const startDate = addDays(todayInUtc(new Date()), -40);
      const contractIds = Object.fromEntries(
        worksOn.map((job) => [job, sandbox.control.hire({ jobId: jobs[job] ?? '', trainerId, startDate }).id]),
      );
      const session = await LabelStudioSession.mustSignIn(tool.baseUrl, email, PASSWORD);
      trainers.push({ contractIds, email, userId: Number(account.toolUserId), session, made: [] });
    }

    const labels = (): string[] => ['good', 'bad', 'ugly'].slice(0, 1 + random(3));
    const pick = <Item>(items: readonly Item[]): Item => {
      const item = items[random(items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    };

    /** Moves an annotation to another moment of the last 20 days, some right at midnight. */
    async function backdate(annotationId: number): Promise<void> {
      const moment = new Date(Date.now() - (1 + random(20 * 24 * 60)) * 60_000);
      if (random(4) === 0) moment.setUTCMinutes(0, 0, 0);
      await withToolDatabase(tool, (database) =>
        database.execute('UPDATE task_completion SET created_at = $1 WHERE id = $2', [moment, annotationId]),
      );
    }

    async function everybodyWorks(): Promise<void> {
      for (const trainer of trainers) {
        for (let made = 0; made < 9; made += 1) {
          const task = pick(pick(projects).taskIds);
          const id =
            random(8) === 0
              ? await trainer.session.skip(task, 9)
              : await trainer.session.annotate(task, {
                  labels: labels(),
                  leadTime: random(10) === 0 ? 5_000 : 1 + random(300) + 0.25,
                });
          trainer.made.push(id);
          await backdate(id);
        }
      }
      // The admin's own work and imports are nobody's contract.
      for (const project of projects) await admin.annotate(pick(project.taskIds), { labels: ['good'], leadTime: 5 });
    }

    /** What OpenTrain holds for a contract, days of zeros left out. */
    function held(contractId: string): Record<string, ExportDay> {
      const records = [...(sandbox.state.contracts.get(contractId)?.usage.values() ?? [])];
      return Object.fromEntries(
        records
          .map(
            (day) =>
              [
                day.workDate,
                { tasks: day.tasksCompleted ?? 0, labels: day.labelsCompleted ?? 0, seconds: day.totalSeconds ?? 0 },
              ] as const,
          )
          .filter(([, day]) => day.tasks > 0),
      );
    }

    async function expectEqualToExport(): Promise<void> {
      const exported = [];
      for (const project of projects)
        exported.push({ ...project, export: await admin.exportProject(project.projectId) });
      for (const trainer of trainers) {
        for (const [job, contractId] of Object.entries(trainer.contractIds)) {
          const recounted = recountExport(
            exported.filter((project) => project.job === job),
            trainer.userId,
            { timezone, cap: CAP },
          );
          const today = todayInUtc(new Date());
          const due = Object.fromEntries(Object.entries(recounted).filter(([day]) => day <= today));
          expect(Object.keys(due).length, 'days of work').to.be.greaterThan(0);
          expect(held(contractId), `${trainer.email} on job ${job}`).to.deep.equal(due);
        }
      }
    }

    it("equals Label Studio's own export, recounted, after work, skips, edits, deletions and more work", async () => {
      await everybodyWorks();
      await syncUsage(context, { cause: 'test', acceptLosses: true });
      await expectEqualToExport();

      for (const trainer of trainers) {
        for (const id of trainer.made.slice(0, 3))
          await trainer.session.edit(id, { labels: labels(), leadTime: 400 + random(400) });
        for (const id of trainer.made.slice(3, 6)) await trainer.session.deleteAnnotation(id);
      }
      await syncUsage(context, { cause: 'test', acceptLosses: true });
      await expectEqualToExport();

      await everybodyWorks();
      await syncUsage(context, { cause: 'test', acceptLosses: true });
      await expectEqualToExport();
    });

    it('sends nothing a second time', async () => {
      const filter = { method: 'POST', path: '/usage' };
      const before = sandbox.control.countRequests(filter);
      await syncUsage(context, { cause: 'test', acceptLosses: true });
      expect(sandbox.control.countRequests(filter)).to.equal(before);
      expect(before).to.be.greaterThan(0);
    });
  });
}
