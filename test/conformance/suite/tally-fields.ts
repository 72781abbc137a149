/** What the rows of the tally tell beside tasks, annotations and time: everything that is declared, and nothing else. */
import { expect } from 'chai';
import type { TallyRow } from '../../../adapters/tool.ts';
import type { Themes } from '../index.ts';
import { type Member, newMember, newProject, tally } from '../world.ts';

/** Half of what a tool may round an instant to. */
const toleranceMilliseconds = 10;

export function tallyFieldTests({ describe, itWhere, world, declared }: Themes): void {
  const { capabilities: can, tallyTells: tells } = declared;
  const itTells = (isDeclared: boolean, title: string, test: () => Promise<void>): void =>
    itWhere(can.tally && isDeclared, title, test);
  const rowOf = async (member: Member, project: string): Promise<TallyRow | undefined> =>
    (await tally(world(), [project])).find(({ toolUserId }) => toolUserId === member.account.toolUserId);
  const scene = async (): Promise<{ project: string; ann: Member; bob: Member }> => {
    const project = await newProject(world(), 6);
    return { project, ann: await newMember(world(), [project]), bob: await newMember(world(), [project]) };
  };

  describe('the fields of the tally', () => {
    itTells(tells.instants, 'tell when the first and the last annotation of the day were made', async () => {
      const { project, ann } = await scene();
      const times = ['2026-03-04T10:20:30.250Z', '2026-03-04T08:00:00Z', '2026-03-04T17:45:00.500Z'];
      for (const [task, at] of times.entries()) {
        await world().driver.annotate(ann.session, project, { task, at: new Date(at), seconds: 5 });
      }
      const row = await rowOf(ann, project);
      const first = Number(row?.firstAt) - Date.parse('2026-03-04T08:00:00Z');
      const last = Number(row?.lastAt) - Date.parse('2026-03-04T17:45:00.500Z');
      expect(Math.abs(first), `first at ${row?.firstAt?.toISOString()}`).to.be.at.most(toleranceMilliseconds);
      expect(Math.abs(last), `last at ${row?.lastAt?.toISOString()}`).to.be.at.most(toleranceMilliseconds);
    });

    itTells(tells.withoutTime, 'tell how many annotations have no time', async () => {
      const { project, ann } = await scene();
      for (const [task, seconds] of [0, 12, 0].entries()) {
        await world().driver.annotate(ann.session, project, { task, seconds });
      }
      expect(await rowOf(ann, project)).to.include({ annotations: 3, seconds: 12, withoutTime: 2 });
    });

    itTells(tells.notCounted.length > 0, 'list what is no work apart, by reason', async () => {
      const { project, ann, bob } = await scene();
      await world().driver.annotate(ann.session, project, { task: 0, seconds: 12 });
      const made = { session: ann.session, toolUserId: ann.account.toolUserId, other: bob.session, projectId: project };
      for (const [index, reason] of tells.notCounted.entries()) {
        await world().driver.makeNoWork?.(reason, { ...made, task: 1 + index });
      }
      const row = await rowOf(ann, project);
      expect(row).to.include({ tasks: 1, annotations: 1, ...(can.seconds ? { seconds: 12 } : {}) });
      const told = row?.notCounted?.map(({ reason, annotations }) => [reason, annotations]);
      expect(told).to.have.deep.members(tells.notCounted.map((reason) => [reason, 1]));
    });

    itTells(tells.editedByOthers, 'set the time apart that somebody else’s edit added', async () => {
      const { project, ann, bob } = await scene();
      await world().driver.annotate(ann.session, project, { task: 0, seconds: 12 });
      const edited = await world().driver.annotate(ann.session, project, { task: 1, seconds: 20 });
      await world().driver.edit?.(bob.session, project, edited, 700);
      const row = await rowOf(ann, project);
      expect(row).to.include({ tasks: 2, annotations: 2, seconds: 12 });
      expect(row?.editedByOthers).to.deep.equal({ annotations: 1, seconds: 700 });
    });

    itTells(true, 'leave out what the tool does not know, and are readable', async () => {
      const { project, ann } = await scene();
      await world().driver.annotate(ann.session, project, { task: 0, seconds: 12 });
      const row = (await rowOf(ann, project)) ?? {};
      const undeclared = [
        ...(tells.instants ? [] : ['firstAt', 'lastAt']),
        ...(tells.withoutTime ? [] : ['withoutTime']),
        ...(tells.notCounted.length > 0 ? [] : ['notCounted']),
        ...(tells.editedByOthers ? [] : ['editedByOthers']),
        'unreadable',
      ];
      expect(Object.keys(row).filter((field) => undeclared.includes(field))).to.deep.equal([]);
    });
  });
}
