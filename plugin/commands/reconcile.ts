/** `reconcile`: reads OpenTrain, then makes access what it should be. `--dry-run` prints the plan as a diff. */
import type { Command } from 'commander';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import { restoreRevoked } from '../access/admin.ts';
import type { Applied } from '../access/apply.ts';
import { type Action, allowedBy, type Change } from '../access/changes.ts';
import { planAll } from '../access/converge.ts';
import { explainTrainer } from '../access/explain.ts';
import type { TrainerSituation } from '../access/situations.ts';
import type { PluginContext } from '../context.ts';
import { ourProjectLinks } from '../mirror/project-links.ts';
import { refreshFromOpenTrain } from '../mirror/refresh.ts';
import { reconcile } from '../service/reconcile.ts';
import { rehearse } from '../service/rehearse.ts';
import { table } from '../text/table.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

const CAUSE = 'command reconcile';

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

function person({ trainerId, displayName, workEmail }: TrainerSituation) {
  return { trainerId, displayName, workEmail };
}

async function placeTitles({ database }: PluginContext): Promise<(place: string) => string> {
  const links = await ourProjectLinks(database);
  const titles = new Map(links.map((link) => [link.project_id, link.external_project_name]));
  return (place) => (place === WHOLE_TOOL ? 'the whole tool' : (titles.get(place) ?? `project ${place}`));
}

async function dryRun(context: PluginContext): Promise<CommandResult> {
  const plan = await rehearse(context, async (rehearsal) => {
    await refreshFromOpenTrain(rehearsal, CAUSE);
    return planReport(rehearsal);
  });
  const changes = plan.filter(({ action }) => action !== 'keep');
  const kept = plan.length - changes.length;
  const rows = changes.map((change) => [
    signs[change.action],
    change.heldByPolicy ? `(${change.action})` : change.action,
    who(change),
    change.where,
    [change.why, change.remedy].filter(Boolean).join(' – '),
  ]);
  const held = changes.filter(({ heldByPolicy }) => heldByPolicy).length;
  const lines = [
    rows.length > 0 ? table(['', 'Action', 'Who', 'Where', 'Why'], rows) : 'Access is as it should be.',
    `${changes.length - held} to change, ${kept} to keep. Nothing was changed.`,
    ...(held > 0 ? [`${held} in brackets: ACCESS_POLICY=${context.settings.accessPolicy} holds them.`] : []),
  ];
  return { text: lines.join('\n\n'), json: plan };
}

function who({ displayName, workEmail, trainerId }: Pick<PlannedChange, 'displayName' | 'workEmail' | 'trainerId'>) {
  return [displayName, workEmail ? `<${workEmail}>` : trainerId].filter(Boolean).join(' ');
}

/** What was done, as a table. */
export async function appliedText(context: PluginContext, applied: readonly Applied[]): Promise<string> {
  const titles = await placeTitles(context);
  const rows = applied.map(({ change, situation, state }) => [
    signs[change.action],
    change.action,
    who(situation),
    change.places.map(titles).join(', '),
    state ?? '',
    change.why,
  ]);
  return rows.length > 0 ? table(['', 'Action', 'Who', 'Where', 'Now', 'Why'], rows) : 'Access is as it should be.';
}

function plain({ change, situation, state }: Applied) {
  const { action, places, why }: Change = change;
  return { ...person(situation), action, places, why, state };
}

async function run(context: PluginContext, options: Record<string, unknown>): Promise<CommandResult> {
  if (options.dryRun === true) return dryRun(context);
  const restored = options.restoreRevoked === true ? await restoreRevoked(context, `${CAUSE} --restore-revoked`) : 0;
  const { refreshed, access } = await reconcile(context, CAUSE, { look: true });
  const lines = [
    ...(restored > 0 ? [`${restored} trainers count again after revoke-all.`] : []),
    await appliedText(context, access),
  ];
  return { text: lines.join('\n\n'), json: { restored, refreshed, access: access.map(plain) } };
}

export function registerReconcile(program: Command): void {
  pluginAction(
    program
      .command('reconcile')
      .option('--dry-run', 'print what would change and why; change nothing')
      .option('--restore-revoked', 'let in again those whom revoke-all took out, as far as their contracts run')
      .description('Read links and contracts from OpenTrain and make access in the tool equal to them.')
      .addHelpText(
        'after',
        '\nIt also looks at everybody in the tool, and repairs what was changed there by hand.\n\nExample:\n  opentrain-plugin reconcile --dry-run',
      ),
    run,
  );
}
