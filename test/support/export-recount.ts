/** Counts Label Studio's own JSON export by hand, one annotation after the other: what each trainer did on each day. */
import { z } from 'zod';

const exportSchema = z.array(
  z.object({
    id: z.number(),
    annotations: z.array(
      z.object({
        completed_by: z.union([z.number(), z.object({ id: z.number() }).transform(({ id }) => id)]),
        created_at: z.string(),
        was_cancelled: z.boolean(),
        lead_time: z.number().nullable(),
        result: z.array(z.object({ id: z.string() })),
      }),
    ),
  }),
);

export interface ExportedProject {
  export: unknown;
  labelUnit: 'annotations' | 'regions';
}

export interface ExportDay {
  tasks: number;
  labels: number;
  seconds: number;
}

/** The totals over these projects of one person (their id in Label Studio), by calendar day of the time zone. */
export function recountExport(
  projects: readonly ExportedProject[],
  userId: number,
  { timezone, cap }: { timezone: string; cap: number },
): Record<string, ExportDay> {
  const calendar = new Intl.DateTimeFormat('sv', { timeZone: timezone });
  const days: Record<string, ExportDay> = {};
  for (const project of projects) {
    // Label Studio's totals are whole seconds per project and day.
    const seconds = new Map<string, number>();
    for (const task of exportSchema.parse(project.export)) {
      const daysOfTask = new Set<string>();
      for (const annotation of task.annotations) {
        if (annotation.completed_by !== userId || annotation.was_cancelled) continue;
        const day = calendar.format(new Date(annotation.created_at));
        const total = days[day] ?? { tasks: 0, labels: 0, seconds: 0 };
        days[day] = total;
        if (!daysOfTask.has(day)) total.tasks += 1;
        daysOfTask.add(day);
        total.labels += project.labelUnit === 'annotations' ? 1 : new Set(annotation.result.map(({ id }) => id)).size;
        seconds.set(day, (seconds.get(day) ?? 0) + Math.min(cap, annotation.lead_time ?? 0));
      }
    }
    for (const [day, sum] of seconds) {
      const total = days[day];
      if (total) total.seconds += Math.round(sum);
    }
  }
  return days;
}
