import { expect } from 'chai';
import { runReport } from '../../../plugin/commands/report.ts';
import { runSync } from '../../../plugin/commands/sync.ts';
import type { Mail } from '../../../plugin/mail/mailer.ts';
import { nightlyReport } from '../../../plugin/report/report.ts';
import { reportCsv } from '../../../plugin/report/report-csv.ts';
import { mailNightlyReport } from '../../../plugin/report/report-mail.ts';
import { csvCell } from '../../../plugin/text/csv.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { recordingMailer } from '../../support/recording-mailer.ts';
import { storeKinds } from '../../support/store.ts';
import {
  addContract,
  addLink,
  addTrainer,
  resetUsageWorld,
  type UsageWorld,
  usageWorld,
} from '../../support/usage-world.ts';

const DAY = '2031-05-19';

for (const kind of storeKinds) {
  describe(`The nightly report (${kind})`, function () {
    this.timeout(30_000);
    let world: UsageWorld;
    const mails: Mail[] = [];
    before(async () => {
      world = await usageWorld(kind, {
        environment: { REPORT_TO: 'ops@example.com, lead@example.com' },
        mailer: recordingMailer(mails),
      });
    });
    after(() => world.close());
    beforeEach(async () => {
      mails.length = 0;
      const { database, clock } = world;
      await resetUsageWorld(world);
      clock.time = new Date('2031-05-20T03:30:00Z');
      await addTrainer(database, { id: 'ada', tool_user_id: '7', display_name: '=HYPERLINK("x")' });
      await addTrainer(database, { id: 'ben', tool_user_id: '8', display_name: '<b>Ben</b>' });
      await addLink(database, {
        id: 'l1',
        job_id: 'A',
        external_project_id: 'P',
        project_id: 'P',
        external_project_name: 'Cats, "big"',
      });
      await addContract(database, { id: 'c1', job_id: 'A', title: 'Label cats', trainerIds: ['ada'] });
    });

    const work = (toolUserId: string, change: { day?: string; seconds?: number } = {}): void => {
      world.tool.annotations.push({
        projectId: 'P',
        taskId: String(world.tool.annotations.length),
        toolUserId,
        email: null,
        createdAt: new Date(`${change.day ?? DAY}T10:00:00Z`),
        seconds: change.seconds ?? 1_800,
        regions: 2,
      });
    };

    it('lists work per project, trainer and day with what OpenTrain has of it; others are only counted', async () => {
      work('7');
      await syncUsage(world.context, { cause: 'test' });
      work('8');
      work('99');
      work('98');
      const { work: lines, others } = await nightlyReport(world.context, DAY);
      expect(
        lines.map(({ trainerId, tasks, labels, seconds, reported }) => ({
          trainerId,
          tasks,
          labels,
          seconds,
          reported,
        })),
      ).to.deep.equal([
        { trainerId: 'ben', tasks: 1, labels: 1, seconds: 1_800, reported: 'no contract' },
        { trainerId: 'ada', tasks: 1, labels: 1, seconds: 1_800, reported: 'accepted' },
      ]);
      expect(others).to.deep.equal([{ projectId: 'P', project: 'Cats, "big"', people: 2, annotations: 2 }]);
      work('7');
      const { work: later } = await nightlyReport(world.context, DAY);
      expect(later.find(({ trainerId }) => trainerId === 'ada')?.reported).to.equal('waiting');
    });

    it('says what was corrected, what a cap took, and what could not be sent and why', async () => {
      work('7', { day: '2031-05-10' });
      await syncUsage(world.context, { cause: 'test' });
      work('7', { day: '2031-05-10' });
      work('7', { seconds: 9_000 });
      world.openTrain.refuses = (_contract, entry) => entry.workDate === DAY;
      await syncUsage(world.context, { cause: 'test' });
      await world
        .database('contracts')
        .where({ id: 'c1' })
        .update({ usage_problem: 'Nobody is hired (request req-9).' });
      const { text } = await runReport(world.context, { day: DAY });
      expect(text).to.match(/Corrections of days reported before\n.*\n.*Sat 10 May 2031 +\+1 +\+1 +\+0\.50/);
      expect(text).to.match(/cap on 1 annotation +1 h 30 min/);
      expect(text).to.match(/Could not be sent\n.*\n.*Mon 19 May 2031.*req-1/);
      expect(text).to.match(/all +all +Nobody is hired \(request req-9\)/);
    });

    it('is CSV that a spreadsheet reads as text, whatever the names are', async () => {
      work('7');
      const csv = reportCsv(await nightlyReport(world.context, DAY));
      expect(csv.split('\r\n')[1]).to.equal(
        `${DAY},P,"Cats, ""big""",ada,"'=HYPERLINK(""x"")",c1,Label cats,1,1,1800,0.50,waiting,`,
      );
      for (const risky of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=x', ' =1']) expect(csvCell(risky)).to.match(/^"?'/);
      for (const risky of ['a;=1+1', 'a\t=1+1', 'a|@x', 'a\n=1+1', 'a"=1+1', '＝1+1']) {
        expect(csvCell(risky)).not.to.match(/(^|[;,\t|\n"])[=@＝]/);
      }
      expect(csvCell('two\nlines')).to.equal('two lines');
      const { text, json } = await runReport(world.context, { day: DAY, csv: true });
      expect(text).to.equal(csv);
      expect(json).to.deep.include({ day: DAY, timezone: 'UTC' });
    });

    it('is mailed as text and HTML with names escaped, and its day counts as reported from then on', async () => {
      work('8');
      await syncUsage(world.context, { cause: 'test' });
      work('7');
      await syncUsage(world.context, { cause: 'test' });
      await mailNightlyReport(world.context, DAY);
      const [mail] = mails;
      expect(mail).to.include({
        to: 'ops@example.com, lead@example.com',
        subject: 'Labels of Mon 19 May 2031: 1',
        messageId: `report-${DAY}`,
      });
      expect(mail?.html).to.include('&lt;b&gt;Ben&lt;/b&gt;').and.not.include('<b>Ben');
      expect(mail?.text).to.match(/Label cats \(c1\) +1 +1 +0\.50 +accepted/);
      world.clock.time = new Date('2031-05-20T09:00:00Z');
      work('7');
      await syncUsage(world.context, { since: DAY, cause: 'test' });
      expect(await world.database('usage_corrections').pluck('work_date')).to.deep.equal([DAY]);
      world.clock.time = new Date('2031-05-21T03:30:00Z');
      await mailNightlyReport(world.context, '2031-05-20');
      expect(mails[1]?.text).to.match(/Corrections of days reported before\n.*\n.*Mon 19 May 2031 +\+1/);
      world.clock.time = new Date('2031-05-22T03:30:00Z');
      await mailNightlyReport(world.context, '2031-05-21');
      expect(mails[2]?.text, 'a correction is told once').to.not.match(/Corrections/);
    });

    it('begins with what needs an admin, tells the change in its subject, and links to the console', async () => {
      for (const day of ['2031-05-16', '2031-05-17']) for (let count = 0; count < 4; count++) work('7', { day });
      await syncUsage(world.context, { cause: 'test' });
      for (let count = 0; count < 2; count++) work('7');
      for (let count = 0; count < 9; count++) work('8');
      const actions = [{ what: '<b>Ben</b> was removed, but can still sign in.', remedy: 'Close the account.' }];
      await mailNightlyReport(world.context, DAY, actions);
      const [mail] = mails;
      expect(mail?.subject, 'work without a contract is in no headline').to.equal(
        'Labels of Mon 19 May 2031: 2 (−50 % against usual), 1 needs you',
      );
      expect(mail?.text.split('\n\n')[1]).to.equal(
        'Needs you (1)\n! <b>Ben</b> was removed, but can still sign in.\n  → Close the account.',
      );
      expect(mail?.text).to.match(/By trainer\n.*\n=HYPERLINK.* 2 +1\.00 +2 +2\n/);
      expect(mail?.text).to.match(/By project\n.*\nCats.* 1 +2 +1\.00/);
      expect(mail?.text).to.match(/Work without a contract .*\n.*\nCats.*\(ben\) +9 +9 +4\.50/);
      expect(mail?.html).to.include('&lt;b&gt;Ben').and.not.include('<b>');
      expect(mail?.html).to.match(/href="[^"]+\/console"/);
    });

    it('carries its CSV', async () => {
      work('7');
      await mailNightlyReport(world.context, DAY);
      const { attachments = [] } = mails[0] ?? {};
      expect(attachments.map(({ filename }) => filename)).to.deep.equal([`labels-${DAY}.csv`]);
      expect(attachments[0]?.content).to.equal(reportCsv(await nightlyReport(world.context, DAY)));
    });

    it('sums up the week in the report of a Sunday, and on no other day', async () => {
      for (const day of ['2031-05-08', '2031-05-12', '2031-05-12', '2031-05-18']) work('7', { day });
      await syncUsage(world.context, { cause: 'test' });
      expect((await nightlyReport(world.context, '2031-05-18')).week).to.deep.equal({
        from: '2031-05-12',
        until: '2031-05-18',
        labels: 3,
        seconds: 5_400,
        before: { labels: 1, seconds: 1_800 },
      });
      expect((await nightlyReport(world.context, DAY)).week).to.equal(null);
    });

    it('shows the same in the terminal', async () => {
      work('7');
      const { text } = await runReport(world.context, { day: DAY });
      await mailNightlyReport(world.context, DAY);
      const tablesOf = (report = ''): string => report.slice(report.indexOf('By project')).trimEnd();
      expect(tablesOf(mails[0]?.text)).to.equal(tablesOf(text ?? ''));
    });

    it('falls back to what OpenTrain accepted when the tool cannot be asked, and says so', async () => {
      work('7');
      await syncUsage(world.context, { cause: 'test' });
      world.tool.isDown = true;
      const report = await nightlyReport(world.context, DAY);
      expect(report.countProblem).to.match(/the tool is down/);
      expect(report.work.map(({ trainerId, labels }) => ({ trainerId, labels }))).to.deep.equal([
        { trainerId: 'ada', labels: 1 },
      ]);
    });

    it('has a sync command that shows before, now and difference, and an exit code that tells the truth', async () => {
      work('7');
      await runSync(world.context, {});
      work('7');
      const dry = await runSync(world.context, { dryRun: true });
      expect(dry.text).to.match(/c1 +ada +2031-05-19 +1 \/ 1 \/ 1,800 s +2 \/ 2 \/ 3,600 s +\+1 \/ \+1 \/ \+1,800 s/);
      expect(dry.exitCode).to.equal(0);
      world.openTrain.fate = () => 'down';
      const failed = await runSync(world.context, {});
      expect(failed.exitCode).to.equal(1);
      expect(failed.text).to.match(/c1 could not be sent and must be tried again: OpenTrain did not complete/);
      world.openTrain.fate = () => 'ok';
      expect((await runSync(world.context, { contract: 'c1', since: DAY })).text).to.match(/1 day accepted in 1 call/);
      expect((await runSync(world.context, {})).text).to.match(/holds everything already/);
    });

    it('explains a day that is none', async () => {
      for (const run of [runReport(world.context, { day: '2031-02-30' }), runSync(world.context, { since: 'soon' })]) {
        const error = await run.then(() => null).catch((thrown: unknown) => thrown);
        expect(error)
          .to.have.property('remedy')
          .that.matches(/YYYY-MM-DD/);
      }
    });
  });
}
