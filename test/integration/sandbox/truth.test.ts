import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

const folder = join(import.meta.dirname, '../../../plugin/dev/sandbox');

describe('What the sandbox tells as OpenTrain does', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
  });
  afterEach(() => world.close());

  const budgetOf = async (contractId: string) => (await world.call('GET', `/contracts/${contractId}/budget`)).body;
  const eventTypes = () => world.sandbox.state.events.map(({ event }) => event.type);

  it('has words of its own: nothing is imported from the client', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(files.length).to.be.greaterThan(20);
    const imports = files.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) => target),
    );
    const outside = new Set(
      imports.filter((target) => /\.\.\/\.\.\//.test(target)).map((t) => t.replace(/^.*\.\.\//, '')),
    );
    expect([...outside].sort()).to.deep.equal(['clock.ts', 'errors.ts']);
  });

  it('dates contracts by instants, of the hire, the end and the rehire', async () => {
    const { contractId } = await world.hired();
    const dates = async () => {
      const [contract] = (await world.call('GET', '/contracts')).body.contracts;
      return [contract?.startDate, contract?.endDate];
    };
    expect(await dates()).to.deep.equal(['2031-05-20T12:00:00.000Z', null]);
    world.clock.time = new Date('2031-05-20T20:30:00Z');
    world.sandbox.control.endContract(contractId);
    expect(await dates()).to.deep.equal(['2031-05-20T12:00:00.000Z', '2031-05-20T20:30:00.000Z']);
    world.clock.time = new Date('2031-05-21T02:00:00Z');
    world.sandbox.control.reopenContract(contractId);
    expect(await dates()).to.deep.equal(['2031-05-21T02:00:00.000Z', null]);
  });

  for (const paymentType of ['FIXED_PRICE', null] as const) {
    it(`has milestones without a volume where the payment type is ${paymentType}`, async () => {
      const job = world.sandbox.control.createJob({
        title: 'Cats',
        paymentType,
        fundedVolume: 10,
        fundedAmountUsd: 50,
      });
      await world.call('POST', '/project-links', { externalProjectId: '1', jobId: job.id });
      const trainer = world.sandbox.control.createTrainer({ displayName: 'Ada L.' });
      const { id } = world.sandbox.control.hire({ jobId: job.id, trainerId: trainer.opentrainUserId });
      const entries = [{ workDate: '2031-05-20', totalSeconds: 3600, labelsCompleted: 9 }];
      expect((await world.call('POST', `/contracts/${id}/usage`, { entries })).status).to.equal(200);
      const budget = await budgetOf(id);
      expect(budget).to.include({
        paymentType,
        state: 'OK',
        fundedVolume: 0,
        fundedAmountUsd: 50,
        consumedFraction: 0,
      });
      expect(budget.activeMilestone).to.include({ amountUsd: 50, volume: null, status: 'ACTIVE_FUNDED' });
    });
  }

  it('consumes budgets by work that nobody reported, with its events or with those lost', async () => {
    const { contractId } = await world.hired(10);
    world.sandbox.control.workFirstParty(contractId, { labels: 8 });
    expect(await budgetOf(contractId)).to.include({ consumedVolume: 8, state: 'LOW', lastUsageAt: null });
    expect(eventTypes()).to.include('milestone.budget_low');
    world.sandbox.control.workFirstParty(contractId, { labels: 2, silent: true });
    const entries = [{ workDate: '2031-05-20', labelsCompleted: 1 }];
    const { body } = await world.call('POST', `/contracts/${contractId}/usage`, { entries });
    expect(body.budget).to.include({ consumedVolume: 11, state: 'DEPLETED' });
    expect(eventTypes()).not.to.include('milestone.budget_depleted');
  });

  it('spoils one field of an answer as told, or takes it away, and leaves the rest', async () => {
    await world.hired();
    await world.hired();
    const { control } = world.sandbox;
    const contracts = async () => (await world.call('GET', '/contracts')).body.contracts;
    const [first, second] = await contracts();
    control.spoilAnswers({ path: '/contracts', at: 'contracts[1].status', value: 'paused' });
    expect(await contracts()).to.deep.equal([first, { ...second, status: 'paused' }]);
    control.spoilAnswers({ path: '/contracts', at: 'contracts[0].title' });
    expect((await contracts())[0]).not.to.have.property('title');
    expect(await contracts()).to.deep.equal([first, second]);
  });

  it('answers with a web page, or with half of an answer, as told', async () => {
    const { control } = world.sandbox;
    const ask = () =>
      fetch(`${world.sandbox.baseUrl}/project-links`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.sandbox.partnerToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ externalProjectId: '1' }),
      });
    control.failRequests({ status: 200, html: true });
    const page = await ask();
    expect([page.status, page.headers.get('content-type')]).to.deep.equal([200, 'text/html; charset=utf-8']);
    control.failRequests({ status: 'cut' });
    const failed = await ask()
      .then((answer) => answer.json())
      .then(
        () => 'read',
        () => 'cut',
      );
    expect(failed).to.equal('cut');
    expect((await ask()).status, 'what was cut took effect').to.equal(409);
  });
});
