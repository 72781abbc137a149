/** `reconcile`: reads OpenTrain, then makes access what it should be. `--dry-run` prints the plan as a diff. */
import type { Command } from 'commander';
import { restoreRevoked } from '../access/admin.ts';
import type { Applied } from '../access/apply.ts';
import type { Change } from '../access/changes.ts';
import type { PluginContext } from '../context.ts';
import { reconcile } from '../service/reconcile.ts';
import {
  appliedColumns,
  appliedRows,
  person,
  planColumns,
  planRows,
  rehearsedPlan,
} from '../service/reconcile-plan.ts';
import { table } from '../text/table.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

const CAUSE = 'command reconcile';

async function dryRun(context: PluginContext): Promise<CommandResult> {
  const plan = await rehearsedPlan(context, CAUSE);
  const changes = plan.filter(({ action }) => action !== 'keep');
  const kept = plan.length - changes.length;
  const held = changes.filter(({ heldByPolicy }) => heldByPolicy).length;
  const lines = [
    changes.length > 0 ? table(planColumns, planRows(changes)) : 'Access is as it should be.',
    `${changes.length - held} to change, ${kept} to keep. Nothing was changed.`,
    ...(held > 0 ? [`${held} in brackets: ACCESS_POLICY=${context.settings.accessPolicy} holds them.`] : []),
  ];
  return { text: lines.join('\n\n'), json: plan };
}

/** What was done, as a table. */
async function appliedText(context: PluginContext, applied: readonly Applied[]): Promise<string> {
  const rows = await appliedRows(context, applied);
  return rows.length > 0 ? table(appliedColumns, rows) : 'Access is as it should be.';
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
