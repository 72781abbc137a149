import { expect } from 'chai';
import fc from 'fast-check';
import { computeBudget, crossings } from '../../../plugin/dev/sandbox/budgets.ts';
import { usageOf } from '../../../plugin/dev/sandbox/state.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

describe('Usage in the sandbox', () => {
  let world: SandboxWorld;
  let contractId: string;
  let trainerId: string;
  beforeEach(async () => {
    world = await startSandboxWorld();
    ({ contractId, trainerId } = await world.hired(100));
  });
  afterEach(() => world.close());

  const report = (...entries: unknown[]) => world.call('POST', `/contracts/${contractId}/usage`, { entries });
  const stored = () =>
    usageOf(world.sandbox.state, contractId).map(({ workDate, totalSeconds, tasksCompleted, labelsCompleted }) => ({
      workDate,
      totalSeconds,
      tasksCompleted,
      labelsCompleted,
    }));

  it('is stored per worker and day, replaces what was there, and keeps the fields that are left out', async () => {
    const first = await report({ workDate: '2031-05-19', totalSeconds: 60, tasksCompleted: 2, labelsCompleted: 3 });
    expect(first.status).to.equal(200);
    expect(first.body).to.deep.include({ contractId, accepted: 1 });
    await report({ workDate: '2031-05-19', labelsCompleted: 1 }, { workDate: '2031-05-20', labelsCompleted: 0 });
    expect(stored()).to.deep.equal([
      { workDate: '2031-05-19', totalSeconds: 60, tasksCompleted: 2, labelsCompleted: 1 },
      { workDate: '2031-05-20', totalSeconds: null, tasksCompleted: null, labelsCompleted: 0 },
    ]);
    const again = await report({ workDate: '2031-05-19', labelsCompleted: 1, workerOpentrainUserId: trainerId });
    expect(again.body.budget.consumed).to.deep.equal({ seconds: 60, hours: 60 / 3600, labels: 1, tasks: 2 });
    expect(stored()).to.have.length(2);
  });

  it('takes the last of two entries for the same day in one call', async () => {
    await report({ workDate: '2031-05-19', labelsCompleted: 5 }, { workDate: '2031-05-19', labelsCompleted: 4 });
    expect(stored().map((day) => day.labelsCompleted)).to.deep.equal([4]);
  });

  it('is refused as a whole, with the entry named, when one entry is not valid', async () => {
    const { opentrainUserId: stranger } = world.sandbox.control.createTrainer({ displayName: 'Somebody else' });
    const wrong: Record<string, unknown>[] = [
      { labelsCompleted: 1 },
      { workDate: '20310519' },
      { workDate: '2031-5-19' },
      { workDate: '2031-02-29' },
      { workDate: '2031-05-19T00:00:00Z' },
      { workDate: '2031-05-21' },
      { workDate: '2031-05-19', totalSeconds: 86_401 },
      { workDate: '2031-05-19', totalSeconds: -1 },
      { workDate: '2031-05-19', tasksCompleted: -1 },
      { workDate: '2031-05-19', labelsCompleted: -1 },
      { workDate: '2031-05-19', labelsCompleted: '1' },
      { workDate: '2031-05-19', workerOpentrainUserId: stranger },
    ];
    for (const entry of wrong) {
      const { status, body } = await report({ workDate: '2031-05-18', labelsCompleted: 1 }, entry);
      expect([status, body.code], JSON.stringify(entry)).to.deep.equal([400, 'BAD_REQUEST']);
      expect(body.error).to.match(/^entries\.1\./);
    }
    expect(stored()).to.deep.equal([]);
  });

  it('takes 1 to 100 entries in a call, a full day of seconds, and today by the clock of UTC', async () => {
    const days = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        workDate: new Date(Date.UTC(2031, 0, 1 + index)).toISOString().slice(0, 10),
      }));
    expect((await report(...days(100))).body.accepted).to.equal(100);
    expect((await report(...days(101))).status).to.equal(400);
    expect((await report()).status).to.equal(400);
    world.clock.time = new Date('2031-05-20T23:59:59Z');
    expect((await report({ workDate: '2031-05-20', totalSeconds: 86_400 })).status).to.equal(200);
    expect((await report({ workDate: '2031-05-21' })).status).to.equal(400);
    world.clock.time = new Date('2031-05-21T00:00:00Z');
    expect((await report({ workDate: '2031-05-21' })).status).to.equal(200);
  });

  it('is taken for an ended contract, and answered with 409 without a hired trainer', async () => {
    world.sandbox.control.endContract(contractId);
    expect((await report({ workDate: '2031-05-19', labelsCompleted: 1 })).status).to.equal(200);
    world.sandbox.control.removeTrainerFromContract(contractId);
    const { status, body } = await report({ workDate: '2031-05-19', labelsCompleted: 2 });
    expect([status, body.code]).to.deep.equal([409, 'CONFLICT']);
    expect(stored().map((day) => day.labelsCompleted)).to.deep.equal([1]);
  });

  it('moves the budget, which can be read again without side effects', async () => {
    const { body } = await report({ workDate: '2031-05-19', labelsCompleted: 79 });
    expect(body.budget).to.deep.include({
      contractId,
      paymentType: 'PAY_PER_LABEL',
      state: 'OK',
      fundedVolume: 100,
      consumedVolume: 79,
      remainingVolume: 21,
      consumedFraction: 0.79,
      lastUsageAt: '2031-05-20T12:00:00.000Z',
    });
    expect(body.budget.activeMilestone).to.include({ volume: 100, status: 'ACTIVE_FUNDED' });
    expect((await world.call('GET', `/contracts/${contractId}/budget`)).body).to.deep.equal(body.budget);
    expect((await report({ workDate: '2031-05-19', labelsCompleted: 80 })).body.budget.state).to.equal('LOW');
    const over = (await report({ workDate: '2031-05-19', labelsCompleted: 120 })).body.budget;
    expect(over).to.deep.include({ state: 'DEPLETED', remainingVolume: 0, consumedFraction: 1.2 });
    world.sandbox.control.fundMilestone(contractId, { volume: 100, amountUsd: 50 });
    const funded = (await world.call('GET', `/contracts/${contractId}/budget`)).body;
    expect(funded).to.deep.include({ state: 'OK', fundedVolume: 200, consumedFraction: 0.6, fundedAmountUsd: 50 });
    expect(funded.activeMilestone).to.include({ volume: 100, amountUsd: 50 });
  });

  it('fires LOW and DEPLETED once for each crossing upward, also when one report crosses both', async () => {
    const fired = () =>
      world.sandbox.state.events.map(({ event }) => event.type).filter((type) => type.startsWith('milestone.'));
    const labels = (count: number) => report({ workDate: '2031-05-19', labelsCompleted: count });
    await labels(79);
    expect(fired()).to.deep.equal([]);
    await labels(80);
    await labels(99);
    expect(fired()).to.deep.equal(['milestone.budget_low']);
    await labels(100);
    await labels(150);
    expect(fired()).to.deep.equal(['milestone.budget_low', 'milestone.budget_depleted']);
    world.sandbox.control.fundMilestone(contractId, { volume: 900 });
    await labels(1000);
    expect(fired().slice(2)).to.deep.equal(['milestone.funded', 'milestone.budget_low', 'milestone.budget_depleted']);
  });
});

describe('A budget', () => {
  const usage = (labels: number, seconds: number) => [
    {
      workerOpentrainUserId: 'usr',
      workDate: '2031-05-19',
      totalSeconds: seconds,
      tasksCompleted: null,
      labelsCompleted: labels,
      externalReportId: null,
      reportedAt: '',
    },
  ];
  const milestone = (volume: number) => ({
    id: 'ms',
    name: 'One',
    amountUsd: 10,
    volume,
    status: 'ACTIVE_FUNDED' as const,
  });
  const budget = (paymentType: 'PAY_PER_HOUR' | 'PAY_PER_LABEL' | 'FIXED_PRICE', volume: number) =>
    computeBudget({
      contractId: 'ctr',
      paymentType,
      milestones: volume > 0 ? [milestone(volume)] : [],
      usage: usage(90, 5400),
      lastUsageAt: null,
      firstParty: { seconds: 0, tasks: 0, labels: 0 },
    });

  it('counts hours or labels as the contract pays, and a fixed price is always OK', () => {
    expect(budget('PAY_PER_HOUR', 2)).to.include({ consumedVolume: 1.5, consumedFraction: 0.75, state: 'OK' });
    expect(budget('PAY_PER_LABEL', 100)).to.include({ consumedVolume: 90, consumedFraction: 0.9, state: 'LOW' });
    expect(budget('FIXED_PRICE', 1)).to.include({ consumedFraction: 0, state: 'OK' });
  });

  it('has the fraction 0 when nothing is funded', () => {
    expect(budget('PAY_PER_LABEL', 0)).to.deep.include({ consumedFraction: 0, state: 'OK', activeMilestone: null });
  });

  it('shows a state that follows from the fraction it shows, rounded to four decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500_000 }), (volume) => {
        const { consumedFraction, state, remainingVolume } = budget('PAY_PER_LABEL', volume);
        expect(consumedFraction).to.equal(Number(consumedFraction.toFixed(4)));
        expect(state).to.equal(consumedFraction >= 1 ? 'DEPLETED' : consumedFraction >= 0.8 ? 'LOW' : 'OK');
        expect(remainingVolume).to.be.at.least(0);
      }),
    );
  });

  it('crosses nothing on the way down or on the spot', () => {
    const at = (consumedFraction: number) => ({ consumedFraction });
    expect(crossings(at(1.2), at(0.1))).to.deep.equal([]);
    expect(crossings(at(0.8), at(0.8))).to.deep.equal([]);
    expect(crossings(at(0.7999), at(0.8))).to.deep.equal(['milestone.budget_low']);
    expect(crossings(at(0.2), at(1))).to.deep.equal(['milestone.budget_low', 'milestone.budget_depleted']);
  });
});
