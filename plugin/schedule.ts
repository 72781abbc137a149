/** What runs when. Each turn of the clock is taken by one replica, which only marks the work as due. */
import cron, { type ScheduledTask } from 'node-cron';
import type { PluginContext } from './context.ts';
import { messageOf } from './errors.ts';
import { pruneDeliveries } from './store/deliveries.ts';
import { pruneSlots, takeSlot } from './store/schedule-slots.ts';
import { type Mark, markDue } from './store/work.ts';

const DAY_MS = 86_400_000;
/** Finished deliveries are kept this long. */
const INBOX_KEPT_DAYS = 90;

interface Turn {
  name: string;
  /** A cron expression, in USAGE_TIMEZONE. */
  expression: string;
  run(context: PluginContext): Promise<void>;
}

function marking(mark: Mark): Turn['run'] {
  return (context) => markDue(context.database, { ...mark, detail: { cause: 'timer' } }, context.clock.now());
}

/** The schedule for these settings. */
export function turns(context: PluginContext): Turn[] {
  return [
    { name: 'recent usage', expression: '*/15 * * * *', run: marking({ kind: 'sync', key: 'recent' }) },
    {
      name: 'nightly usage',
      expression: context.settings.report.schedule,
      run: marking({ kind: 'sync', key: 'nightly' }),
    },
    { name: 'reconcile', expression: '7,37 * * * *', run: marking({ kind: 'reconcile', key: 'all' }) },
    { name: 'webhook endpoint', expression: '*/10 * * * *', run: marking({ kind: 'endpoint', key: 'check' }) },
    { name: 'pruning', expression: '50 2 * * *', run: prune },
  ];
}

async function prune({ database, clock }: PluginContext): Promise<void> {
  const now = clock.now().getTime();
  await pruneDeliveries(database, new Date(now - INBOX_KEPT_DAYS * DAY_MS));
  await pruneSlots(database, new Date(now - 7 * DAY_MS));
}

/** Runs one turn, unless another replica has taken it. `slot` is the turn's nominal time. */
export async function runTurn(context: PluginContext, turn: Turn, slot: Date): Promise<void> {
  if (await takeSlot(context.database, turn.name, slot)) await turn.run(context);
}

/** Starts the timers; `onDue` is told after each. Returns what stops them. */
export function startSchedule(context: PluginContext, onDue: () => void): () => Promise<void> {
  const tasks: ScheduledTask[] = turns(context).map((turn) =>
    cron.schedule(
      turn.expression,
      async ({ date }) => {
        try {
          await runTurn(context, turn, date);
          onDue();
        } catch (error) {
          context.log.error(
            { turn: turn.name, error: messageOf(error) },
            'a timer could not mark its work; the next one will',
          );
        }
      },
      { name: turn.name, timezone: context.settings.usage.timezone },
    ),
  );
  return async () => {
    await Promise.all(tasks.map((task) => task.destroy()));
  };
}
