/**
 * What a trainer gets of doccano's answers: other projects, and the names of other people (which are Work Emails), are taken out. Pure.
 * Whether members see each other's labels is the project's own setting ("Share annotations across all users"), which doccano keeps.
 */
import type { Asker } from '../gateway.ts';
import { type Fields, isFields, listOf } from '../json-fields.ts';

export function project(answer: unknown): unknown {
  return isFields(answer) && 'author' in answer ? { ...answer, author: '' } : answer;
}

/** A page of projects: only the asker's. */
export function ownProjects(answer: unknown, { projects }: Asker): unknown {
  if (!isFields(answer)) return { count: 0, next: null, previous: null, results: [] };
  const results = listOf(answer.results).filter(({ id }) => projects.has(String(id)));
  return { ...answer, results: results.map(project), next: null, previous: null };
}

export function example(answer: unknown): unknown {
  if (!isFields(answer)) return answer;
  return answer.annotation_approver ? { ...answer, annotation_approver: 'approved' } : answer;
}

/** A page of examples. */
export function examples(answer: unknown): unknown {
  return isFields(answer) ? { ...answer, results: listOf(answer.results).map(example) } : { count: 0, results: [] };
}

function withoutOthersName(comment: Fields, { toolUserId }: Asker): Fields {
  return String(comment.user) === toolUserId ? comment : { ...comment, username: '' };
}

export function comment(answer: unknown, asker: Asker): unknown {
  return isFields(answer) ? withoutOthersName(answer, asker) : answer;
}

/** A page of comments. */
export function comments(answer: unknown, asker: Asker): unknown {
  if (!isFields(answer)) return { count: 0, results: [] };
  return { ...answer, results: listOf(answer.results).map((one) => withoutOthersName(one, asker)) };
}
