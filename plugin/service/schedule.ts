/** What runs when. Each turn of the clock is taken by one replica, which only marks the work as due. */
import cron, { type ScheduledTask } from 'node-cron';
import { markBudgetsOfMinute } from '../budget/budgets.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { checkSilence } from '../mirror/silence.ts';
import { type Mark, markDue } from '../queue/items.ts';
import { isNightMissed, isRepeatedNight } from '../queue/nights.ts';
import { probeOutagesNow } from '../queue/outages.ts';
import { latestSlot, pruneSlots, takeSlot } from '../queue/schedule-slots.ts';
import { NIGHTLY, NIGHTLY_TURN, type Turn, timetable } from '../queue/timetable.ts';
import type { Database } from '../store/database.ts';
import { pruneDeliveries } from '../webhooks/deliveries.ts';

const DAY_MS = 86_400_000;
/** Finished deliveries are kept this long. */
export const INBOX_KEPT_DAYS = 90;

/** A turn of the timetable, with what the replica that took it does at once. */
export interface ScheduledTurn extends Turn {
  run?(context: PluginContext): Promise<unknown>;
}

const runs: Readonly<Record<string, (context: PluginContext) => Promise<unknown>>> = {
  silence: checkSilence,
  budgets: markBudgetsOfMinute,
  'missed night': takeMissedNight,
  pruning: prune,
};

/** The schedule for these settings. */
export function turns({ settings }: Pick<PluginContext, 'settings'>): ScheduledTurn[] {
  return timetable(settings).map((turn) => {
    const run = runs[turn.name];
    return run ? { ...turn, run } : turn;
  });
}

async function prune({ database, clock }: PluginContext): Promise<void> {
  const now = clock.now().getTime();
  await pruneDeliveries(database, new Date(now - INBOX_KEPT_DAYS * DAY_MS));
  await pruneSlots(database, new Date(now - 7 * DAY_MS));
}

/** A night that summer time left out, or that the machine slept through, is taken when that is seen. */
async function takeMissedNight(context: PluginContext): Promise<void> {
  const now = context.clock.now();
  const night = turns(context).find(({ name }) => name === NIGHTLY_TURN);
  const latest = await latestSlot(context.database, NIGHTLY_TURN);
  if (night && isNightMissed(now, latest, night.expression)) await runTurn(context, night, now);
}

/** Runs one turn, unless another replica has taken it. `slot` is the turn's nominal time. */
export async function runTurn(context: PluginContext, turn: ScheduledTurn, slot: Date): Promise<void> {
  // Replicas agree on the second that a cron expression means, not on what comes after it.
  const second = new Date(Math.floor(slot.getTime() / 1_000) * 1_000);
  const taken = await context.database.transaction(async (transaction) => {
    const latest = await latestSlot(transaction, turn.name);
    if (isRepeatedNight(second, latest, turn.timezone)) return false;
    if (!(await takeSlot(transaction, turn.name, second))) return false;
    if (turn.mark) await mark(transaction, turn.mark, 'timer', context.clock.now());
    return true;
  });
  if (taken) await turn.run?.(context);
}

function mark(database: Database, work: Pick<Mark, 'kind' | 'key'>, cause: string, now: Date): Promise<void> {
  return markDue(database, { ...work, detail: { cause } }, now);
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

/** Starts the timers; `onDue` is told after each. Returns what stops them. */
export function startSchedule(context: PluginContext, onDue: () => void): () => Promise<void> {
  const tasks = turns(context).map((turn) => {
    const { name, expression, timezone } = turn;
    const take = async ({ date }: { date: Date }): Promise<void> => {
      try {
        await runTurn(context, turn, date);
        onDue();
      } catch (error) {
        const fields = { turn: name, error: messageOf(error) };
        context.log.error(fields, 'a timer could not mark its work; the next one will');
      }
    };
    const task: ScheduledTask = cron.schedule(expression, take, { name, timezone, suppressMissedWarning: true });
    // A process that was held up takes its turn late rather than not at all.
    task.on('execution:missed', (missed) => void take(missed));
    return task;
  });
  return async () => {
    await Promise.all(tasks.map((task) => task.destroy()));
  };
}
