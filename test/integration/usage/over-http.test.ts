import { expect } from 'chai';
import { pino } from 'pino';
import { findContract } from '../../../plugin/mirror/contracts.ts';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import { OpenTrainUnavailable } from '../../../plugin/platform/errors.ts';
import { allOutages } from '../../../plugin/queue/outages.ts';
import { syncUsage } from '../../../plugin/usage/sync.ts';
import { allRefusals } from '../../../plugin/usage/usage-refusals.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';
import { storeKinds } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';
import { addContract, addLink, addTrainer, type UsageWorld, usageWorld } from '../../support/usage-world.ts';

const USAGE = { method: 'POST', path: '/usage' };
const DAYS = ['2031-05-17', '2031-05-18', '2031-05-19'];

for (const kind of storeKinds) {
  describe(`Usage over HTTP, with OpenTrain failing in every documented way (${kind})`, function () {
    this.timeout(30_000);
    let openTrain: SandboxWorld;
    let world: UsageWorld;
    let contractId: string;
    let trainerId: string;
    let linkId: string;
    let waits: number[];

    beforeEach(async () => {
      waits = [];
      openTrain = await startSandboxWorld();
      ({ contractId, trainerId, linkId } = await openTrain.hired(1_000));
      const { jobId = '' } = openTrain.sandbox.state.contracts.get(contractId) ?? {};
      const client = new OpenTrainClient({
        baseUrl: openTrain.sandbox.baseUrl,
        token: async () => openTrain.sandbox.partnerToken,
        log: pino({ level: 'silent' }),
        clock: openTrain.clock,
        wait: async (milliseconds) => {
          waits.push(milliseconds);
          openTrain.clock.time = new Date(openTrain.clock.time.getTime() + milliseconds);
        },
      });
      world = await usageWorld(kind, { openTrain: client });
      await addTrainer(world.database, { id: trainerId, tool_user_id: '7' });
      await addLink(world.database, { id: linkId, job_id: jobId, external_project_id: 'P' });
      await addContract(world.database, { id: contractId, job_id: jobId, trainerIds: [trainerId] });
      for (const day of DAYS) work(day);
      openTrain.sandbox.control.clearRequestLog();
    });
    afterEach(async () => {
      await world.close();
      await openTrain.close();
    });

    const work = (day: string, toolUserId = '7'): void => {
      const createdAt = new Date(`${day}T10:00:00Z`);
      const taskId = String(world.tool.annotations.length);
      world.tool.annotations.push({
        projectId: 'P',
        taskId,
        toolUserId,
        email: null,
        createdAt,
        seconds: 30,
        regions: 1,
      });
    };
    const sync = () => syncUsage(world.context, { cause: 'test', contractIds: [contractId] });
    const held = () =>
      [...(openTrain.sandbox.state.contracts.get(contractId)?.usage.values() ?? [])]
        .map(({ workDate, labelsCompleted }) => `${workDate} ${labelsCompleted}`)
        .sort();
    const everything = DAYS.map((day) => `${day} 1`);
    const control = () => openTrain.sandbox.control;
    const problem = async () => (await findContract(world.database, contractId))?.usage_problem ?? null;

    it('waits as long as a 429 asks for, and carries on', async () => {
      control().failRequests({ ...USAGE, status: 429, retryAfter: 7 });
      await sync();
      expect(waits).to.deep.equal([7_000]);
      expect(held()).to.deep.equal(everything);
    });

    it('does not sit out a long Retry-After: the work is left for later, with the time to wait', async () => {
      control().failRequests({ ...USAGE, status: 429, retryAfter: 120 });
      const error = await thrownBy(sync());
      expect(error).to.be.instanceOf(OpenTrainUnavailable).and.have.property('retryAfterMs', 120_000);
      expect(waits).to.deep.equal([]);
      openTrain.clock.time = new Date(openTrain.clock.time.getTime() + 121_000);
      await sync();
      expect(held()).to.deep.equal(everything);
    });

    it('repeats a call that failed with a 5xx or was cut off, since repeating is harmless', async () => {
      control().failRequests({ ...USAGE, status: 503 });
      control().failRequests({ ...USAGE, status: 'reset' });
      await sync();
      expect(control().countRequests(USAGE)).to.equal(3);
      expect(held()).to.deep.equal(everything);
    });

    it('is right in the end when OpenTrain took the totals but every answer was lost', async () => {
      control().failRequests({ ...USAGE, status: 'reset', processed: true, times: 4 });
      expect(await thrownBy(sync())).to.be.instanceOf(OpenTrainUnavailable);
      expect(held()).to.deep.equal(everything);
      world.tool.annotations = world.tool.annotations.slice(0, 1);
      await sync();
      expect(held()).to.deep.equal([`${DAYS[0]} 1`, `${DAYS[1]} 0`, `${DAYS[2]} 0`]);
    });

    it('names a contract whose link is gone with the request id, and sends everything once it is back', async () => {
      await openTrain.call('DELETE', `/project-links/${linkId}`);
      await sync();
      expect(await problem()).to.match(/request [0-9a-f-]{36}.*still linked/s);
      const { jobId } = openTrain.sandbox.state.contracts.get(contractId) ?? {};
      await openTrain.call('POST', '/project-links', { externalProjectId: 'P', jobId });
      await sync();
      expect(await problem()).to.equal(null);
      expect(held()).to.deep.equal(everything);
    });

    it('names a contract without a hired trainer (409)', async () => {
      control().removeTrainerFromContract(contractId);
      await sync();
      expect(await problem()).to.match(/409 CONFLICT, request [0-9a-f-]{36}.*no hired trainer/s);
    });

    it('names the entries of somebody who is not on the contract, and sends the others', async () => {
      await addTrainer(world.database, { id: 'somebody-else', tool_user_id: '8' });
      await world.database('contract_trainers').insert({ contract_id: contractId, trainer_id: 'somebody-else' });
      work(DAYS[1] ?? '', '8');
      const result = await sync();
      expect(result.refused.map(({ trainerId: id, day }) => `${id} ${day}`)).to.deep.equal([
        `somebody-else ${DAYS[1]}`,
      ]);
      const [refusal] = await allRefusals(world.database);
      expect(refusal?.message).to.match(/not a participant/);
      expect(refusal?.request_id).to.match(/^[0-9a-f-]{36}$/);
      expect(held()).to.deep.equal(everything);
    });

    it('takes totals for accepted whose answer holds a budget that cannot be read: once, without an outage', async () => {
      const { database } = world;
      control().spoilAnswers({ method: 'POST', path: /usage/, at: 'budget.state', value: 'FROZEN', times: 99 });
      await sync();
      await sync();
      expect(control().countRequests({ method: 'POST', path: /usage/ })).to.equal(1);
      expect(held()).to.deep.equal(everything);
      expect(await problem()).to.equal(null);
      expect(await allOutages(database)).to.deep.equal([]);
      expect(await database('queue_items').where({ kind: 'usage' })).to.deep.equal([]);
      control().clearFaults();
      control().spoilAnswers({ method: 'POST', path: /usage/, at: 'budget.paymentType', value: null, times: 99 });
      work(DAYS[0] ?? '');
      await sync();
      expect((await database('budgets').first('state'))?.state, 'null is told as documented').to.equal('OK');
    });

    it('stores the budget that comes back', async () => {
      await sync();
      const [row] = await world.database('budgets');
      expect(row).to.include({ contract_id: contractId, state: 'OK' });
      expect(JSON.parse(row.budget)).to.deep.include({ consumedVolume: 3, fundedVolume: 1_000 });
    });
  });
}
