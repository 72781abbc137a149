import { expect } from 'chai';
import { eventTypes } from '../../../plugin/platform/types.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

describe('Events of the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld({ firstEventId: 8 });
    await world.subscribe(...eventTypes);
  });
  afterEach(() => world.close());

  /** What was received, in order of arrival. */
  const arrived = async () => {
    await world.sandbox.control.settled();
    return world.receiver.received.map(({ raw }) => JSON.parse(raw.toString()));
  };
  const sorted = async () => (await arrived()).sort((a, b) => Number(a.id) - Number(b.id));
  const types = async () => (await sorted()).map((event) => event.type);

  it('come with ids that are increasing numbers', async () => {
    const { contractId } = await world.hired();
    world.sandbox.control.endContract(contractId);
    expect((await sorted()).map((event) => [event.id, event.type])).to.deep.equal([
      ['8', 'project_link.created'],
      ['9', 'contract.started'],
      ['10', 'contract.ended'],
    ]);
  });

  it('on a contract are one for each link on its job, each with its own link', async () => {
    const { jobId, linkId, contractId } = await world.hired();
    const second = await world.call('POST', '/project-links', { externalProjectId: 'other', jobId });
    await world.call('POST', '/project-links', { externalProjectId: 'without a job' });
    world.sandbox.control.endContract(contractId, { endDate: '2031-06-01' });
    const ended = (await sorted()).filter((event) => event.type === 'contract.ended');
    const bothLinks = [linkId, second.body.projectLink.id];
    expect(ended.map((event) => event.data.projectLink.id)).to.deep.equal(bothLinks);
    for (const event of ended) {
      expect(event.data.contract).to.deep.include({
        status: 'ended',
        endDate: '2031-06-01',
        projectLinkIds: bothLinks,
      });
    }
  });

  it('stop with the last link on the job, which says goodbye with its final snapshot', async () => {
    const { contractId, linkId, jobId } = await world.hired();
    await world.call('DELETE', `/project-links/${linkId}`);
    world.sandbox.control.endContract(contractId);
    const last = (await sorted()).at(-1);
    expect(last).to.deep.include({ type: 'project_link.removed', resourceId: linkId, jobId });
    expect(last.data.projectLink.id).to.equal(linkId);
  });

  it('leave the Work Email out without consent', async () => {
    world.sandbox.control.setConsent(false);
    await world.hired();
    const started = (await arrived()).find((event) => event.type === 'contract.started');
    expect(started.data.freelancer).to.have.keys('opentrainUserId', 'displayName', 'country', 'profileUrl');
  });

  it('on a budget carry contract, link, budget and milestone', async () => {
    const { contractId } = await world.hired(10);
    const entries = [{ workDate: '2031-05-20', labelsCompleted: 10 }];
    const { body } = await world.call('POST', `/contracts/${contractId}/usage`, { entries });
    const low = (await sorted()).find((event) => event.type === 'milestone.budget_low');
    expect(low.data).to.have.keys('contract', 'projectLink', 'budget', 'milestone');
    expect(low.data.budget).to.deep.equal(body.budget);
    expect(low.resourceId).to.equal(low.data.milestone.id);
    expect((await types()).slice(2)).to.deep.equal(['milestone.budget_low', 'milestone.budget_depleted']);
    world.sandbox.control.fundMilestone(contractId, { volume: 5 });
    expect((await types()).at(-1)).to.equal('milestone.funded');
  });

  it('tell of a revoked install, and then nothing more happens for it', async () => {
    const { contractId } = await world.hired();
    const install = world.sandbox.control.revokeInstall();
    world.sandbox.control.endContract(contractId);
    const last = (await sorted()).at(-1);
    expect(last).to.deep.include({ type: 'install.revoked', resourceId: install.id, jobId: null });
  });

  it('tell of the old grant when the customer reconnects, and go on under the new one', async () => {
    const { contractId } = await world.hired();
    const old = world.sandbox.state.installs.keys().next().value;
    world.sandbox.control.reconnect();
    world.sandbox.control.endContract(contractId);
    const [revoked, ended] = (await sorted()).slice(-2);
    expect(revoked).to.deep.include({ type: 'install.revoked', resourceId: old });
    expect(ended).to.deep.include({ type: 'contract.ended', resourceId: contractId });
  });

  it('can be held back and released in reverse, one after the other', async () => {
    world.sandbox.control.holdEvents();
    const { contractId } = await world.hired();
    world.sandbox.control.endContract(contractId);
    expect(await arrived()).to.deep.equal([]);
    await world.sandbox.control.releaseEvents('reverse');
    expect((await arrived()).map((event) => event.id)).to.deep.equal(['10', '9', '8']);
    await world.hired();
    expect(
      (await arrived())
        .map((event) => event.id)
        .slice(3)
        .sort(),
    ).to.deep.equal(['11', '12']);
  });

  it('are shuffled the same way by the same seed', async () => {
    const orders: string[] = [];
    for (const seed of [5, 5, 6]) {
      world.receiver.received.length = 0;
      world.sandbox.control.holdEvents();
      for (let count = 0; count < 4; count += 1) await world.hired();
      const first = Math.min(...world.sandbox.state.events.slice(-8).map(({ event }) => Number(event.id)));
      await world.sandbox.control.releaseEvents('shuffled', seed);
      orders.push((await arrived()).map((event) => Number(event.id) - first).join());
    }
    expect(orders[0]).to.equal(orders[1]).and.not.equal(orders[2]);
    expect(orders[0]).not.to.equal('0,1,2,3,4,5,6,7');
  });

  it('can be dropped: the next few, or a share by dice with a seed', async () => {
    world.sandbox.control.dropNextEvents(1);
    await world.hired();
    expect(await types()).to.deep.equal(['contract.started']);
    world.receiver.received.length = 0;
    world.sandbox.control.dropRate(0.5, 3);
    for (let count = 0; count < 50; count += 1) await world.hired();
    expect((await arrived()).length).to.be.within(30, 70);
    world.sandbox.control.clearFaults();
    world.receiver.received.length = 0;
    await world.hired();
    expect(await arrived()).to.have.length(2);
  });

  it('can arrive twice under the same delivery id, and overtake each other', async () => {
    world.sandbox.control.setEventFaults({ duplicateRate: 1, spreadMilliseconds: 200, seed: 2 });
    for (let count = 0; count < 5; count += 1) await world.hired();
    const ids = (await arrived()).map((event) => event.id);
    const deliveries = world.receiver.received.map(({ headers }) => headers['x-opentrain-delivery']);
    expect(ids).to.have.length(20);
    expect(new Set(deliveries).size).to.equal(10);
    expect(ids).not.to.deep.equal(ids.toSorted((a, b) => Number(a) - Number(b)));
  });
});
