/** When each timer runs next. */
import cron from 'node-cron';
import type { PluginContext } from '../context.ts';
import { timetable } from '../queue/timetable.ts';

export interface NextRun {
  name: string;
  at: number;
}

/** The next run of each timer of a running `start`, the soonest first. */
export function nextRuns(context: PluginContext): NextRun[] {
  const runs = timetable(context.settings).flatMap(({ name, expression, timezone }) => {
    const task = cron.createTask(expression, () => {}, { timezone });
    const [at] = task.getNextRuns(1);
    task.destroy();
    return at ? [{ name, at: at.getTime() }] : [];
  });
  return runs.sort((a, b) => a.at - b.at);
}
