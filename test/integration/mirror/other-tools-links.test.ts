import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { projectsOf } from '../../../plugin/access/projects.ts';
import { readAccess } from '../../../plugin/access/situations.ts';
import { linkProject } from '../../../plugin/mirror/link-project.ts';
import { leaveToOtherTool, lookAtLinks } from '../../../plugin/mirror/look-at-links.ts';
import { findProjectLink } from '../../../plugin/mirror/project-links.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { standingOf } from '../../../plugin/mirror/whose-link.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { linkedJobs, readFacts } from '../../../plugin/usage/facts.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';

const MINUTE = 60_000;
const OTHER = 'https://other.example.com/projects/7';

for (const kind of storeKinds) {
  describe(`links of another tool on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });

    const refresh = async (): Promise<void> => {
      world.later(MINUTE);
      await refreshFromOpenTrain(world.context, 'test');
    };

    async function linkAt(externalProjectUrl: string | undefined, externalProjectId = '7') {
      const { id: jobId } = world.sandbox.control.createJob({ title: 'Label dogs' });
      const url = externalProjectUrl === undefined ? {} : { externalProjectUrl };
      const { id } = await world.context.openTrain.createProjectLink({ externalProjectId, jobId, ...url });
      return { jobId, linkId: id };
    }

    async function standing(linkId: string): Promise<string> {
      const row = await findProjectLink(world.context.database, linkId);
      return row ? standingOf(row) : 'unknown';
    }

    async function desiredOf(trainerId: string) {
      const reading = await readAccess(world.context, [trainerId]);
      return Object.fromEntries(reading.situations[0]?.desired ?? []);
    }

    function toolIsAway(isAway: boolean): void {
      world.tool.before = async () => {
        if (isAway) throw new ToolUnavailable('the tool is away');
      };
    }

    it('stored before addresses were compared keep who is in, let nobody in, and are told with what to do', async () => {
      const { jobId, linkId } = await linkAt(OTHER);
      const { database } = world.context;
      await refreshFromOpenTrain(world.context, 'test');
      await database('project_links').where({ id: linkId }).update({ owner: null, from_before: 1 });
      await refresh();
      expect(await standing(linkId)).to.equal('unconfirmed');
      const { trainerId } = world.hire(jobId);
      await refresh();
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'held' }]);
      const { problems } = await readStatus(world.context);
      const told = problems.find(({ what }) => what.includes(OTHER));
      expect(told?.severity).to.equal('urgent');
      expect(told?.remedy).to.include('TOOL_PUBLIC_URL').and.to.include(`links --other-tool ${linkId}`);
      expect(await leaveToOtherTool(world.context, linkId)).to.equal(true);
      await refresh();
      expect(await standing(linkId)).to.equal('another tool');
      expect(await desiredOf(trainerId)).to.deep.equal({});
      expect(await leaveToOtherTool(world.context, linkId), 'said once').to.equal(false);
    });

    it('give nobody access, are not counted, and are listed as that', async () => {
      const { jobId, linkId } = await linkAt(OTHER);
      const { contractId } = world.hire(jobId);
      await refresh();
      expect(await standing(linkId)).to.equal('another tool');
      expect(await world.context.database('contracts').select('*')).to.deep.equal([]);
      const facts = await readFacts(world.context);
      expect(facts.links).to.deep.equal([]);
      expect([...linkedJobs(facts)]).to.deep.equal([]);
      const status = await readStatus(world.context);
      expect(status.links[0]).to.include({ id: linkId, standing: 'another tool' });
      const told = status.problems.map(({ what }) => what).filter((what) => what.includes('project'));
      expect(told).to.deep.equal(['No project is linked to a job: nobody is invited, and nothing is counted.']);
      const [outcome] = await world.deliver(world.lastEvent('contract.started'));
      expect(outcome).to.include("another tool's");
      expect(await world.context.database('contracts').where({ id: contractId })).to.deep.equal([]);
    });

    it('give nobody access either where an event tells of the hire before the link was looked at', async () => {
      const { jobId } = await linkAt(OTHER);
      const { trainerId } = world.hire(jobId);
      await world.deliver(world.lastEvent('contract.started'));
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'held' }]);
      expect(await world.due()).to.include('reconcile all');
      await refresh();
      expect(await desiredOf(trainerId)).to.deep.equal({});
    });

    it('do not keep our link of the same job from giving access', async () => {
      const { jobId } = await linkAt(OTHER);
      await linkProject(world.context, { projectId: '9', jobId, labelUnit: 'annotations' });
      const { trainerId } = world.hire(jobId);
      await refresh();
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'granted' }]);
    });

    it('that have our project number: ours gets the name of the tool, and counts by its number', async () => {
      await linkAt(OTHER);
      const { id: jobId } = world.sandbox.control.createJob({ title: 'Label cats' });
      const created = await linkProject(world.context, { projectId: '7', jobId, labelUnit: 'annotations' });
      expect(created.externalProjectId).to.equal('7@tool.example.com');
      const { trainerId } = world.hire(jobId);
      await refresh();
      expect(await standing(created.id)).to.equal('ours');
      expect((await readFacts(world.context)).links.map(({ project_id }) => project_id)).to.deep.equal(['7']);
      const reading = await readAccess(world.context, [trainerId]);
      expect(projectsOf(world.context, reading, trainerId).map(({ id }) => id)).to.deep.equal(['7']);
      const again = linkProject(world.context, { projectId: '7', jobId, labelUnit: 'annotations' });
      expect((await thrownBy(again)).message).to.include('linked already');
    });

    it('are told from ours: a project that is ours and linked already stays refused', async () => {
      const { jobId } = await linkAt(undefined);
      const again = linkProject(world.context, { projectId: '7', jobId, labelUnit: 'annotations' });
      expect((await thrownBy(again)).message).to.include('linked already');
    });

    it('ours of a project that the tool does not have: members are held, nobody new comes in, the admin is told', async () => {
      const { jobId, linkId } = await linkAt('https://tool.example.com/projects/7');
      const { trainerId } = world.hire(jobId);
      await refresh();
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'granted' }]);
      world.tool.deletedProjects.add('7');
      await refresh();
      expect(await standing(linkId)).to.equal('missing');
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'held' }]);
      const { problems } = await readStatus(world.context);
      expect(problems.map(({ what }) => what).join()).to.include('The tool does not have project 7');
      const reading = await readAccess(world.context, [trainerId]);
      expect(projectsOf(world.context, reading, trainerId)).to.deep.equal([]);
      world.tool.deletedProjects.clear();
      await refresh();
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'granted' }]);
    });

    it('while the tool is away, its last answer counts; a link that was never looked at grants nothing yet', async () => {
      const known = await linkAt(undefined);
      await refresh();
      toolIsAway(true);
      const fresh = await linkAt(undefined, '8');
      const { trainerId } = world.hire(known.jobId);
      const { trainerId: newcomer } = world.hire(fresh.jobId);
      await refresh();
      expect(await standing(known.linkId)).to.equal('ours');
      expect(Object.values(await desiredOf(trainerId))).to.deep.equal([{ value: 'granted' }]);
      expect(Object.values(await desiredOf(newcomer))).to.deep.equal([{ value: 'held' }]);
      expect(await world.due()).to.include('links all');
      toolIsAway(false);
      await lookAtLinks(world.context, 'test');
      expect(Object.values(await desiredOf(newcomer))).to.deep.equal([{ value: 'granted' }]);
      expect(await world.due()).to.include(`access ${newcomer}`);
    });
  });
}
