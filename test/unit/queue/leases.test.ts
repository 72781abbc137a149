import { expect } from 'chai';
import { pino } from 'pino';
import sinon from 'sinon';
import { LeaseExtension } from '../../../plugin/queue/leases.ts';

const LEASE_MS = 30_000;

describe('the leases of what is under way', () => {
  let timers: sinon.SinonFakeTimers;
  let extended: number[];
  beforeEach(() => {
    timers = sinon.useFakeTimers({ now: 1_000_000 });
    extended = [];
  });
  afterEach(() => timers.restore());

  const leases = (extend: (until: Date) => Promise<void>): LeaseExtension =>
    new LeaseExtension({ clock: { now: () => new Date() }, log: pino({ level: 'silent' }), leaseMs: LEASE_MS, extend });
  const note = async (until: Date): Promise<void> => void extended.push(until.getTime());

  it('are extended by their whole length well before they expire, for as long as the work goes on', async () => {
    const extension = leases(note);
    extension.start();
    let leaseUntil = Date.now() + LEASE_MS;
    for (let second = 0; second < 300; second += 1) {
      await timers.tickAsync(1_000);
      leaseUntil = extended.at(-1) ?? leaseUntil;
      expect(leaseUntil - Date.now(), 'left of the lease').to.be.at.least(LEASE_MS / 2);
    }
    extension.stop();
    const before = extended.length;
    await timers.tickAsync(LEASE_MS);
    expect(extended).to.have.length(before);
  });

  it('are extended again after the store failed once', async () => {
    let failures = 1;
    const extension = leases(async (until) => {
      failures -= 1;
      if (failures >= 0) throw new Error('the store is away');
      await note(until);
    });
    extension.start();
    await timers.tickAsync(LEASE_MS - 1);
    expect(extended, 'before the lease expires').to.have.length(1);
    extension.stop();
  });

  it('are not extended twice at once by a store that is slow', async () => {
    let running = 0;
    let most = 0;
    const extension = leases(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
      running -= 1;
    });
    extension.start();
    await timers.tickAsync(LEASE_MS * 5);
    extension.stop();
    expect(most).to.equal(1);
  });
});
