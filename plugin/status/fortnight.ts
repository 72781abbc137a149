/** The work of the last 14 days beside the 14 before, and who works today: what an admin looks at every morning. */
import type { StoreContext } from '../context.ts';
import { addDays, dayOf } from '../usage/days.ts';
import { whoIs } from './people.ts';

const DAYS = 14;
const PEOPLE_SHOWN = 20;

export interface Work {
  /** null: no tool told it. */
  labels: number | null;
  tasks: number | null;
  seconds: number | null;
}

export interface Fortnight {
  /** Today and the 13 days before. */
  now: Work;
  /** The 14 days before those. */
  before: Work;
  /** Labels of each of the 28 days, the oldest first; 0 where nothing was accepted. */
  days: { day: string; labels: number }[];
}

interface DayRow {
  work_date: string;
  labels_completed: number | null;
  tasks_completed: number | null;
  total_seconds: number | null;
}

/** What OpenTrain accepted in the last 28 days, by halves: 28 rows of the sums by day, however much work there is. */
export async function readFortnight(context: StoreContext): Promise<Fortnight> {
  const today = dayOf(context.clock.now(), context.settings.usage.timezone);
  const first = addDays(today, 1 - 2 * DAYS);
  const rows: DayRow[] = await context
    .database('usage_day_totals')
    .whereBetween('work_date', [first, today])
    .select('*');
  const middle = addDays(today, 1 - DAYS);
  const labels = new Map(rows.map((row) => [row.work_date, row.labels_completed ?? 0]));
  return {
    now: sum(rows.filter(({ work_date }) => work_date >= middle)),
    before: sum(rows.filter(({ work_date }) => work_date < middle)),
    days: Array.from({ length: 2 * DAYS }, (_, index) => addDays(first, index)).map((day) => ({
      day,
      labels: labels.get(day) ?? 0,
    })),
  };
}

function sum(rows: readonly DayRow[]): Work {
  const total = (pick: (row: DayRow) => number | null): number | null => {
    const known = rows.map(pick).filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((all, value) => all + value, 0);
  };
  return {
    labels: total((row) => row.labels_completed),
    tasks: total((row) => row.tasks_completed),
    seconds: total((row) => row.total_seconds),
  };
}

export interface WorkingToday {
  /** How many trainers have accepted work of today. */
  count: number;
  /** At most 20 of them, who labelled most first. */
  people: (Work & { id: string; name: string })[];
}

/** Who has accepted work of today. */
export async function readWorkingToday({ database, clock, settings }: StoreContext): Promise<WorkingToday> {
  const today = dayOf(clock.now(), settings.usage.timezone);
  const total: { trainers: number } | undefined = await database('usage_day_totals')
    .where('work_date', today)
    .first('trainers');
  type Row = { id: string; display_name: string | null; work_email: string | null } & {
    [sum in keyof Work]: number | string | null;
  };
  const most = database('usage_days')
    .where('work_date', today)
    .groupBy('trainer_id')
    .select('trainer_id as id')
    .select(
      database.raw('SUM(labels_completed) AS labels'),
      database.raw('SUM(tasks_completed) AS tasks'),
      database.raw('SUM(total_seconds) AS seconds'),
    )
    .orderByRaw('COALESCE(SUM(labels_completed), 0) DESC, trainer_id')
    .limit(PEOPLE_SHOWN)
    .as('most');
  const rows: Row[] = await database
    .from(most)
    .leftJoin('trainers', 'trainers.id', 'most.id')
    .select('most.*', 'trainers.display_name', 'trainers.work_email')
    .orderByRaw('COALESCE(labels, 0) DESC, most.id');
  const number = (value: number | string | null): number | null => (value === null ? null : Number(value));
  return {
    count: total?.trainers ?? 0,
    people: rows.map(({ id, display_name, work_email, labels, tasks, seconds }) => ({
      id,
      name: whoIs({ id, displayName: display_name, workEmail: work_email }),
      labels: number(labels),
      tasks: number(tasks),
      seconds: number(seconds),
    })),
  };
}
