/** What reconciling would change, or has changed, as rows that the terminal and the console show. */
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { Applied } from '../access/apply.ts';
import { type Action, allowedBy } from '../access/changes.ts';
import { planAll } from '../access/converge.ts';
import { explainTrainer } from '../access/explain.ts';
import type { TrainerSituation } from '../access/situations.ts';
import type { PluginContext } from '../context.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { refreshFromOpenTrain } from '../mirror/refresh.ts';
import { rehearse } from './rehearse.ts';

/** As in a diff: what is added, taken away, changed. */
const signs: Record<Action, string> = {
  invite: '+',
  adopt: '+',
  grant: '+',
  restore: '+',
  remove: '-',
  'cancel-invitation': '-',
  block: '!',
  unblock: '~',
  keep: '=',
};

export interface PlannedChange {
  trainerId: string;
  displayName: string | null;
  workEmail: string | null;
  action: Action;
  places: readonly string[];
  /** For people: project titles. */
  where: string;
  why: string;
  remedy: string | null;
  /** ACCESS_POLICY does not allow it: shown, not done. */
  heldByPolicy: boolean;
}

/** What would be done with what OpenTrain told last, and why. Changes nothing. */
export async function planReport(context: PluginContext): Promise<PlannedChange[]> {
  const { planned, reading } = await planAll(context, { look: true });
  const titles = await placeTitles(context);
  return planned.flatMap(({ situation, changes }) => {
    const allowed = new Set(allowedBy(context.settings.accessPolicy, changes));
    return changes.map((change) => ({
      ...person(situation),
      action: change.action,
      places: change.places,
      where: change.places.map((place) => titles(place)).join(', '),
      why: [change.why, explainTrainer(reading, situation.trainerId, change.places)].filter(Boolean).join(': '),
      remedy: change.action === 'block' ? change.remedy : null,
      heldByPolicy: !allowed.has(change),
    }));
  });
}

/** Reads OpenTrain into a copy of the store, and plans there. Throws what reading OpenTrain and the tool throws. */
export async function rehearsedPlan(context: PluginContext, cause: string): Promise<PlannedChange[]> {
  return rehearse(context, async (rehearsal) => {
    await refreshFromOpenTrain(rehearsal, cause);
    return planReport(rehearsal);
  });
}

/** Which trainer a change is about. */
export function person({ trainerId, displayName, workEmail }: TrainerSituation) {
  return { trainerId, displayName, workEmail };
}

async function placeTitles({ database }: PluginContext): Promise<(place: string) => string> {
  const links = await ourProjectLinks(database);
  const titles = new Map(links.map((link) => [link.project_id, link.external_project_name]));
  return (place) => (place === WHOLE_TOOL ? 'the whole tool' : (titles.get(place) ?? `project ${place}`));
}

function who({ displayName, workEmail, trainerId }: Pick<PlannedChange, 'displayName' | 'workEmail' | 'trainerId'>) {
  return [displayName, workEmail ? `<${workEmail}>` : trainerId].filter(Boolean).join(' ');
}

export const planColumns = ['', 'Action', 'Who', 'Where', 'Why'];

/** The changes of a plan without what stays, for {@link planColumns}; an action in brackets is held by ACCESS_POLICY. */
export function planRows(changes: readonly PlannedChange[]): string[][] {
  return changes.map((change) => [
    signs[change.action],
    change.heldByPolicy ? `(${change.action})` : change.action,
    who(change),
    change.where,
    [change.why, change.remedy].filter(Boolean).join(' – '),
  ]);
}

export const appliedColumns = ['', 'Action', 'Who', 'Where', 'Now', 'Why'];

/** What was done, for {@link appliedColumns}. */
export async function appliedRows(context: PluginContext, applied: readonly Applied[]): Promise<string[][]> {
  const titles = await placeTitles(context);
  return applied.map(({ change, situation, state }) => [
    signs[change.action],
    change.action,
    who(situation),
    change.places.map(titles).join(', '),
    state ?? '',
    change.why,
  ]);
}
