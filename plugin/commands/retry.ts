/** `retry [KIND KEY]`: tries failing work and deliveries again now, whatever their back-off says. */
import type { Command } from 'commander';
import { retryDeliveries } from '../store/deliveries.ts';
import { listWork, retryWork } from '../store/work.ts';
import { pluginAction } from './run-command.ts';
import { table } from './table.ts';

export function registerRetry(program: Command): void {
  pluginAction(
    program
      .command('retry')
      .argument('[kind]', 'the kind of work (see the list that `retry --list` prints)')
      .argument('[key]', 'what it is about')
      .option('--list', 'only list what is failing')
      .description('Try failing work again now; a running `start` does it.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin retry access usr_81c2'),
    async (context, options, [kind, key]) => {
      const failing = (await listWork(context.database)).filter((row) => row.failing_since !== null);
      if (options.list === true) {
        const rows = failing.map((row) => [row.kind, row.key, String(row.attempts), row.last_error ?? '']);
        const text = rows.length > 0 ? table(['Kind', 'Key', 'Tries', 'Error'], rows) : 'Nothing is failing.';
        return { text, json: failing };
      }
      const now = context.clock.now();
      const only = kind && key ? { kind, key } : undefined;
      const work = await retryWork(context.database, now, only);
      const deliveries = only ? 0 : await retryDeliveries(context.database, now);
      return { text: `${work} pieces of work and ${deliveries} deliveries are due now.`, json: { work, deliveries } };
    },
  );
}
