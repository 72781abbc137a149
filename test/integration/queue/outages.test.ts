import { expect } from 'chai';
import { ToolUnavailable } from '../../../adapters/errors.ts';
import { OpenTrainUnavailable } from '../../../plugin/platform/errors.ts';
import type { Handler } from '../../../plugin/queue/handler.ts';
import { allOutages } from '../../../plugin/queue/outages.ts';
import { QueueBench } from '../../support/queue-bench.ts';
import { storeKinds } from '../../support/store.ts';

for (const kind of storeKinds) {
  describe(`work, while something is down, on ${kind}`, () => {
    let bench: QueueBench;
    before(async () => {
      bench = await QueueBench.open(kind);
    });
    after(() => bench.close());
    const outage = new ToolUnavailable('the tool is down');
    let tries: number;
    let down: boolean;
    let chores: Record<string, Handler>;
    beforeEach(async () => {
      await bench.reset();
      tries = 0;
      down = true;
      const useTool = async (): Promise<void> => {
        tries += 1;
        if (down) throw outage;
      };
      chores = {
        tool: bench.handler(useTool, { needs: ['tool'] }),
        'tool too': bench.handler(useTool, { needs: ['tool', 'opentrain'] }),
        other: bench.handler(async () => undefined, { needs: ['opentrain'] }),
      };
    });

    it('its work waits, other work goes on, and what waits for what can be read', async () => {
      for (let index = 0; index < 50; index += 1) await bench.mark('tool', `t${index}`);
      for (let index = 0; index < 5; index += 1) await bench.mark('other', `o${index}`);
      await bench.worker(chores).drain();
      expect(bench.done.sort()).to.deep.equal(['o0', 'o1', 'o2', 'o3', 'o4']);
      expect(tries, 'not every piece was tried').to.be.below(10);
      const [open, ...others] = await allOutages(bench.database);
      expect(others).to.deep.equal([]);
      expect(open).to.include({ dependency: 'tool', error: 'the tool is down', since: bench.clock.time.getTime() });
    });

    it('a single failure is no outage', async () => {
      await bench.mark('tool', 'once');
      await bench.worker(chores).drain();
      expect(tries).to.equal(1);
      expect(await allOutages(bench.database)).to.deep.equal([]);
      expect((await bench.row('once'))?.attempts).to.equal(1);
    });

    it('one piece of work at a time tries, less and less often, in all replicas together', async () => {
      for (let index = 0; index < 50; index += 1) await bench.mark('tool', `t${index}`);
      const replicas = [bench.worker(chores), bench.worker(chores)];
      for (const replica of replicas) await replica.drain();
      const hourly: number[] = [];
      for (let hour = 0; hour < 2; hour += 1) {
        const before = tries;
        for (let second = 0; second < 3_600; second += 20) {
          bench.later(20_000);
          await Promise.all(replicas.map((replica) => replica.drain()));
        }
        hourly.push(tries - before);
      }
      expect(hourly[0]).to.be.within(20, 130);
      expect(hourly[1]).to.be.within(20, 130);
    });

    it('all of it is caught up with as soon as one try gets through', async () => {
      for (let index = 0; index < 50; index += 1) await bench.mark('tool', `t${index}`);
      await bench.mark('tool too', 'both');
      const hands = bench.worker(chores);
      await hands.drain();
      down = false;
      await hands.drain();
      expect(bench.done).to.deep.equal([]);
      bench.later(90_000);
      await hands.drain();
      expect(bench.done).to.have.length(51);
      expect(await allOutages(bench.database)).to.deep.equal([]);
    });

    it('a try whose replica died is made by another one', async () => {
      for (let index = 0; index < 8; index += 1) await bench.mark('tool', `t${index}`);
      await bench.worker(chores).drain();
      await bench.database('outages').update({ retry_at: bench.clock.time.getTime() + 90_000 });
      down = false;
      bench.later(91_000);
      await bench.worker(chores).drain();
      expect(bench.done).to.have.length(8);
    });

    it('a poisoned piece does not keep the dependency down once it answers', async () => {
      for (let index = 0; index < 8; index += 1) await bench.mark('tool', `t${index}`);
      const hands = bench.worker(chores);
      await hands.drain();
      chores.tool = bench.handler(
        async (key) => {
          if (key !== 't7') throw new Error('it is poisoned');
        },
        { needs: ['tool'] },
      );
      bench.later(90_000);
      await bench.worker(chores).drain();
      expect(bench.done).to.deep.equal(['t7']);
      expect(await allOutages(bench.database)).to.deep.equal([]);
    });

    it('it is left alone for as long as it asked', async () => {
      chores.other = bench.handler(
        async () => {
          tries += 1;
          throw new OpenTrainUnavailable('GET /contracts', 'slow down', { retryAfterMs: 1_800_000 });
        },
        { needs: ['opentrain'] },
      );
      for (let index = 0; index < 10; index += 1) await bench.mark('other', `o${index}`);
      const hands = bench.worker(chores);
      await hands.drain();
      const before = tries;
      for (let minute = 0; minute < 29; minute += 1) {
        bench.later(60_000);
        await hands.drain();
      }
      expect(tries).to.equal(before);
      bench.later(120_000);
      await hands.drain();
      expect(tries).to.equal(before + 1);
    });
  });
}
