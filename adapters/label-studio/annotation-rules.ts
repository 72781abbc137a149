/**
 * Which annotation counts, and for how much time: SQL expressions over `task_completion c`, shared by the tally and the
 * explanation of a day. Measured on Label Studio 1.23.2.
 *
 * | what a row shows                                                                      | counted as                     |
 * |---------------------------------------------------------------------------------------|--------------------------------|
 * | `parent_annotation_id`                                                                | nothing: `copied`              |
 * | `parent_prediction_id`, and nobody opened it since (no `updated_by_id`, or no time)   | nothing: `from-prediction`     |
 * | `bulk_created`                                                                        | nothing: `bulk`                |
 * | `import_id`; or no `updated_by_id` and never changed: an import that gave no id       | nothing: `imported`            |
 * | `updated_by_id` is another account, at the moment of creation                         | nothing: `author-changed`      |
 * | `updated_by_id` is another account (or an erased one), later                          | a label; its time listed apart |
 * | `parent_prediction_id` with time of the person who submitted it: a pre-labelled task  | a label with its time          |
 * | anything else                                                                         | a label with its time          |
 *
 * Every request that saves an annotation sets `updated_by_id` to who made it; only `bulk_create` (imports, actions on many tasks)
 * leaves it empty. `completed_by` can be changed by any member and leaves no trace of who it was.
 */
import type { ToolDatabase } from '../sql/tool-database.ts';
import { bulkReasons, type NotCountedReason, notCountedReasons } from '../tool.ts';
import type { LabelStudioColumns, OptionalColumn } from './columns.ts';

/** Label Studio writes `created_at` and `updated_at` of a new row within microseconds; a second request takes longer than this. */
const sameMomentSeconds = 0.01;

export interface AnnotationRules {
  /** 0 where the annotation counts, else the position of its reason in {@link notCountedReasons} plus 1. */
  reason: string;
  /** Whether somebody else edited it last, so that nobody can tell whose its time is. */
  editedByOthers: string;
  /** Its time in seconds: 0 to the cap, 0 where there is none that can be read. */
  seconds: string;
  /** Whether it has a time above the cap. */
  isCapped: string;
  /** Its time without the cap, at most a day. */
  recordedSeconds: string;
}

/** The rules for this dialect and these columns; `cap` is an SQL expression of a number. */
export function annotationRules(
  dialect: ToolDatabase['dialect'],
  columns: LabelStudioColumns,
  options: { cap: string; countBulk: boolean },
): AnnotationRules {
  const has = (column: OptionalColumn<'task_completion'>): boolean => columns.task_completion.has(column);
  const conditions: Record<NotCountedReason, string | null> = {
    copied: has('parent_annotation_id') ? 'c.parent_annotation_id IS NOT NULL' : null,
    'from-prediction': fromPrediction(dialect, has),
    bulk: has('bulk_created') ? 'coalesce(c.bulk_created, false)' : null,
    imported: imported(dialect, has),
    'author-changed': has('updated_by_id') ? `c.updated_by_id <> c.completed_by_id AND ${isUnchanged(dialect)}` : null,
  };
  const order: readonly NotCountedReason[] = ['copied', 'from-prediction', 'bulk', 'imported', 'author-changed'];
  const cases = order.flatMap((reason) => {
    const condition = conditions[reason];
    if (condition === null || (options.countBulk && bulkReasons.has(reason))) return [];
    return [`WHEN ${condition} THEN ${notCountedReasons.indexOf(reason) + 1}`];
  });
  const time = timeExpressions(dialect, options.cap);
  return {
    reason: cases.length === 0 ? '0' : `CASE ${cases.join(' ')} ELSE 0 END`,
    editedByOthers: has('updated_by_id')
      ? '(c.updated_by_id IS NULL OR c.updated_by_id <> c.completed_by_id)'
      : 'false',
    ...time,
  };
}

/** The reason behind the number that {@link AnnotationRules.reason} gave; null where the annotation counts. */
export function reasonOf(code: number): NotCountedReason | null {
  return notCountedReasons[code - 1] ?? null;
}

type Has = (column: OptionalColumn<'task_completion'>) => boolean;

function fromPrediction(dialect: ToolDatabase['dialect'], has: Has): string | null {
  if (!has('parent_prediction_id')) return null;
  const untouched = [
    `NOT coalesce(${isTime(dialect)}, false)`,
    ...(has('updated_by_id') ? ['c.updated_by_id IS NULL'] : []),
  ];
  return `c.parent_prediction_id IS NOT NULL AND (${untouched.join(' OR ')})`;
}

function imported(dialect: ToolDatabase['dialect'], has: Has): string | null {
  const madeFromNothing = (['parent_prediction_id', 'parent_annotation_id'] as const)
    .filter(has)
    .map((column) => `c.${column} IS NULL`);
  const signs = [
    ...(has('import_id') ? ['c.import_id IS NOT NULL'] : []),
    ...(has('updated_by_id')
      ? [`(${['c.updated_by_id IS NULL', ...madeFromNothing, isUnchanged(dialect)].join(' AND ')})`]
      : []),
  ];
  return signs.length === 0 ? null : signs.join(' OR ');
}

function isUnchanged(dialect: ToolDatabase['dialect']): string {
  return dialect === 'postgres'
    ? `c.updated_at < c.created_at + interval '${sameMomentSeconds} seconds'`
    : `(julianday(c.updated_at) - julianday(c.created_at)) * 86400 < ${sameMomentSeconds}`;
}

/** A number of seconds above 0. NaN sorts above all numbers in PostgreSQL, text above all numbers in SQLite. */
function isTime(dialect: ToolDatabase['dialect']): string {
  const infinity = dialect === 'postgres' ? `'Infinity'::double precision` : '9e999';
  return `(c.lead_time > 0 AND c.lead_time < ${infinity})`;
}

function timeExpressions(
  dialect: ToolDatabase['dialect'],
  cap: string,
): Pick<AnnotationRules, 'seconds' | 'isCapped' | 'recordedSeconds'> {
  const least = dialect === 'postgres' ? 'least' : 'min';
  const upTo = (limit: string): string =>
    `CASE WHEN ${isTime(dialect)} THEN ${least}(c.lead_time, ${limit}) ELSE 0 END`;
  return {
    seconds: upTo(cap),
    isCapped: `(${isTime(dialect)} AND c.lead_time > ${cap})`,
    recordedSeconds: upTo('86400'),
  };
}
