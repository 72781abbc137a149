/** `opentrain-plugin console`: a one-time link to sign in to the console. Whoever can run commands here may use the console. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { StoreContext } from '../context.ts';
import { addTicket } from '../web/console/session-rows.ts';
import { storeAction } from './run-command.ts';

/** A ticket can be used for ten minutes. */
export const TICKET_LIFETIME_MS = 10 * 60_000;

export interface ConsoleLink {
  url: string;
  expiresAt: Date;
  /** For the terminal. */
  text: string;
}

/** Makes a sign-in link that works once, within ten minutes. */
export async function makeConsoleLink(context: StoreContext): Promise<ConsoleLink> {
  const ticket = randomBytes(32).toString('base64url');
  const now = context.clock.now();
  const expiresAt = new Date(now.getTime() + TICKET_LIFETIME_MS);
  await addTicket(context.database, ticket, expiresAt, now);
  const url = `${context.settings.plugin.publicUrl}/console/sign-in/${ticket}`;
  return { url, expiresAt, text: `Open this within 10 minutes; it works once:\n\n  ${url}\n` };
}

export function registerConsole(program: Command): void {
  storeAction(
    program
      .command('console')
      .description('Print a one-time link that signs in to the console.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin console'),
    async (context) => {
      const { text, url, expiresAt } = await makeConsoleLink(context);
      return { text, json: { url, expiresAt } };
    },
  );
}
