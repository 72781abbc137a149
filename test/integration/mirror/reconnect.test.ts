import { expect } from 'chai';
import { accessRows } from '../../../plugin/access/access-rows.ts';
import { removeTrainer } from '../../../plugin/access/admin.ts';
import type { PluginContext } from '../../../plugin/context.ts';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { relinkAll, unlinkProject } from '../../../plugin/mirror/link-project.ts';
import { allProjectLinks, setLabelUnit } from '../../../plugin/mirror/project-links.ts';
import { refreshFromOpenTrain } from '../../../plugin/mirror/refresh.ts';
import { liveToken } from '../../../plugin/mirror/token.ts';
import { setToolUserId } from '../../../plugin/mirror/trainers.ts';
import { tryTokenOnce } from '../../../plugin/mirror/try-token.ts';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { reconcile } from '../../../plugin/service/reconcile.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { linkedJobs, readFacts } from '../../../plugin/usage/facts.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { storeToken } from '../../../plugin/web/console/connect-token.ts';
import { careForEndpoint } from '../../../plugin/webhooks/endpoint.ts';
import { allWebhookEndpoints } from '../../../plugin/webhooks/endpoint-rows.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

const MINUTE = 60_000;

interface Way {
  install: 'new' | 'same';
  links: 'kept' | 'new-ids' | 'gone';
  endpoints: 'kept' | 'gone';
  contracts: 'kept' | 'gone';
  /** `live`: the old token works on until after the new one was given, and is used once more. */
  oldToken: 'revoked' | 'live';
  token: 'pasted' | 'environment';
  /** When install.revoked of the old grant is delivered. Of a live token it comes after. */
  revoked: 'before' | 'after' | 'never';
}

const told = (['before', 'after', 'never'] as const).flatMap((revoked) =>
  (['pasted', 'environment'] as const).map((token) => ({ revoked, token })),
);
/** What OpenTrain may do, each with each; what the plugin sees of it takes turns, so that each is met by each two. */
const ways: Way[] = (['new', 'same'] as const)
  .flatMap((install) => (['kept', 'new-ids', 'gone'] as const).map((links) => ({ install, links })))
  .flatMap((way) => (['kept', 'gone'] as const).map((endpoints) => ({ ...way, endpoints })))
  .flatMap((way) => (['kept', 'gone'] as const).map((contracts) => ({ ...way, contracts })))
  .flatMap((way) => (['revoked', 'live'] as const).map((oldToken) => ({ ...way, oldToken })))
  .map((way, index) => {
    const { revoked, token } = told[(index * 5 + Math.floor(index / 6)) % told.length] ?? { ...told[0] };
    return {
      ...way,
      token: token ?? 'pasted',
      revoked: way.oldToken === 'live' && revoked === 'before' ? 'after' : (revoked ?? 'never'),
    };
  });

/** The way in which most stories below connect again. */
const LINKS_GONE: Way = {
  install: 'new',
  links: 'gone',
  endpoints: 'gone',
  contracts: 'kept',
  oldToken: 'revoked',
  token: 'pasted',
  revoked: 'never',
};

/** The plugin after a restart, with the token in the environment, or without one there. */
function restarted(world: CoreWorld, partnerToken: string | undefined): PluginContext {
  const { context, sandbox } = world;
  const settings = { ...context.settings, openTrain: { ...context.settings.openTrain, partnerToken } };
  const openTrain = new OpenTrainClient({
    baseUrl: sandbox.baseUrl,
    token: () => liveToken({ ...context, settings }),
    log: context.log,
    clock: context.clock,
    wait: async () => undefined,
  });
  return { ...context, settings, openTrain };
}

for (const kind of storeKinds) {
  describe(`a reconnect, with the store on ${kind}`, () => {
    let world: CoreWorld;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });

    const stateOf = async (trainerId: string) =>
      (await accessRows(world.context.database, [trainerId])).map(({ state }) => state);
    const unlinked = async (context: PluginContext) =>
      (await readStatus(context)).problems.filter(({ what }) => what.includes('is not linked to job'));

    /** A job with a trainer who works in the tool. */
    async function atWork() {
      const { jobId, linkId, projectId } = await world.linkedJob();
      const ada = world.hire(jobId);
      world.later(MINUTE);
      await refreshFromOpenTrain(world.context, 'test');
      // She accepted her invitation.
      const account = world.tool.add('ada.l@opentrain.work', { places: [], password: 'their own' });
      await setToolUserId(world.context.database, ada.trainerId, account.id);
      await reconcile(world.context, 'test');
      await setLabelUnit(world.context.database, linkId, 'regions');
      const day = world.clock.time.toISOString().slice(0, 10);
      const counts = { tasks: 3, annotations: 3, regions: 5, seconds: 90, cappedAnnotations: 0, cappedSeconds: 0 };
      world.tool.tally = async () => [
        { projectId, toolUserId: account.id, email: 'ada.l@opentrain.work', day, ...counts },
      ];
      await syncUsage(world.context, { contractIds: [ada.contractId], cause: 'test' });
      await careForEndpoint(world.context);
      expect(await stateOf(ada.trainerId)).to.deep.equal(['active']);
      world.later(MINUTE);
      return { jobId, linkId, ...ada };
    }

    async function connectAgain(way: Way): Promise<PluginContext> {
      const { control } = world.sandbox;
      const { install, links, endpoints, contracts, oldToken } = way;
      const { token } = control.reconnect({ installId: install, links, endpoints, contracts, oldToken });
      // Where the old token works on, the timer comes before the customer has given us the new one.
      if (oldToken === 'live') await reconcile(world.context, 'timer');
      if (way.revoked === 'before') await world.deliver(world.lastEvent('install.revoked'));
      world.later(MINUTE);
      const context = restarted(world, way.token === 'environment' ? token : undefined);
      if (way.token === 'pasted') await storeToken(context, token, '');
      await reconcile(context, 'reconnect');
      world.later(MINUTE);
      if (oldToken === 'live') control.revokeOldGrant();
      if (way.revoked === 'after') await world.deliver(world.lastEvent('install.revoked'));
      // As the queue does where the event seems to be about the present grant.
      if ((await world.due()).some((item) => item.startsWith('try-token'))) await tryTokenOnce(context, 'test');
      // Longer than the grace of a link that was removed.
      world.later(11 * MINUTE);
      await reconcile(context, 'timer');
      return context;
    }

    for (const way of ways) {
      const name = Object.entries(way)
        .map(([what, how]) => `${what} ${how}`)
        .join(', ');
      it(`takes nobody's access away: ${name}`, async () => {
        const { jobId, trainerId, contractId } = await atWork();
        const context = await connectAgain(way);
        const gone = way.links === 'gone';
        expect(await stateOf(trainerId)).to.deep.equal(['active']);
        expect(await unlinked(context)).to.have.length(gone ? 1 : 0);
        expect(linkedJobs(await readFacts(context)).has(jobId)).to.equal(!gone);
        const { made, refused } = await relinkAll(context);
        expect([made.length, refused.length]).to.deep.equal([gone ? 1 : 0, 0]);
        await expectAsBefore(context, { jobId, trainerId });
        await careForEndpoint(context);
        const endpoints = (await context.openTrain.webhookEndpoints()).value.map(({ id, status }) => [id, status]);
        const [current] = (await allWebhookEndpoints(context.database)).filter((row) => row.accepted_until === null);
        expect(endpoints, 'one endpoint, of which we have the secret').to.deep.equal([[current?.id, 'ACTIVE']]);
        await syncUsage(context, { contractIds: [contractId], cause: 'test' });
        const sent = world.sandbox.control.countRequests({ method: 'POST', path: '/usage' });
        expect(sent, 'totals are not sent twice').to.equal(1);
        world.sandbox.control.endContract(contractId);
        world.later(MINUTE);
        await reconcile(context, 'timer');
        if (way.contracts === 'gone') {
          expect(await stateOf(trainerId), 'nobody tells of the end').to.deep.equal(['active']);
          await expectToldByUsage(context, contractId);
          await removeTrainer(context, trainerId, 'admin');
        }
        expect(await stateOf(trainerId), 'an end still ends').to.deep.equal(['revoked']);
      });
    }

    /** What is worked under a contract that OpenTrain does not know any more cannot be submitted, which the admin is told. */
    async function expectToldByUsage(context: PluginContext, contractId: string): Promise<void> {
      const tally = world.tool.tally.bind(world.tool);
      world.tool.tally = async (query) => (await tally(query)).map((row) => ({ ...row, annotations: 9, tasks: 9 }));
      await syncUsage(context, { contractIds: [contractId], cause: 'test' });
      const { problems } = await readStatus(context);
      expect(problems.some(({ what }) => what.includes(contractId))).to.equal(true);
    }

    /** Everything is linked; who is hired now is invited, and who worked before works on. */
    async function expectAsBefore(context: PluginContext, { jobId, trainerId }: { jobId: string; trainerId: string }) {
      const ben = world.hire(jobId, 'Ben M.');
      world.later(MINUTE);
      await reconcile(context, 'timer');
      expect(await stateOf(trainerId)).to.deep.equal(['active']);
      expect(await stateOf(ben.trainerId), 'who is hired now').to.deep.equal(['invited']);
      expect(await unlinked(context)).to.deep.equal([]);
      expect(linkedJobs(await readFacts(context)).has(jobId)).to.equal(true);
      const live = (await allProjectLinks(context.database)).filter(({ removed_at }) => removed_at === null);
      expect(live.map(({ job_id, label_unit }) => [job_id, label_unit])).to.deep.equal([[jobId, 'regions']]);
      expect((await relinkAll(context)).made, 'once').to.deep.equal([]);
    }

    it('whose links are made again by hand on OpenTrain is whole again by the next reconcile', async () => {
      const { jobId, trainerId } = await atWork();
      const context = await connectAgain(LINKS_GONE);
      const [old] = await allProjectLinks(context.database);
      await context.openTrain.createProjectLink({ externalProjectId: old?.external_project_id ?? '', jobId });
      world.later(MINUTE);
      await reconcile(context, 'timer');
      expect(await unlinked(context)).to.deep.equal([]);
      expect(await stateOf(trainerId)).to.deep.equal(['active']);
    });

    it('leaves a link behind that the admin may remove: then access ends after the grace', async () => {
      const { linkId, trainerId } = await atWork();
      const context = await connectAgain(LINKS_GONE);
      await unlinkProject(context, linkId, 'test');
      await reconcile(context, 'timer');
      expect(await stateOf(trainerId)).to.deep.equal(['active']);
      world.later(11 * MINUTE);
      await reconcile(context, 'timer');
      expect(await stateOf(trainerId)).to.deep.equal(['revoked']);
    });

    it('takes up who was hired and whose contract ended while it was disconnected', async () => {
      const { jobId } = await atWork();
      world.later(48 * 60 * MINUTE);
      const ben = world.hire(jobId, 'Ben M.');
      world.sandbox.control.endContract(ben.contractId);
      world.later(48 * 60 * MINUTE);
      for (const install of ['same', 'new'] as const) {
        await connectAgain({ ...LINKS_GONE, install, links: 'kept' });
        expect((await findContract(world.context.database, ben.contractId))?.status, install).to.equal('ended');
        expect(await world.due()).to.include(`usage ${ben.contractId}`);
        await world.context.database('contracts').where({ id: ben.contractId }).delete();
      }
    });

    it('that is half-finished (approved, the token not pasted) takes nobody’s access away', async () => {
      const { trainerId } = await atWork();
      world.sandbox.control.reconnect({ carryOver: false });
      world.later(11 * MINUTE);
      await reconcile(world.context, 'timer').catch(() => undefined);
      await world.deliver(world.lastEvent('install.revoked'));
      world.later(11 * MINUTE);
      await reconcile(world.context, 'timer').catch(() => undefined);
      expect(await stateOf(trainerId)).to.deep.equal(['active']);
    });
  });
}
