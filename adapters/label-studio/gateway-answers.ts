/**
 * What a trainer gets of Label Studio's answers: others' annotations, drafts, names and addresses are taken out. Pure. An answer that
 * is not as expected loses what cannot be judged.
 */
import type { Asker } from '../gateway.ts';
import { type Fields, isFields, listOf } from '../json-fields.ts';

/** A user as an answer names them: by number, or as an object. */
function isAsker(user: unknown, { toolUserId }: Asker): boolean {
  const id = isFields(user) ? (user.id ?? user.user_id) : user;
  return String(id) === toolUserId;
}

/** Somebody else, without name and address. */
function nameless(user: unknown): unknown {
  return isFields(user) ? { id: user.id ?? null, first_name: '', last_name: '', email: '', avatar: null } : user;
}

export function ownAnnotations(answer: unknown, asker: Asker): unknown {
  return listOf(answer).filter(({ completed_by }) => isAsker(completed_by, asker));
}

/** A draft names its author's number only at the end of "Ada L. ada@example.com, 7". */
export function draftAuthor(createdUsername: unknown): string | null {
  return /, (\d+)$/.exec(String(createdUsername))?.[1] ?? null;
}

export function ownDrafts(answer: unknown, asker: Asker): unknown {
  return listOf(answer).filter(({ created_username }) => draftAuthor(created_username) === asker.toolUserId);
}

/** Lists of people that a task's answer may hold. */
const peopleFields = ['annotators', 'updated_by', 'comment_authors', 'reviewers'];
/** Texts in which everybody's work is mixed. */
const mixedFields = ['annotations_results', 'annotations_ids'];

/** One task: only the asker's own annotations and drafts on it. */
export function ownTask(answer: unknown, asker: Asker): unknown {
  if (!isFields(answer)) return {};
  const task: Fields = { ...answer };
  if ('annotations' in task) task.annotations = ownAnnotations(task.annotations, asker);
  if (Array.isArray(task.drafts)) task.drafts = ownDrafts(task.drafts, asker);
  for (const name of peopleFields) {
    if (Array.isArray(task[name])) task[name] = task[name].filter((user: unknown) => isAsker(user, asker));
  }
  for (const name of mixedFields) if (name in task) task[name] = '';
  return task;
}

/** A page of the data manager. */
export function ownTasks(answer: unknown, asker: Asker): unknown {
  if (!isFields(answer)) return {};
  return { ...answer, tasks: listOf(answer.tasks).map((task) => ownTask(task, asker)) };
}

export function project(answer: unknown): unknown {
  return isFields(answer) && 'created_by' in answer ? { ...answer, created_by: nameless(answer.created_by) } : answer;
}

/** What tasks are made of, without the sums of everybody's labels: each look at them tells what a colleague has done since the last. */
export function summary(answer: unknown): unknown {
  const { project, created_at, all_data_columns, common_data_columns }: Fields = isFields(answer) ? answer : {};
  const columns = { project, created_at, all_data_columns, common_data_columns };
  return { ...columns, created_annotations: {}, created_labels: {}, created_labels_drafts: {} };
}

/** A page of projects: only the asker's. */
export function ownProjects(answer: unknown, asker: Asker): unknown {
  const kept = (list: unknown): unknown[] =>
    listOf(list)
      .filter(({ id }) => asker.projects.has(String(id)))
      .map(project);
  if (Array.isArray(answer)) return kept(answer);
  if (!isFields(answer)) return [];
  const results = kept(answer.results);
  return {
    ...answer,
    results,
    ...('count' in answer ? { count: asker.projects.size } : {}),
    next: null,
    previous: null,
  };
}

/** A list of people: the asker alone. */
export function onlyAsker(answer: unknown, asker: Asker): unknown {
  return listOf(answer).filter((user) => isAsker(user, asker));
}

/** Models, without their addresses and passwords. */
export function modelBackends(answer: unknown): unknown {
  return listOf(answer).map(({ id, title, state, project: of, is_interactive }) => {
    return { id, title, state, project: of, is_interactive };
  });
}

/** Bulk actions: none. */
export function nothing(): unknown {
  return [];
}

/** An organization without what leads to its people. */
export function organization(answer: unknown): unknown {
  const plain = (value: Fields): Fields => ({ id: value.id, title: value.title ?? '' });
  return Array.isArray(answer) ? listOf(answer).map(plain) : isFields(answer) ? plain(answer) : {};
}
