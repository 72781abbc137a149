/** `opentrain-plugin status`: what is going on, and what needs the admin. */
import type { Command } from 'commander';
import type { StoreContext } from '../context.ts';
import { readStatus } from '../status/status.ts';
import type { Status } from '../status/status-types.ts';
import { statusText } from '../status/text.ts';
import { type CommandResult, storeAction } from './run-command.ts';

export interface StatusReport {
  status: Status;
  /** For the terminal. */
  text: string;
}

/** The status as data and as text. Calls neither OpenTrain nor the tool. */
export async function reportStatus(context: StoreContext): Promise<StatusReport> {
  const status = await readStatus(context);
  return { status, text: statusText(status, context.settings.usage.timezone) };
}

/** The same for the terminal only: of long lists it reads what it prints. */
async function statusForPeople(context: StoreContext): Promise<CommandResult> {
  const status = await readStatus(context, 'attention');
  return { text: statusText(status, context.settings.usage.timezone), json: null };
}

export function registerStatus(program: Command): void {
  const command = program
    .command('status')
    .description("Every trainer's state with its reason and remedy, what waits for what, and what was refused.")
    .addHelpText('after', '\nExample:\n  opentrain-plugin status');
  storeAction(command, async (context) => {
    if (command.optsWithGlobals().json !== true) return statusForPeople(context);
    const { status, text } = await reportStatus(context);
    return { text, json: status };
  });
}
