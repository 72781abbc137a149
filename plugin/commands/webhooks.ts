/** `webhooks [list|repair|rotate|redeliver]`: our endpoint at OpenTrain. */
import type { Command } from 'commander';
import type { PluginContext } from '../context.ts';
import { markDue } from '../queue/items.ts';
import { table } from '../text/table.ts';
import { careForEndpoint, redeliverFailed, rotateSecret } from '../webhooks/endpoint.ts';
import { allWebhookEndpoints } from '../webhooks/endpoint-rows.ts';
import { type CommandResult, pluginAction } from './run-command.ts';

export function registerWebhooks(program: Command): void {
  const webhooks = program.command('webhooks').description('Our webhook endpoint at OpenTrain.');
  pluginAction(
    webhooks
      .command('list', { isDefault: true })
      .description("The install's endpoints, and which is ours.")
      .addHelpText('after', '\nExample:\n  opentrain-plugin webhooks list'),
    (context) => list(context),
  );
  pluginAction(
    webhooks
      .command('repair')
      .description('Make, correct or enable our endpoint now, ask for failed deliveries, and read everything again.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin webhooks repair'),
    (context) => repair(context),
  );
  pluginAction(
    webhooks
      .command('rotate')
      .description("Change the endpoint's secret without losing a delivery.")
      .addHelpText('after', '\nExample:\n  opentrain-plugin webhooks rotate'),
    (context) => rotate(context),
  );
  pluginAction(
    webhooks
      .command('redeliver')
      .argument('[delivery]', 'one delivery id; all failed ones if absent')
      .description('Ask OpenTrain for failed deliveries once more.')
      .addHelpText('after', '\nExample:\n  opentrain-plugin webhooks redeliver'),
    async (context, _options, [deliveryId]) => {
      const requeued = await redeliverFailed(context, deliveryId);
      return { text: `OpenTrain sends ${requeued} deliveries again, within about 5 minutes.`, json: { requeued } };
    },
  );
}

async function list(context: PluginContext): Promise<CommandResult> {
  const endpoints = (await context.openTrain.webhookEndpoints()).value;
  const ours = new Map((await allWebhookEndpoints(context.database)).map((row) => [row.id, row]));
  const rows = endpoints.map((endpoint) => {
    const row = ours.get(endpoint.id);
    const role = !row ? 'not ours' : row.accepted_until === null ? 'ours' : 'ours, being retired';
    return { ...endpoint, role };
  });
  const cells = rows.map((row) => [row.id, row.status, row.role, String(row.consecutiveFailures), row.url]);
  const text = table(['Endpoint', 'Status', '', 'Failures in a row', 'URL'], cells);
  return {
    text: rows.length > 0 ? text : 'There is no endpoint yet: `start` or `webhooks repair` makes it.',
    json: rows,
  };
}

async function repair(context: PluginContext): Promise<CommandResult> {
  const { endpoint, done } = await careForEndpoint(context, { resume: true });
  const requeued = await redeliverFailed(context);
  const now = context.clock.now();
  await markDue(context.database, { kind: 'reconcile', key: 'all', detail: { cause: 'command webhooks repair' } }, now);
  const what = done.length > 0 ? done.join('; ') : 'nothing was wrong with it';
  const text = `Endpoint ${endpoint.id} (${endpoint.url}): ${what}. ${requeued} failed deliveries come again; everything is read again by a running \`start\`.`;
  return { text, json: { endpoint, done, requeued } };
}

async function rotate(context: PluginContext): Promise<CommandResult> {
  const { endpoint, retiring } = await rotateSecret(context);
  const old =
    retiring.length > 0
      ? ` Deliveries signed with the old secret are taken for 4 more hours, then ${retiring.join(', ')} is deleted.`
      : '';
  return { text: `The new endpoint is ${endpoint.id}.${old}`, json: { endpoint, retiring } };
}
