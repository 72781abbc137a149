/** Annotations of trainers that are no work (copies, imports, made in bulk or by others), summed by trainer, project and reason. */
import type { StoreContext } from '../context.ts';
import { notCountedDays } from '../usage/counted-days.ts';
import { notCountedWords } from '../usage/not-counted-words.ts';
import { trainersWithin } from '../usage/usage-flags.ts';
import type { UsageScope } from '../usage/usage-scope.ts';
import { projectTitles } from './people.ts';
import { trainerNames } from './usage-groups.ts';

export interface NoWorkSum {
  trainerId: string;
  trainer: string;
  project: string;
  /** In words. */
  why: string;
  annotations: number;
  /** null where the tool does not record time. */
  seconds: number | null;
}

/** So many days are added up. */
const DAYS_READ = 2_000;

/** What the last counts of these days left out, the most first, at most `limit` sums. */
export async function readNoWork(context: StoreContext, scope: UsageScope, limit: number): Promise<NoWorkSum[]> {
  const { database } = context;
  const trainerIds = await trainersWithin(database, scope);
  const days = await notCountedDays(database, { from: scope.from, until: scope.until, trainerIds }, DAYS_READ);
  const lines = days.flatMap(({ trainerId, projectId, notCounted = [] }) =>
    notCounted.map((line) => ({ trainerId, projectId, ...line })),
  );
  const names = await trainerNames(database, [...new Set(lines.map(({ trainerId }) => trainerId))]);
  const titles = await projectTitles(context);
  const groups = Map.groupBy(lines, ({ trainerId, projectId, reason }) =>
    JSON.stringify([trainerId, projectId, reason]),
  );
  const sums = [...groups.values()].flatMap((own): NoWorkSum[] => {
    const [first] = own;
    if (!first) return [];
    const known = own.flatMap(({ seconds }) => seconds ?? []);
    return [
      {
        trainerId: first.trainerId,
        trainer: names.get(first.trainerId) ?? first.trainerId,
        project: titles.get(first.projectId) ?? `project ${first.projectId}`,
        why: notCountedWords[first.reason],
        annotations: own.reduce((sum, { annotations }) => sum + annotations, 0),
        seconds: known.length === 0 ? null : known.reduce((sum, seconds) => sum + seconds, 0),
      },
    ];
  });
  return sums.sort((a, b) => b.annotations - a.annotations || a.trainer.localeCompare(b.trainer)).slice(0, limit);
}
