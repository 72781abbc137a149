import { expect } from 'chai';
import { eventTypes } from '../../../plugin/dev/sandbox/vocabulary.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

describe('Reconnecting in the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
  });
  afterEach(() => world.close());

  const seen = async (token?: string) => {
    const install = await world.call('GET', '/installs/current', undefined, token);
    if (install.status !== 200) return install.status;
    const links = (await world.call('GET', '/project-links', undefined, token)).body.projectLinks;
    const endpoints = (await world.call('GET', '/webhook-endpoints', undefined, token)).body.webhookEndpoints;
    const contracts = (await world.call('GET', '/contracts', undefined, token)).body.contracts;
    const ids = (list: { id: string }[]) => list.map(({ id }) => id);
    return { links: ids(links), endpoints: ids(endpoints), contracts: ids(contracts) };
  };
  const heard = async () => {
    await world.sandbox.control.settled();
    return world.receiver.received.map(({ raw }) => JSON.parse(raw.toString())).map(({ type }) => type);
  };

  for (const installId of ['new', 'same'] as const) {
    for (const oldToken of ['revoked', 'live'] as const) {
      for (const links of ['kept', 'new-ids', 'gone'] as const) {
        for (const endpoints of ['kept', 'gone'] as const) {
          it(`plays install ${installId}, old token ${oldToken}, links ${links}, endpoints ${endpoints}`, async () => {
            const { control, state, partnerToken } = world.sandbox;
            const { linkId, contractId } = await world.hired();
            const endpoint = await world.subscribe('install.revoked');
            const [before] = [...state.installs.values()];
            const { install, token } = control.reconnect({ installId, oldToken, links, endpoints });
            expect(install.id === before?.id).to.equal(installId === 'same');
            const after = await seen(token);
            if (typeof after === 'number') throw new Error(`answered ${after}`);
            expect(after.links.length).to.equal(links === 'gone' ? 0 : 1);
            expect(after.links.includes(linkId)).to.equal(links === 'kept');
            expect(after.contracts).to.deep.equal(links === 'gone' ? [] : [contractId]);
            expect(after.endpoints).to.deep.equal(endpoints === 'kept' ? [endpoint.id] : []);
            const live = (await world.call('GET', '/installs/current', undefined, partnerToken)).status;
            expect(live).to.equal(oldToken === 'live' ? 200 : 401);
            control.revokeOldGrant();
            expect(await seen(partnerToken)).to.equal(401);
            expect(await seen(token)).to.deep.equal(after);
            if (endpoints === 'kept') expect(await heard()).to.deep.equal(['install.revoked']);
          });
        }
      }
    }
  }

  it('can forget the contracts of the old grant, also when their job is linked again', async () => {
    const { jobId, contractId } = await world.hired();
    const { token } = world.sandbox.control.reconnect({ carryOver: false, contracts: 'gone' });
    await world.call('POST', '/project-links', { externalProjectId: '1', jobId }, token);
    expect((await world.call('GET', '/contracts', undefined, token)).body.contracts).to.deep.equal([]);
    expect((await world.call('GET', `/contracts/${contractId}/budget`, undefined, token)).status).to.equal(404);
  });

  it('rehires under the same contract id, with an event', async () => {
    await world.subscribe(...eventTypes);
    const { contractId } = await world.hired();
    expect(() => world.sandbox.control.reopenContract(contractId)).to.throw(/is active/);
    world.sandbox.control.endContract(contractId);
    world.sandbox.control.reopenContract(contractId);
    const { body } = await world.call('GET', '/contracts?status=active');
    expect(body.contracts[0]).to.include({ id: contractId, status: 'active', endDate: null });
    expect((await heard()).filter((type) => type === 'contract.started')).to.have.length(2);
  });
});
