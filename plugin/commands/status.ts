/** `opentrain-plugin status`: what is going on, and what needs the admin. */
import type { PluginContext } from '../context.ts';
import { statusText } from '../status/text.ts';
import { readStatus, type Status } from '../status.ts';

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
