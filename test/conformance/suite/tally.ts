/** Counting work: per person, project and calendar day, equal to what the tool's own export says. */
import { expect } from 'chai';
import type { TallyRow } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { type Member, newMember, newProject, removeWholly, tally } from '../world.ts';

const hour = 3600;

export function tallyTests({ describe, itWhere, world, declared }: Themes): void {
  const { capabilities: can } = declared;
  const itCounts = (title: string, test: () => Promise<void>): void => itWhere(can.tally, title, test);
  const work = (member: Member, project: string, task: number, more: { at?: Date; seconds?: number } = {}) =>
    world().driver.annotate(member.session, project, { task, ...more });
  const daysOf = (rows: readonly TallyRow[]): Record<string, number> =>
    Object.fromEntries(rows.map(({ day, tasks }) => [day, tasks]));

  describe('the tally', () => {
    itCounts('agrees with the tool’s own export, for each person and project', async () => {
      const projects = [await newProject(world(), 6), await newProject(world(), 6)];
      const [ann, bob] = [await newMember(world(), projects), await newMember(world(), projects)];
      const [first = '', second = ''] = projects;
      for (const task of [0, 1, 2]) await work(ann, first, task, { seconds: 10 + task });
      for (const task of [2, 3]) await work(bob, first, task, { seconds: 20 });
      await work(ann, second, 5, { seconds: 40, at: new Date('2026-03-04T10:00:00Z') });
      const rows = await tally(world(), projects);
      for (const project of projects) {
        const exported = (await world().driver.exportWork(project)).filter(({ annotations }) => annotations > 0);
        const counted = totals(rows.filter(({ projectId }) => projectId === project));
        expect([...counted.keys()]).to.have.members(exported.map(({ toolUserId }) => toolUserId));
        for (const { toolUserId, tasks, annotations, seconds } of exported) {
          expect(counted.get(toolUserId)).to.include({ tasks, annotations });
          if (can.seconds && seconds !== null) {
            expect(counted.get(toolUserId)).to.include({ seconds });
          }
        }
      }
      expect(totals(rows).get(ann.account.toolUserId)).to.include({ tasks: 4 });
      expect(totals(rows).get(bob.account.toolUserId)).to.include({ tasks: 2 });
      expect(rows.find(({ toolUserId }) => toolUserId === ann.account.toolUserId)?.email).to.equal(ann.email);
      expect(rows.some(({ projectId, day }) => projectId === second && day === '2026-03-04')).to.equal(true);
    });

    itCounts('gives the same rows every time, and none where there is no work', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      expect(await tally(world(), [project])).to.deep.equal([]);
      await work(member, project, 0);
      const once = await tally(world(), [project]);
      expect(once).to.have.length(1);
      expect(await tally(world(), [project])).to.deep.equal(once);
      expect(await tally(world(), [])).to.deep.equal([]);
    });

    itCounts('counts only the projects that were asked for, and lives with ones that are gone', async () => {
      const [asked, other, gone] = [await newProject(world()), await newProject(world()), await newProject(world())];
      const member = await newMember(world(), [asked, other, gone]);
      for (const project of [asked, other, gone]) await work(member, project, 0);
      await world().driver.deleteProject(gone);
      const rows = await tally(world(), [asked, gone, '99999999', 'no such']);
      expect(rows.map(({ projectId }) => projectId)).to.deep.equal([asked]);
    });

    itCounts('goes down when an annotation is deleted', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await work(member, project, 0);
      const annotation = await work(member, project, 1);
      await world().driver.deleteAnnotation(member.session, project, annotation);
      expect(daysOf(await tally(world(), [project]))).to.deep.equal({ [today()]: 1 });
    });

    itWhere(can.tally && declared.canSkip, 'does not count what was skipped', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await world().driver.skip?.(member.session, project, 0);
      expect(await tally(world(), [project])).to.deep.equal([]);
    });

    itCounts('still counts the work of somebody who was removed', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await work(member, project, 0);
      await removeWholly(world(), member, [project]);
      const rows = await tally(world(), [project]);
      expect(rows.map(({ toolUserId, tasks }) => [toolUserId, tasks])).to.deep.equal([[member.account.toolUserId, 1]]);
    });

    itCounts('counts from the first instant on, and up to but without the last one', async () => {
      const project = await newProject(world(), 4);
      const member = await newMember(world(), [project]);
      const times = [
        '2026-05-01T23:59:59.999Z',
        '2026-05-02T00:00:00Z',
        '2026-05-02T23:59:59.999Z',
        '2026-05-03T00:00:00Z',
      ];
      for (const [task, at] of times.entries()) await work(member, project, task, { at: new Date(at) });
      const day = { from: new Date('2026-05-02T00:00:00Z'), until: new Date('2026-05-03T00:00:00Z') };
      expect(daysOf(await tally(world(), [project], day))).to.deep.equal({ '2026-05-02': 2 });
      expect(daysOf(await tally(world(), [project]))).to.deep.equal({
        '2026-05-01': 1,
        '2026-05-02': 2,
        '2026-05-03': 1,
      });
    });

    itCounts('puts work on the calendar day of the time zone, also where the clocks change', async () => {
      const project = await newProject(world(), 5);
      const member = await newMember(world(), [project]);
      // Half past midnight in Kolkata; before and after midnight in New York, in winter and after the clocks changed.
      const times = [
        '2026-01-09T19:00:00Z',
        '2026-03-08T04:59:59Z',
        '2026-03-08T05:00:00Z',
        '2026-03-09T03:59:59Z',
        '2026-03-09T04:00:00Z',
      ];
      for (const [task, at] of times.entries()) await work(member, project, task, { at: new Date(at) });
      const from = new Date('2026-01-01T00:00:00Z');
      const kolkata = await tally(world(), [project], { from, offsets: [{ from, offsetSeconds: 5.5 * hour }] });
      expect(daysOf(kolkata)).to.deep.equal({ '2026-01-10': 1, '2026-03-08': 2, '2026-03-09': 2 });
      const newYork = await tally(world(), [project], {
        from,
        offsets: [
          { from, offsetSeconds: -5 * hour },
          { from: new Date('2026-03-08T07:00:00Z'), offsetSeconds: -4 * hour },
        ],
      });
      expect(daysOf(newYork)).to.deep.equal({ '2026-01-09': 1, '2026-03-07': 1, '2026-03-08': 2, '2026-03-09': 1 });
    });

    itCounts('counts time up to the cap, and tells where the cap bit', async () => {
      const project = await newProject(world(), 3);
      const member = await newMember(world(), [project]);
      await work(member, project, 0, { seconds: 50 });
      await work(member, project, 1, { seconds: 100 });
      await work(member, project, 2, { seconds: 5000 });
      const [row] = await tally(world(), [project], { maxSecondsPerAnnotation: 100 });
      const { seconds, regions } = can;
      if (seconds) expect(row).to.include({ seconds: 250, cappedAnnotations: 1, cappedSeconds: 4900 });
      else expect(row).to.include({ seconds: null, cappedAnnotations: 0, cappedSeconds: 0 });
      if (regions) expect(row?.regions).to.be.a('number');
      else expect(row?.regions).to.equal(null);
    });
  });
}

function totals(rows: readonly TallyRow[]): Map<string, { tasks: number; annotations: number; seconds: number }> {
  const sums = new Map<string, { tasks: number; annotations: number; seconds: number }>();
  for (const { toolUserId, tasks, annotations, seconds } of rows) {
    const sum = sums.get(toolUserId) ?? { tasks: 0, annotations: 0, seconds: 0 };
    sum.tasks += tasks;
    sum.annotations += annotations;
    sum.seconds += seconds ?? 0;
    sums.set(toolUserId, sum);
  }
  return sums;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
