/** Days to look at, of every kind, and one that cannot be read: for looking at pages. */
import { addDays } from '../../plugin/usage/days.ts';
import type { FlagKind } from '../../plugin/usage/flags.ts';
import type { AccessWorld } from './access-world.ts';

const flags: readonly [trainer: string, back: number, kind: FlagKind, value: number, limit: number][] = [
  ['usr_1', 0, 'unusual-speed', 412.5, 96.2],
  ['usr_1', 0, 'far-above-usual', 3_204, 890],
  ['usr_1', 1, 'more-than-span', 36_300, 21_720],
  ['usr_1', 3, 'long-day', 49_500, 43_200],
  ['usr_2', 1, 'gone', 37, 412],
  ['usr_2', 2, 'by-others', 12, 388],
  ['usr_3', 2, 'repeated-tasks', 64, 8],
  ['usr_3', 4, 'without-time', 51, 240],
];

/** Stored as a sync would have. */
export async function fillFlags({ store: { database }, date }: AccessWorld): Promise<void> {
  const today = date.toISOString().slice(0, 10);
  await database('usage_flags').insert(
    flags.map(([trainer_id, back, kind, value, compared_with], index) => ({
      ...{ trainer_id, work_date: addDays(today, -back), kind, value, compared_with },
      project_ids: JSON.stringify(index % 3 === 0 ? ['12', '15'] : ['12']),
    })),
  );
  const nothing = { tasks: 0, annotations: 0, most_annotations: 40, without_time: 0 };
  // What an earlier count of today's work found, for the report.
  const counted = { ...nothing, edited_by_others: 0 };
  const notCounted = [
    { reason: 'from-prediction', annotations: 64, seconds: 0 },
    { reason: 'imported', annotations: 12, seconds: 700 },
  ];
  const ofAda = { trainer_id: 'usr_1', project_id: '12', ...counted, not_counted: JSON.stringify(notCounted) };
  await database('counted_days').insert([0, 1].map((back) => ({ ...ofAda, work_date: addDays(today, -back) })));
  await database('counted_days').insert({
    ...{ trainer_id: 'usr_2', project_id: '15', work_date: addDays(today, -2), ...counted },
    unreadable: 'Label Studio’s database gives no usable numbers for it: regions is no whole number.',
  });
}
