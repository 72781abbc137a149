import { expect } from 'chai';
import cron from 'node-cron';
import sinon from 'sinon';
import { timetable } from '../../../plugin/queue/timetable.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';

const { report, usage } = loadSettings({
  environment: { TOOL_BASE_URL: 'http://tool', TOOL_API_TOKEN: 'x', USAGE_TIMEZONE: 'Europe/Berlin' },
});

/** Runs node-cron's timer for these hours on a fake clock. Returns when it was due. */
async function turnsOf(name: string, from: string, hours: number): Promise<string[]> {
  const turn = timetable({ report, usage }).find((candidate) => candidate.name === name);
  if (!turn) throw new Error(`there is no turn ${name}`);
  const clock = sinon.useFakeTimers({
    now: new Date(from),
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
  });
  const taken: string[] = [];
  try {
    const task = cron.schedule(turn.expression, ({ date }) => void taken.push(date.toISOString()), {
      timezone: turn.timezone,
    });
    await clock.tickAsync(hours * 3_600_000);
    await task.destroy();
  } finally {
    clock.restore();
  }
  return taken;
}

describe('the timetable', () => {
  for (const [change, from] of [
    ['begins', '2032-03-28T00:00:00Z'],
    ['ends', '2031-10-26T00:00:00Z'],
  ] as const) {
    it(`counts recent usage every 15 minutes while summer time ${change}`, async () => {
      const taken = await turnsOf('recent usage', from, 4);
      const quarters = Array.from({ length: 16 }, (_, index) => new Date(Date.parse(from) + (index + 1) * 900_000));
      expect(taken.map((time) => time.slice(0, 16))).to.deep.equal(
        quarters.map((time) => time.toISOString().slice(0, 16)),
      );
    });
  }
});
