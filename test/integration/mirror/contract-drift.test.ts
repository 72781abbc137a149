import { expect } from 'chai';
import { accessRows } from '../../../plugin/access/access-rows.ts';
import { refreshBudget } from '../../../plugin/budget/budgets.ts';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { refreshParticipants } from '../../../plugin/mirror/participants.ts';
import { allOutages } from '../../../plugin/queue/outages.ts';
import { reconcile } from '../../../plugin/service/reconcile.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { careForEndpoint } from '../../../plugin/webhooks/endpoint.ts';
import { type CoreWorld, useCoreWorld } from '../../support/core-world.ts';
import { storeKinds } from '../../support/store.ts';

interface Spoilt {
  kind: string;
  path: RegExp;
  /** In the answer. */
  at: string;
  value: unknown;
  /** What status says. */
  told: RegExp;
}

const kinds: Spoilt[] = [
  {
    kind: 'an install',
    path: /^\/installs\/current$/,
    at: 'install.id',
    value: 7,
    told: /GET \/installs\/current: install\.id: .*string/,
  },
  {
    kind: 'a project link',
    path: /^\/project-links$/,
    at: 'projectLinks[0].externalProjectId',
    value: null,
    told: /GET \/project-links: projectLinks\[0\]\.externalProjectId: .*string/,
  },
  {
    kind: 'a contract',
    path: /^\/contracts$/,
    at: 'contracts[0].status',
    value: 'paused',
    told: /GET \/contracts: contracts\[0\]\.status: .*active/,
  },
  {
    kind: 'a participant',
    path: /\/participants$/,
    at: 'participants[0].opentrainUserId',
    value: 7,
    told: /GET \/contracts\/\{contractId\}\/participants: participants\[0\]\.opentrainUserId: .*string/,
  },
  {
    kind: 'a budget',
    path: /\/budget$/,
    at: 'state',
    value: 'FROZEN',
    told: /GET \/contracts\/\{contractId\}\/budget: budget\.state: .*DEPLETED/,
  },
  {
    kind: 'a milestone',
    path: /\/budget$/,
    at: 'activeMilestone.id',
    value: 7,
    told: /budget\.activeMilestone\.id: .*string/,
  },
  {
    kind: 'a webhook endpoint',
    path: /^\/webhook-endpoints$/,
    at: 'webhookEndpoints[0].status',
    value: 7,
    told: /GET \/webhook-endpoints: webhookEndpoints\[0\]\.status: .*string/,
  },
];

for (const kind of storeKinds) {
  describe(`contract drift, with the store on ${kind}`, () => {
    let world: CoreWorld;
    let contractId: string;
    useCoreWorld(kind, (opened) => {
      world = opened;
    });
    beforeEach(async () => {
      const { jobId } = await world.linkedJob();
      ({ contractId } = world.hire(jobId));
      world.hire(jobId, 'Ben M.');
      world.sandbox.control.fundMilestone(contractId, { volume: 10 });
      await everything();
    });

    async function everything(): Promise<void> {
      world.later(60_000);
      await reconcile(world.context, 'test');
      await refreshParticipants(world.context, contractId, 'test');
      await refreshBudget(world.context, contractId, 'test');
      await careForEndpoint(world.context);
    }
    const callsOf = async (): Promise<string[]> => {
      world.sandbox.control.clearRequestLog();
      await everything();
      return world.sandbox.control.requestLog().map(({ method, path }) => `${method} ${path}`);
    };
    const access = async () => (await accessRows(world.context.database)).map(({ state }) => state);
    const drift = async () =>
      (await readStatus(world.context)).problems.find(({ what }) => what.startsWith('Contract drift'))?.what ?? '';

    for (const { kind: what, path, at, value, told } of kinds) {
      it(`in ${what} is shown with its place, is no outage, is not asked for again, and changes nothing`, async () => {
        const usual = await callsOf();
        const before = await access();
        expect(before).to.deep.equal(['invited', 'invited']);
        world.sandbox.control.spoilAnswers({ method: 'GET', path, at, value, times: 100 });
        const calls = await callsOf();
        await waitFor('status to tell', async () => told.test(await drift()));
        const asked = (list: string[]) => list.filter((call) => call.startsWith('GET') && path.test(call.slice(4)));
        expect(asked(calls)).to.deep.equal(asked(usual));
        expect(
          calls.filter((call) => !/^GET /.test(call)),
          'nothing is made or removed',
        ).to.deep.equal([]);
        expect(await allOutages(world.context.database)).to.deep.equal([]);
        expect(await access()).to.deep.equal(before);
      });
    }
  });
}
