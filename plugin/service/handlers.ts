/** Who does which kind of queue item. */
import { convergeEach, convergeTrainers, placesForChanges } from '../access/converge.ts';
import { lookForNewAccounts } from '../access/new-accounts.ts';
import { sendBudgetMail } from '../budget/budget-mail.ts';
import { markBudgetsOfMinute, refreshBudget } from '../budget/budgets.ts';
import { showNotice } from '../budget/notices.ts';
import type { PluginContext } from '../context.ts';
import { markReminders, sendInvitationMail, sendReminder } from '../invitations/invitation-mail.ts';
import { sendPasswordMail } from '../invitations/password-mail.ts';
import { endKeysAgain } from '../invitations/take-over.ts';
import { lookAtLinks } from '../mirror/look-at-links.ts';
import { refreshParticipants } from '../mirror/participants.ts';
import { checkSilence } from '../mirror/silence.ts';
import { tryTokenOnce } from '../mirror/try-token.ts';
import { type GroupedRuns, type Handlers, handlersOf, type Runs } from '../queue/handler.ts';
import { noteDone } from '../queue/heartbeats.ts';
import { markDue } from '../queue/items.ts';
import { postAlert } from '../status/alert-webhook.ts';
import { mailAlert, markAlerts } from '../status/alerts.ts';
import { urgent } from '../status/problems.ts';
import { readStatus } from '../status/status.ts';
import { sendContractEndedMails } from '../usage/contract-ended-mail.ts';
import { addDays, dayOf } from '../usage/days.ts';
import { syncEach, syncUsage } from '../usage/sync.ts';
import { careForEndpoint, removeEndpoint } from '../webhooks/endpoint.ts';
import { prune } from './prune.ts';
import { readOpenTrain } from './reconcile.ts';
import { takeMissedNight } from './schedule.ts';

/** The handlers for a context, by kind. */
export function createHandlers(context: PluginContext): Handlers {
  return handlersOf(createRuns(context), createGroupedRuns(context));
}

function createGroupedRuns(context: PluginContext): GroupedRuns {
  const places = placesForChanges();
  return {
    access: (items) => convergeEach(context, new Map(items.map(({ key, detail }) => [key, detail.cause])), places),
    usage: (items) => syncEach(context, new Map(items.map(({ key, detail }) => [key, detail.cause]))),
  };
}

function createRuns(context: PluginContext): Runs {
  return {
    endpoint: () => checkEndpoint(context),
    'endpoint-retire': (endpointId) => removeEndpoint(context, endpointId),
    reconcile: (_key, { cause }) => reconcileStepwise(context, cause),
    participants: (contractId, { cause }) => refreshParticipants(context, contractId, cause),
    access: async (trainerId, { cause }) => void (await convergeTrainers(context, [trainerId], cause)),
    'access-all': async (_key, { cause }) => void (await convergeTrainers(context, 'all', cause)),
    'invitation-mail': (invitationId) => sendInvitationMail(context, invitationId),
    alerts: () => markAlerts(context),
    'alert-mail': (matter, alert) => mailAlert(context, matter, alert),
    'alert-webhook': (_matter, alert) => postAlert(context, alert),
    reminders: () => markReminders(context),
    reminder: (key) => sendReminder(context, key),
    'password-mail': (resetId) => sendPasswordMail(context, resetId),
    usage: async (contractId, { cause }) => void (await syncUsage(context, { contractIds: [contractId], cause })),
    sync: (key, { cause }) => syncEverything(context, key, cause),
    budgets: () => markBudgetsOfMinute(context),
    budget: (contractId, { source }) => refreshBudget(context, contractId, source),
    notice: (projectId) => showNotice(context, projectId),
    'budget-mail': (key) => sendBudgetMail(context, key),
    report: (day) => mailReport(context, day),
    'end-keys': (trainerId) => endKeysAgain(context, trainerId),
    'try-token': (_key, { cause }) => tryTokenOnce(context, cause ?? 'timer'),
    links: (_key, { cause }) => lookAtLinks(context, cause ?? 'timer'),
    'invite-link': async () => context.tool.renewInvite?.(),
    'new-accounts': async () => void (await lookForNewAccounts(context)),
    'missed-night': () => takeMissedNight(context),
    silence: async () => void (await checkSilence(context)),
    'contract-ended-mail': (contractId) => sendContractEndedMails(context, contractId),
    'console-run': async (id, _detail, signal) => (await import('./console-run.ts')).doConsoleRun(context, id, signal),
    pruning: () => prune(context),
  };
}

async function mailReport(context: PluginContext, day: string): Promise<void> {
  const { mailNightlyReport } = await import('../report/report-mail.ts');
  await mailNightlyReport(context, day, urgent(await readStatus(context, 'attention')));
}

async function checkEndpoint(context: PluginContext): Promise<void> {
  const { done } = await careForEndpoint(context);
  if (done.length > 0) context.log.info({ done }, 'webhook endpoint checked');
}

/** Reading OpenTrain and changing the tool are two items: while one of the two is down, the other is not repeated. */
async function reconcileStepwise(context: PluginContext, cause: string): Promise<void> {
  await readOpenTrain(context, cause);
  await noteDone(context.database, 'reconcile', context.clock.now());
  await markDue(context.database, { kind: 'access-all', key: 'all', detail: { cause } }, context.clock.now());
}

/**
 * `recent`: yesterday and today of open contracts. `whole`: whole contracts, once after an upgrade. `nightly`: the same, and then
 * the report of yesterday.
 */
async function syncEverything(context: PluginContext, key: string, cause: string): Promise<void> {
  const now = context.clock.now();
  const yesterday = addDays(dayOf(now, context.settings.usage.timezone), -1);
  if (key === 'recent') {
    await syncUsage(context, { since: yesterday, cause });
    await noteDone(context.database, 'sync', context.clock.now());
    return;
  }
  await syncUsage(context, { cause });
  await noteDone(context.database, 'sync', context.clock.now());
  if (key !== 'nightly') return;
  await markDue(context.database, { kind: 'report', key: yesterday, detail: { cause } }, now);
}
