/** `retry [KIND KEY]`: tries failing work and deliveries again now, whatever their back-off says. */
import type { Command } from 'commander';
import type { StoreContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { listItems, retryItems } from '../queue/items.ts';
import { kinds } from '../queue/kinds.ts';
import type { Database } from '../store/database.ts';
import { table } from '../text/table.ts';
import { failingDeliveries, retryDeliveries } from '../webhooks/deliveries.ts';
import { type CommandResult, storeAction } from './run-command.ts';

/** What a delivery that could not be applied is called beside the kinds of work. */
const DELIVERY = 'delivery';
const MOST_LISTED = 1_000;

export function registerRetry(program: Command): void {
  storeAction(
    program
      .command('retry')
      .argument('[kind]', `the kind of work, or “${DELIVERY}” (\`retry --list\` shows what is failing)`)
      .argument('[key]', 'what it is about')
      .option('--list', 'only list what is failing')
      .description('Try failing work and deliveries again now; a running `start` does it.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin retry access usr_81c2'),
    (context, options, [kind, key]) => (options.list === true ? listFailing(context) : tryAgain(context, kind, key)),
  );
}

async function listFailing({ database }: StoreContext): Promise<CommandResult> {
  const work = (await listItems(database)).filter(({ failing_since }) => failing_since !== null);
  const deliveries = await failingDeliveries(database, MOST_LISTED);
  const failing = [
    ...work.map(({ kind, key, attempts, last_error }) => ({ kind, key, attempts, error: last_error })),
    ...deliveries.map(({ id, attempts, last_error }) => ({ kind: DELIVERY, key: id, attempts, error: last_error })),
  ];
  const rows = failing.map(({ kind, key, attempts, error }) => [kind, key, String(attempts), error ?? '']);
  const text = rows.length > 0 ? table(['Kind', 'Key', 'Tries', 'Error'], rows) : 'Nothing is failing.';
  return { text, json: failing };
}

async function tryAgain(
  { database, clock }: StoreContext,
  kind: string | undefined,
  key: string | undefined,
): Promise<CommandResult> {
  const only = await chosenItems(database, kind, key);
  const now = clock.now();
  const work = kind === DELIVERY ? 0 : await retryItems(database, now, only);
  const deliveries = kind && kind !== DELIVERY ? 0 : await retryDeliveries(database, now, key);
  const text = `Due now: pieces of work ${work}, deliveries ${deliveries}.`;
  return { text, json: { work, deliveries } };
}

/** What the parameters choose. Throws {@link AdminError} for a kind that neither this version nor the queue knows. */
async function chosenItems(
  database: Database,
  kind: string | undefined,
  key: string | undefined,
): Promise<{ kind?: string; key?: string }> {
  if (kind === undefined) return {};
  // An item that a newer version marked has a kind of its own, and can be tried again too.
  const waiting = (await listItems(database)).map((item) => item.kind);
  const known = [...new Set([...Object.keys(kinds), ...waiting])].sort();
  if (kind !== DELIVERY && !known.includes(kind)) {
    throw new AdminError(`There is no kind of work “${kind}”.`, `Kinds: ${DELIVERY}, ${known.join(', ')}.`);
  }
  return { kind, ...(key !== undefined && { key }) };
}
