/** Why an annotation, or its time, is not counted: in the words of the report, the command and the console alike. */
import type { LeftOutReason } from '../../adapters/tool.ts';

export type NotCountedCause = LeftOutReason | 'edited-by-others';

export const notCountedWords: Readonly<Record<NotCountedCause, string>> = {
  imported: 'imported together with its task',
  'from-prediction': 'made from a prediction for many tasks at once',
  copied: 'a copy of another annotation',
  bulk: 'made in bulk mode',
  'author-changed': 'made by another account in this name',
  skipped: 'the task was skipped',
  'project-deleted': 'its project was deleted in the tool',
  'edited-by-others': 'edited by another account: the label counts, the time does not',
};
