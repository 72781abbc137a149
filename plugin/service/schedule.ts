/** What runs when. Each turn of the clock is taken by one replica, which only marks the work as due. */
import cron, { type ScheduledTask } from 'node-cron';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { markDue } from '../queue/items.ts';
import { isNightMissed, isRepeatedNight } from '../queue/nights.ts';
import { probeOutagesNow } from '../queue/outages.ts';
import { latestSlot, takeSlot } from '../queue/schedule-slots.ts';
import { NIGHTLY, NIGHTLY_TURN, type TimedItem, type Turn, timetable } from '../queue/timetable.ts';
import type { Database } from '../store/database.ts';

/** A night that summer time left out, or that the machine slept through, is taken when that is seen. */
export async function takeMissedNight(context: PluginContext): Promise<void> {
  const now = context.clock.now();
  const night = timetable(context.settings).find(({ name }) => name === NIGHTLY_TURN);
  const latest = await latestSlot(context.database, NIGHTLY_TURN);
  if (night && isNightMissed(now, latest, night.expression)) await runTurn(context, night, now);
}

/** Runs one turn, unless another replica has taken it. `slot` is the turn's nominal time. */
export async function runTurn(context: PluginContext, turn: Turn, slot: Date): Promise<void> {
  // Replicas agree on the second that a cron expression means, not on what comes after it.
  const second = new Date(Math.floor(slot.getTime() / 1_000) * 1_000);
  await context.database.transaction(async (transaction) => {
    const latest = await latestSlot(transaction, turn.name);
    if (isRepeatedNight(second, latest, turn.timezone)) return;
    if (await takeSlot(transaction, turn.name, second)) {
      await mark(transaction, turn.mark, 'timer', context.clock.now());
    }
  });
}

function mark(database: Database, item: TimedItem, cause: string, now: Date): Promise<void> {
  return markDue(database, { ...item, detail: { cause } }, now);
}

/**
 * Marks what a start is due: a try of what was down, our endpoint, a reconcile, usage, and the night that passed while nobody
 * ran.
 */
export async function markStartItems({ database, clock, settings }: PluginContext): Promise<void> {
  const now = clock.now();
  await probeOutagesNow(database, now);
  await mark(database, { kind: 'endpoint', key: 'check' }, 'start', now);
  await mark(database, { kind: 'reconcile', key: 'all' }, 'start', now);
  await mark(database, { kind: 'sync', key: 'recent' }, 'start', now);
  const lastNight = await latestSlot(database, NIGHTLY_TURN);
  if (isNightMissed(now, lastNight, settings.report.schedule)) await mark(database, NIGHTLY, 'start', now);
}

/** Starts the timers; `onDue` is told after each. Returns what stops them and waits for the turn under way. */
export function startSchedule(context: PluginContext, onDue: () => void): () => Promise<void> {
  const underWay = new Set<Promise<void>>();
  const tasks = timetable(context.settings).map((turn) => {
    const { name, expression, timezone } = turn;
    const take = async ({ date }: { date: Date }): Promise<void> => {
      const taking = takeTurn(context, turn, date, onDue).finally(() => underWay.delete(taking));
      underWay.add(taking);
      await taking;
    };
    const task: ScheduledTask = cron.schedule(expression, take, { name, timezone, suppressMissedWarning: true });
    // A process that was held up takes its turn late rather than not at all.
    task.on('execution:missed', (missed) => void take(missed));
    return task;
  });
  return async () => {
    await Promise.all(tasks.map((task) => task.destroy()));
    await Promise.all(underWay);
  };
}

async function takeTurn(context: PluginContext, turn: Turn, slot: Date, onDue: () => void): Promise<void> {
  try {
    await runTurn(context, turn, slot);
    onDue();
  } catch (error) {
    const fields = { turn: turn.name, error: messageOf(error) };
    context.log.error(fields, 'a timer could not mark its queue item; the next turn will');
  }
}
