import { expect } from 'chai';
import type { TallyRow } from '../../../adapters/tool.ts';
import { runReport } from '../../../plugin/commands/report.ts';
import { reportStatus } from '../../../plugin/commands/status.ts';
import { addDays } from '../../../plugin/usage/days.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { flagsWithin } from '../../../plugin/usage/usage-flags.ts';
import { storeKinds } from '../../support/store.ts';
import {
  addContract,
  addLink,
  addTrainer,
  resetUsageWorld,
  type UsageWorld,
  usageWorld,
} from '../../support/usage-world.ts';

const TODAY = '2031-05-20';
const DAY = '2031-05-19';

for (const kind of storeKinds) {
  describe(`Days to look at (${kind})`, function () {
    this.timeout(30_000);
    let world: UsageWorld;
    before(async () => {
      world = await usageWorld(kind);
    });
    after(() => world.close());
    beforeEach(async () => {
      const { database } = world;
      await resetUsageWorld(world);
      await addTrainer(database, { id: 'ada', tool_user_id: '7', display_name: 'Ada' });
      await addTrainer(database, { id: 'ben', tool_user_id: '8', display_name: 'Ben' });
      await addLink(database, { id: 'l1', job_id: 'A', external_project_id: 'P', external_project_name: 'Cats' });
      await addLink(database, { id: 'l2', job_id: 'B', external_project_id: 'Q', external_project_name: 'Dogs' });
      await addContract(database, { id: 'c1', job_id: 'A', trainerIds: ['ada', 'ben'] });
      await addContract(database, { id: 'c2', job_id: 'B', trainerIds: ['ada'] });
    });

    const work = (toolUserId: string, day: string, count: number, seconds = 60, projectId = 'P'): void => {
      for (let index = 0; index < count; index += 1) {
        world.tool.annotations.push({
          ...{ projectId, taskId: String(world.tool.annotations.length), toolUserId, email: null },
          ...{ createdAt: new Date(`${day}T10:00:00Z`), seconds, regions: 1 },
        });
      }
    };
    const sync = (since?: string) => syncUsage(world.context, { cause: 'test', ...(since ? { since } : {}) });
    const flags = async (from = DAY, until = TODAY) =>
      (await flagsWithin(world.database, { from, until }, 100)).map(({ trainerId, day, kind: what, value, limit }) => [
        ...[trainerId, day, what, value, limit],
      ]);
    const untilLast = (count: number): string[] =>
      Array.from({ length: count }, (_, index) => addDays(DAY, -index - 1));

    it('are told against what is usual for the person, from the days before', async () => {
      for (const day of untilLast(5)) {
        work('7', day, 20, 60);
        work('8', day, 100, 6);
      }
      work('7', DAY, 100, 6);
      work('8', DAY, 100, 6);
      await sync();
      expect(await flags()).to.deep.equal([
        ['ada', DAY, 'far-above-usual', 100, 20],
        ['ada', DAY, 'unusual-speed', 600, 60],
      ]);
      const { text, json } = await runReport(world.context, { day: DAY });
      expect(text).to.match(/Days to look at.*\n.*\nAda +Cats +600 annotations an hour; their own median is 60\n/);
      expect(text)
        .to.match(/Ada +Cats +100 annotations; their own median day has 20/)
        .and.not.match(/Ben.*median/);
      expect(JSON.stringify(json)).to.include('"kind":"unusual-speed","value":600,"limit":60');
      const { text: csv = '' } = await runReport(world.context, { day: DAY, csv: true });
      expect(csv)
        .to.match(/,unusual-speed:600\/60 far-above-usual:100\/20\r\n/)
        .and.to.match(/flags\r\n/);
    });

    it('tell what was counted before and is gone, of people without any work left too, and until it is back', async () => {
      work('7', DAY, 10);
      work('8', DAY, 4);
      await sync();
      expect(await flags()).to.deep.equal([]);
      const all = world.tool.annotations;
      world.tool.annotations = all.filter(({ toolUserId }, index) => toolUserId === '7' && index >= 3);
      const { text } = await runReport(world.context, { day: DAY });
      expect(text).to.match(/Ada .*3 of the 10 annotations counted before are gone/);
      expect(text).to.match(/Ben .*4 of the 4 annotations counted before are gone/);
      const gone = [
        ['ada', DAY, 'gone', 3, 10],
        ['ben', DAY, 'gone', 4, 4],
      ];
      for (const since of [DAY, undefined, DAY]) {
        await sync(since);
        expect(await flags()).to.deep.equal(gone);
      }
      world.tool.isDown = true;
      expect((await runReport(world.context, { day: DAY })).text, 'while the tool is down').to.match(
        /Ben .*4 of the 4/,
      );
      world.tool.isDown = false;
      world.tool.annotations = all;
      await sync(DAY);
      expect(await flags()).to.deep.equal([]);
    });

    it('are of a person’s whole day: projects that a sync does not count keep what was counted there', async () => {
      work('7', DAY, 7, 3_600, 'P');
      work('7', DAY, 7, 3_600, 'Q');
      await sync();
      const long = [['ada', DAY, 'long-day', 50_400, 43_200]];
      expect(await flags()).to.deep.equal(long);
      await world.database('contracts').where({ id: 'c2' }).update({ status: 'ended', final_submitted_at: 1 });
      await sync(DAY);
      expect(await flags()).to.deep.equal(long);
      expect(world.tool.tallies.at(-1)?.projectIds, 'the second project was not counted').to.deep.equal(['P']);
    });

    it('are of all accounts that a trainer has had, with what did not count kept by reason', async () => {
      world.tool.amend = (row) => ({
        ...row,
        email: 'ada@opentrain.work',
        withoutTime: 1,
        notCounted: [{ reason: 'author-changed', annotations: 2, seconds: 30 }],
      });
      work('7', DAY, 3);
      work('77', DAY, 2);
      await sync();
      expect(await flags()).to.deep.equal([
        ['ada', DAY, 'by-others', 4, 9],
        ['ada', DAY, 'without-time', 2, 5],
      ]);
      const [row] = await world.database('counted_days').select('annotations', 'not_counted');
      expect(row).to.deep.include({ annotations: 5 });
      expect(JSON.parse(row.not_counted)).to.deep.equal([{ reason: 'author-changed', annotations: 4, seconds: 60 }]);
    });

    it('stop no payment', async () => {
      work('7', DAY, 14, 3_600);
      await sync();
      expect(await flags()).to.have.length(1);
      expect(await world.database('usage_days').pluck('total_seconds')).to.deep.equal([50_400]);
    });

    describe('and a day that cannot be read', () => {
      const OLD = '2031-01-10';
      const broken = (day: string) => (row: TallyRow) =>
        row.toolUserId === '7' && row.day === day
          ? { ...row, tasks: 0, annotations: 0, seconds: 0, unreadable: 'result_count is\nno number.' }
          : row;

      for (const day of [DAY, OLD]) {
        it(`costs that trainer's day (${day}) and nobody else's, and is told by name until it can be read`, async () => {
          work('7', day, 2);
          work('7', TODAY, 3);
          work('8', day, 4);
          world.tool.amend = broken(day);
          await sync();
          await sync(TODAY);
          const sent = await world.database('usage_days').orderBy(['trainer_id', 'work_date']);
          expect(sent.map((row) => [row.trainer_id, row.work_date, row.labels_completed])).to.deep.equal([
            ['ada', TODAY, 3],
            ['ben', day, 4],
          ]);
          expect(await flags(day)).to.deep.equal([['ada', day, 'unreadable', 1, null]]);
          const { text, status } = await reportStatus(world.context);
          expect(text).to.include(
            `! The work of Ada (ada@opentrain.work) on ${day} in Cats cannot be read: result_count is no number. That day of theirs is not submitted; all others are.`,
          );
          expect(text).to.include(`→ \`opentrain-plugin explain c1 ${day}\` lists its annotations`);
          expect(text).to.include(`\`opentrain-plugin sync --since ${day}\``);
          const [problem] = status.problems.filter(({ what }) => what.includes('cannot be read'));
          expect(problem).to.deep.include({
            ...{ group: 'Work and budgets', severity: 'urgent', trainerId: 'ada' },
            page: { path: `/console/explain?contract=c1&day=${day}`, name: 'Explain this day' },
          });
          world.tool.amend = (row) => row;
          await sync(day);
          expect((await reportStatus(world.context)).text).not.to.include('cannot be read');
          expect(await flags(day)).to.deep.equal([]);
          expect(await world.database('usage_days').where({ trainer_id: 'ada', work_date: day })).to.have.length(1);
        });
      }

      it('keeps what OpenTrain accepted before, and flags nothing as gone', async () => {
        work('7', DAY, 5);
        await sync();
        world.tool.amend = broken(DAY);
        await sync(DAY);
        expect(await world.database('usage_days').pluck('labels_completed')).to.deep.equal([5]);
        expect((await flags()).map(([, , what]) => what)).to.deep.equal(['unreadable']);
      });

      it('of somebody without a contract leads to the tool', async () => {
        await addTrainer(world.database, { id: 'cem', tool_user_id: '9' });
        work('9', DAY, 1);
        world.tool.amend = (row) => ({ ...row, unreadable: 'no number.' });
        await sync();
        expect((await reportStatus(world.context)).text).to.match(
          /work of Trainer cem .* cannot be read[\s\S]*Look at their annotations of that day in the tool/,
        );
      });
    });
  });
}
