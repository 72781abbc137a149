/** `webhooks rotate` on a running plugin, while OpenTrain goes on posting. */
import { expect } from 'chai';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { type Database, openDatabase } from '../../../plugin/store/database.ts';
import { createProcessWorld, type ProcessWorld } from '../../support/process-world.ts';
import { storeKinds } from '../../support/store.ts';

const HIRE_EVERY_MS = 15;
const ALL_RETRIES_SECONDS = 3 * 3_600;

for (const kind of storeKinds) {
  describe(`a change of the secret while deliveries come, on ${kind}`, function () {
    this.timeout(90_000);
    let world: ProcessWorld;
    let store: Database;
    let jobId: string;
    before(async () => {
      world = await createProcessWorld(kind);
      await world.start();
      await waitFor('the endpoint', () => endpoints().length === 1);
      store = openDatabase(world.storeUrl);
      jobId = await world.linkedJob();
    });
    after(async () => {
      await store.destroy();
      await world.close();
    });

    const endpoints = () => [...world.sandbox.state.endpoints.values()];
    const deliveries = () => [...world.sandbox.state.deliveries.values()];
    let hires = 0;
    function hire(): void {
      hires += 1;
      const { opentrainUserId: trainerId } = world.sandbox.control.createTrainer({ displayName: `Trainer ${hires}` });
      world.sandbox.control.hire({ jobId, trainerId });
    }
    async function everybodyIsInvited(): Promise<void> {
      await waitFor('everybody to be invited', async () => {
        world.sandbox.control.advanceRetries(ALL_RETRIES_SECONDS);
        return (await store('invitations').where({ state: 'open' }).select('id')).length === hires;
      });
    }

    it('loses none: every event arrives, signed with the old secret, the new one, or both', async () => {
      const hiring = setInterval(hire, HIRE_EVERY_MS);
      await waitFor('hires before the change', () => hires > 20);
      const { exitCode, errors } = await world.command('webhooks', 'rotate');
      const rotatedAt = hires;
      await waitFor('hires after the change', () => hires > rotatedAt + 20);
      clearInterval(hiring);
      expect([exitCode, errors]).to.deep.equal([0, '']);
      await everybodyIsInvited();
      await waitFor('every delivery to arrive', () => {
        world.sandbox.control.advanceRetries(ALL_RETRIES_SECONDS);
        return deliveries().every(({ status }) => status === 'SUCCEEDED');
      });
      const [oldSecret, newSecret] = endpoints().map(({ id }) => deliveries().filter((one) => one.endpointId === id));
      expect(endpoints()).to.have.length(2);
      expect(oldSecret).to.not.be.empty;
      expect(newSecret).to.not.be.empty;
      const kept: { id: string }[] = await store('deliveries').whereNotNull('finished_at').select('id');
      expect(kept.map(({ id }) => id)).to.have.members(deliveries().map(({ id }) => id));
    });

    it('ends with the old endpoint’s deletion when its retries are over; the new one goes on', async () => {
      await store('queue_items').where({ kind: 'endpoint-retire' }).update({ due_at: Date.now() });
      await waitFor('the old endpoint to go', () => endpoints().length === 1);
      hire();
      await everybodyIsInvited();
    });
  });
}
