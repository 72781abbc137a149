/** Explaining a day: what is told of single annotations is what the tally counts. */
import { expect } from 'chai';
import type { ExplainedDay } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { type Member, newMember, newProject, tally } from '../world.ts';

export function explainedTests({ describe, itWhere, world, declared }: Themes): void {
  const { capabilities: can } = declared;
  const from = new Date('2026-05-02T00:00:00Z');
  const until = new Date('2026-05-03T00:00:00Z');
  const cap = 100;
  const itExplains = (title: string, test: () => Promise<void>): void =>
    itWhere(can.tally && declared.explainsDays, title, test);
  const explain = async (members: readonly Member[], limit = 50): Promise<ExplainedDay> => {
    const toolUserIds = members.map(({ account }) => account.toolUserId);
    const day = await world().adapter.explainDay?.({ toolUserIds, from, until, maxSecondsPerAnnotation: cap, limit });
    return day ?? expect.fail('nothing was explained');
  };
  const explainRecent = async (member: Member): Promise<ExplainedDay> => {
    const hour = 3_600_000;
    const around = { from: new Date(Date.now() - hour), until: new Date(Date.now() + hour) };
    const query = { toolUserIds: [member.account.toolUserId], ...around, maxSecondsPerAnnotation: cap, limit: 50 };
    return (await world().adapter.explainDay?.(query)) ?? expect.fail('nothing was explained');
  };
  const work = (member: Member, project: string, task: number, at: string, seconds = 10) =>
    world().driver.annotate(member.session, project, { task, at: new Date(at), seconds });

  describe('a day explained', () => {
    itExplains(
      'lists what the tally counts of this person on this day, in every project, and nothing else',
      async () => {
        const projects = [await newProject(world(), 4), await newProject(world(), 4)];
        const [first = '', second = ''] = projects;
        const [ann, bob] = [await newMember(world(), projects), await newMember(world(), projects)];
        await work(ann, first, 0, '2026-05-01T23:59:59.999Z');
        await work(ann, first, 1, '2026-05-02T00:00:00Z', 30);
        await work(ann, second, 2, '2026-05-02T23:59:59.999Z', 5000);
        await work(ann, first, 3, '2026-05-03T00:00:00Z');
        await work(bob, first, 1, '2026-05-02T10:00:00Z');
        const { annotations, hasMore } = await explain([ann]);
        expect(hasMore).to.equal(false);
        const rows = await tally(world(), projects, { from, until, maxSecondsPerAnnotation: cap });
        const own = rows.filter(({ toolUserId }) => toolUserId === ann.account.toolUserId);
        expect(own.map(({ projectId }) => projectId)).to.have.members(projects);
        for (const row of own) {
          const counted = annotations.filter(
            ({ projectId, leftOut }) => projectId === row.projectId && leftOut === null,
          );
          expect(counted.filter(({ kind }) => kind === 'annotation')).to.have.length(row.annotations);
          expect(new Set(counted.map(({ taskId }) => taskId)).size).to.equal(row.tasks);
          if (row.seconds === null) continue;
          expect(counted.reduce((sum, { countedSeconds }) => sum + (countedSeconds ?? 0), 0)).to.be.closeTo(
            row.seconds,
            1,
          );
        }
        expect(annotations.every(({ toolUserId }) => toolUserId === ann.account.toolUserId)).to.equal(true);
        expect(new Set(annotations.map(({ annotationId }) => annotationId)).size).to.equal(annotations.length);
        const instants = annotations.map(({ createdAt }) => createdAt.getTime());
        expect(instants).to.deep.equal(instants.toSorted((a, b) => a - b));
        if (!can.seconds) return;
        const capped = annotations.find(({ projectId }) => projectId === second);
        expect(capped).to.include({ recordedSeconds: 5000, countedSeconds: cap });
      },
    );

    itWhere(can.tally && declared.explainsDays && declared.canSkip, 'lists what was skipped, as left out', async () => {
      const project = await newProject(world());
      const member = await newMember(world(), [project]);
      await world().driver.skip?.(member.session, project, 0);
      const { annotations } = await explainRecent(member);
      expect(annotations.map(({ leftOut }) => leftOut)).to.deep.equal(['skipped']);
    });

    itExplains('answers no more than the limit, and says that there is more', async () => {
      const project = await newProject(world(), 3);
      const member = await newMember(world(), [project]);
      for (const task of [0, 1, 2]) await work(member, project, task, `2026-05-02T1${task}:00:00Z`);
      const all = await explain([member]);
      const some = await explain([member], 2);
      expect(some.hasMore).to.equal(true);
      expect(some.annotations).to.deep.equal(all.annotations.slice(0, 2));
      expect((await explain([member], all.annotations.length)).hasMore).to.equal(false);
      expect(await explain([])).to.deep.equal({ annotations: [], hasMore: false });
    });
  });
}
