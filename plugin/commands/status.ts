/** `opentrain-plugin status`: what is going on, and what needs the admin. */
import type { Command } from 'commander';
import type { PluginContext } from '../context.ts';
import { readStatus } from '../status/status.ts';
import type { Status } from '../status/status-types.ts';
import { statusText } from '../status/text.ts';
import { pluginAction } from './run-command.ts';

export interface StatusReport {
  status: Status;
  /** For the terminal. */
  text: string;
}

/** The status as data and as text. Calls neither OpenTrain nor the tool. */
export async function reportStatus(context: PluginContext): Promise<StatusReport> {
  const status = await readStatus(context);
  return { status, text: statusText(status, context.settings.usage.timezone) };
}

export function registerStatus(program: Command): void {
  pluginAction(
    program
      .command('status')
      .description("Every trainer's state with its reason and remedy, what waits for what, and what was refused.")
      .addHelpText('after', '\nExample:\n  opentrain-plugin status'),
    async (context) => {
      const { status, text } = await reportStatus(context);
      return { text, json: status };
    },
  );
}
