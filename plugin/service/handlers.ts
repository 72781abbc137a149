/** Every kind of work: what it needs, and who does it. */
import { convergeTrainers } from '../access/converge.ts';
import { lookForNewAccounts } from '../access/new-accounts.ts';
import { sendBudgetMail } from '../budget/budget-mail.ts';
import { refreshBudget } from '../budget/budgets.ts';
import { showNotice } from '../budget/notices.ts';
import type { PluginContext } from '../context.ts';
import { sendInvitationMail } from '../invitations/invitation-mail.ts';
import { sendPasswordMail } from '../invitations/password-mail.ts';
import { endKeysAgain } from '../invitations/take-over.ts';
import { refreshParticipants } from '../mirror/participants.ts';
import type { Handler } from '../queue/do-item.ts';
import { markDue } from '../queue/items.ts';
import { mailNightlyReport } from '../report/report-mail.ts';
import { addDays, dayOf } from '../usage/days.ts';
import { syncUsage } from '../usage/sync.ts';
import { careForEndpoint, removeEndpoint } from '../webhooks/endpoint.ts';
import { readOpenTrain } from './reconcile.ts';

/** Whole contracts of many trainers are counted and sent in this time at the latest. */
const LONGEST_SYNC_MS = 3 * 3_600_000;

/** The handlers for a context, by kind. */
export function createHandlers(context: PluginContext): Record<string, Handler> {
  return { ...openTrainHandlers(context), ...accessHandlers(context), ...usageHandlers(context) };
}

function openTrainHandlers(context: PluginContext): Record<string, Handler> {
  return {
    endpoint: {
      needs: ['opentrain'],
      atOnce: 1,
      async run() {
        const { done } = await careForEndpoint(context);
        if (done.length > 0) context.log.info({ done }, 'webhook endpoint looked after');
      },
    },
    'endpoint-retire': { needs: ['opentrain'], atOnce: 1, run: (endpointId) => removeEndpoint(context, endpointId) },
    reconcile: {
      needs: ['opentrain'],
      atOnce: 1,
      run: (_key, { cause }) => reconcileStepwise(context, cause ?? 'timer'),
    },
    participants: {
      needs: ['opentrain'],
      atOnce: 4,
      run: (contractId, { cause }) => refreshParticipants(context, contractId, cause ?? 'timer'),
    },
  };
}

/** Reading OpenTrain and changing the tool are two pieces of work: while one of the two is down, the other is not repeated. */
async function reconcileStepwise(context: PluginContext, cause: string): Promise<void> {
  await readOpenTrain(context, cause);
  await markDue(context.database, { kind: 'access-all', key: 'all', detail: { cause } }, context.clock.now());
}

function accessHandlers(context: PluginContext): Record<string, Handler> {
  return {
    access: {
      needs: ['tool'],
      atOnce: 4,
      run: async (trainerId, { cause }) => void (await convergeTrainers(context, [trainerId], cause ?? 'timer')),
    },
    'access-all': {
      needs: ['tool'],
      atOnce: 1,
      run: async (_key, { cause }) => void (await convergeTrainers(context, 'all', cause ?? 'timer')),
    },
    'invitation-mail': {
      needs: ['mail'],
      atOnce: 4,
      run: (invitationId) => sendInvitationMail(context, invitationId),
    },
    'end-keys': { needs: ['tool'], atOnce: 4, run: (trainerId) => endKeysAgain(context, trainerId) },
    'invite-link': { needs: ['tool'], atOnce: 1, run: () => context.tool.renewInvite() },
    'new-accounts': { needs: ['tool'], atOnce: 1, run: async () => void (await lookForNewAccounts(context)) },
    'password-mail': { needs: ['mail'], atOnce: 4, run: (resetId) => sendPasswordMail(context, resetId) },
  };
}

function usageHandlers(context: PluginContext): Record<string, Handler> {
  return {
    usage: {
      needs: ['opentrain', 'tool'],
      atOnce: 2,
      run: async (contractId, { cause, final }) =>
        void (await syncUsage(context, { contractIds: [contractId], final: final ?? false, cause: cause ?? 'timer' })),
    },
    sync: {
      needs: ['opentrain', 'tool'],
      atOnce: 1,
      timeLimitMs: LONGEST_SYNC_MS,
      run: (key, { cause }) => syncEverything(context, key, cause ?? 'timer'),
    },
    budget: {
      needs: ['opentrain'],
      atOnce: 2,
      run: (contractId, { source }) => refreshBudget(context, contractId, source ?? 'event'),
    },
    notice: { needs: ['tool'], atOnce: 1, run: (projectId) => showNotice(context, projectId) },
    'budget-mail': { needs: ['mail'], atOnce: 1, run: (key) => sendBudgetMail(context, key) },
    report: { needs: ['mail'], atOnce: 1, run: (day) => mailNightlyReport(context, day) },
  };
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
    return;
  }
  await syncUsage(context, { cause });
  if (key !== 'nightly') return;
  await markDue(context.database, { kind: 'report', key: yesterday, detail: { cause } }, now);
}
