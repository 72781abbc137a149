/** Everything that needs an admin, each with what to do: pure, from a status. */

import { OTHER_DATABASE } from '../access/tool-database.ts';
import { CONTRACT_DRIFT, DRIFT_SHOWN_MS } from '../audit/counters.ts';
import type { WarnedBudget } from '../budget/warned-budgets.ts';
import { missingScopes } from '../mirror/preflight.ts';
import type { Dependency } from '../queue/outages.ts';
import { PAUSED } from '../webhooks/endpoint.ts';
import { budgetProblems } from './budget-problems.ts';
import { databaseProblems, heldProblem, unsentProblem } from './held-problems.ts';
import { lifeProblems } from './life-problems.ts';
import type { Matter } from './matters.ts';
import {
  type Alert,
  type Problem,
  type ProblemGroup,
  problemGroups,
  SETTINGS_PAGE,
  type Status,
  type UngroupedProblem,
} from './status-types.ts';
import { accountProblems, trainerProblems } from './trainer-problems.ts';
import { uncoveredProblems } from './uncovered.ts';
import { unreadableProblems } from './unreadable.ts';

/** How the dependencies are called. */
export const dependencyNames: Readonly<Record<Dependency, string>> = {
  opentrain: 'OpenTrain',
  tool: 'the tool',
  mail: 'the mail server',
};

const outageRemedies: Readonly<Record<Dependency, string>> = {
  opentrain: 'Nothing is lost: it is tried again by itself. If it lasts, run `opentrain-plugin doctor`.',
  tool: 'Start the tool, or check TOOL_BASE_URL and TOOL_API_TOKEN with `opentrain-plugin doctor`. Work catches up by itself.',
  mail: 'Check SMTP_URL with `opentrain-plugin doctor`. Mail that waits is sent afterwards by itself.',
};

type Known = Omit<Status, 'problems'>;

/** The problems: the urgent ones first; then by group, what keeps anything from moving first. */
export function problemsOf(status: Known): Problem[] {
  const groups: Readonly<Record<ProblemGroup, UngroupedProblem[]>> = {
    Running: lifeProblems(status),
    Connection: [...databaseProblems(status), ...connectionProblems(status), ...outageProblems(status)],
    Projects: linkProblems(status),
    'Trainers and access': trainerProblems(status),
    'Unknown accounts': accountProblems(status),
    'Work and budgets': [
      ...unreadableProblems(status.unreadable),
      ...usageProblems(status),
      ...budgetProblems(status),
      ...uncoveredProblems(status.uncovered),
    ],
    'Queue and deliveries': [...queueProblems(status), ...driftProblems(status)],
  };
  const problems = problemGroups.flatMap((group) => groups[group].map((problem) => ({ group, ...problem })));
  return problems.sort((a, b) => Number(a.severity === 'watch') - Number(b.severity === 'watch'));
}

/** What cannot wait: the connection ended, a removal is partial, usage cannot be sent, a budget is used up or near its end. */
export function alertsOf(status: Known): Alert[] {
  const { connection, trainers, contracts, budgets } = status;
  const named = (matter: string, problems: readonly UngroupedProblem[], repeatDays = 1): Alert[] =>
    problems.slice(0, 1).map(({ what, remedy }) => ({ matter, repeatDays, what, remedy }));
  return [
    ...named('the database of the tool', databaseProblems(status)),
    ...(connection.install?.status === 'disconnected' ? named('connection', connectionProblems(status)) : []),
    ...trainers
      .filter(({ state }) => state === 'revoked-partial')
      .flatMap((trainer) => named(`removal of ${trainer.id}`, trainerProblems({ ...status, trainers: [trainer] }))),
    ...contracts.problems.flatMap((problem) =>
      named(
        `usage of ${problem.id}`,
        usageProblems({ contracts: { ...contracts, problems: [problem] }, refusals: [] }),
      ),
    ),
    ...budgets.flatMap((budget) => budgetAlerts(budget, status.at)),
  ];
}

/** A threshold is told once a week, and anew for each funding: it is a reminder, not a fault. */
function budgetAlerts(budget: WarnedBudget, at: number): Alert[] {
  if (budget.contractStatus !== 'active') return [];
  return budgetProblems({ budgets: [budget], at }).flatMap(({ matter, what, remedy }) => {
    if (matter === 'budget-depleted')
      return [{ matter: `budget of ${budget.contractId}`, repeatDays: 1, what, remedy }];
    if (matter !== 'budget-threshold') return [];
    const reached = `${budget.warning?.kind} ${budget.fundedVolume ?? 'unknown'}`;
    return [{ matter: `budget threshold of ${budget.contractId}: ${reached}`, repeatDays: 7, what, remedy }];
  });
}

/** What an admin has to do now. */
export function urgent({ problems }: Pick<Status, 'problems'>): Problem[] {
  return problems.filter(({ severity }) => severity === 'urgent');
}

function urgentProblem(matter: Matter, what: string, remedy: string, since: number | null = null): UngroupedProblem {
  return { matter, severity: 'urgent', what, remedy, since };
}

function watch(matter: Matter, what: string, remedy: string, since: number | null = null): UngroupedProblem {
  return { matter, severity: 'watch', what, remedy, since };
}

function connectionProblems({ connection }: Known): UngroupedProblem[] {
  const { install, token, endpoints } = connection;
  if (!install) {
    if (token !== 'missing') return [];
    const remedy = 'Run `opentrain-plugin setup`, or open Connection in the console and paste the token.';
    return [urgentProblem('not-connected', 'The plugin is not connected to OpenTrain.', remedy)];
  }
  if (install.status === 'disconnected') {
    const why = install.disconnectedReason ?? 'revoked on OpenTrain';
    const remedy =
      'Connect again and paste the new token (console → Connection), or remove everybody with `opentrain-plugin revoke-all`.';
    const what = `The connection to OpenTrain was ended: ${why}. Members keep their access.`;
    return [urgentProblem('disconnected', what, remedy, install.disconnectedAt)];
  }
  const problems = missingScopes(install).map((scope) =>
    urgentProblem(
      'scope-missing',
      `OpenTrain did not grant the scope ${scope}.`,
      'Add the scope to your platform app on OpenTrain, then connect again and paste the new token.',
    ),
  );
  if (!install.piiConsent) {
    const remedy = 'Connect again on OpenTrain and tick the consent for Work Emails.';
    problems.push(
      urgentProblem('no-consent', 'OpenTrain does not tell Work Emails: consent to share them was not given.', remedy),
    );
  }
  for (const { url, status, checkedAt, retiringUntil } of endpoints) {
    if (retiringUntil !== null || status === 'ACTIVE') continue;
    if (status === PAUSED) {
      const remedy = 'It stays so until a person enables it: on OpenTrain, or with `opentrain-plugin webhooks repair`.';
      problems.push(
        watch('endpoint-paused', `Somebody paused the webhook endpoint ${url}: no events come.`, remedy, checkedAt),
      );
      continue;
    }
    const remedy = 'It is enabled again by itself; `opentrain-plugin webhooks repair` does it now.';
    problems.push(urgentProblem('endpoint-not-active', `The webhook endpoint ${url} is ${status}.`, remedy, checkedAt));
  }
  return problems;
}

function linkProblems({ links }: Known): UngroupedProblem[] {
  const ours = links.filter(({ standing }) => standing !== 'another tool');
  return [...notLinkedProblems(ours), ...projectProblems(ours)];
}

/** Links whose project the tool does not have, or could not be asked for yet. */
function projectProblems(links: Known['links']): UngroupedProblem[] {
  return links.flatMap(({ id, standing, projectId, projectName, projectUrl, projectAskedAt, isElsewhere }) => {
    const project = projectName ? `${projectName} (project ${projectId})` : `project ${projectId}`;
    if (standing === 'missing') {
      const what = `The tool does not have ${project}, which is linked as ${id}: members keep their access, nobody new is invited.`;
      const remedy = `If it was deleted, remove its link: \`opentrain-plugin unlink ${id}\`. If it exists, the tool's token must be able to read it.`;
      return [urgentProblem('project-missing', what, remedy, projectAskedAt)];
    }
    if (standing !== 'unconfirmed') return [];
    if (isElsewhere) {
      const what = `Link ${id} leads to ${projectUrl ?? 'another address'}, which is not below TOOL_PUBLIC_URL: members of ${project} keep their access, nobody new is invited.`;
      const remedy = `If that is this tool, set TOOL_PUBLIC_URL to its address. If it is another tool, say so on the console’s Projects page, or with \`opentrain-plugin links --other-tool ${id}\`; that ends the access here.`;
      return [urgentProblem('project-elsewhere', what, remedy, projectAskedAt)];
    }
    const what = `The tool was not asked for ${project} yet, which is linked as ${id}: nobody new is invited to it until then.`;
    return [
      watch(
        'project-not-asked',
        what,
        'This is done by itself as soon as the tool answers; `opentrain-plugin reconcile` does it now.',
      ),
    ];
  });
}

function notLinkedProblems(links: Known['links']): UngroupedProblem[] {
  return links
    .filter(({ notLinkedSince }) => notLinkedSince !== null)
    .map(({ projectId, projectName, jobId, notLinkedSince }) =>
      urgentProblem(
        'not-linked-again',
        `Project ${projectName ?? projectId} is not linked to job ${jobId ?? 'none'} under the new connection: members keep their access, nobody new is invited, and no usage can be submitted.`,
        'Link all projects again as before: `opentrain-plugin links --relink`, or the button on the console’s Projects page. What should not be linked any more: `opentrain-plugin unlink`.',
        notLinkedSince,
      ),
    );
}

function outageProblems({ outages }: Known): UngroupedProblem[] {
  return outages.map(({ dependency, since, error }) => ({
    ...urgentProblem(
      'outage',
      `${capitalized(dependencyNames[dependency])} does not answer: ${error}`,
      outageRemedies[dependency],
      since,
    ),
    ...(dependency === 'opentrain' ? {} : { page: SETTINGS_PAGE }),
  }));
}

function usageProblems({ contracts, refusals }: Pick<Known, 'contracts' | 'refusals'>): UngroupedProblem[] {
  return [
    ...contracts.problems.map((problem) => (problem.isHeld ? heldProblem(problem) : unsentProblem(problem))),
    ...refusals.map(({ contractId, title, trainerId, day, message, requestId, at }) =>
      urgentProblem(
        'usage-refused',
        `OpenTrain refused ${day} of ${trainerId} on ${title ?? contractId}: ${message}`,
        `It is tried again every night.${requestId ? ` If it lasts, give OpenTrain's support the request ${requestId}.` : ''}`,
        at,
      ),
    ),
  ];
}

/** What OpenTrain answered and this version cannot read: the rest of the answers was used. */
function driftProblems({ counters, at }: Known): UngroupedProblem[] {
  const drift = counters.find(({ name, lastAt }) => name === CONTRACT_DRIFT && at - lastAt < DRIFT_SHOWN_MS);
  if (!drift) return [];
  const what = `Contract drift: OpenTrain's answers hold what this version cannot read, last ${drift.lastDetail ?? ''}. The rest is used; nothing stored was changed by it.`;
  return [
    watch(
      'contract-drift',
      what,
      'Look for a newer version of the plugin; `opentrain-plugin doctor` compares with OpenTrain’s description.',
      drift.lastAt,
    ),
  ];
}

function queueProblems({ queue, deliveries, otherDatabase }: Known): UngroupedProblem[] {
  // What waits for something that is down, or for an admin's word on the database, is told once.
  const isTold = (error: string | null): boolean => otherDatabase !== null && (error ?? '').includes(OTHER_DATABASE);
  const failing = queue.filter(
    ({ failingSince, waitingFor, error }) => failingSince !== null && waitingFor.length === 0 && !isTold(error),
  );
  const problems = failing.map(({ what, error, failingSince, kind, key }) =>
    urgentProblem(
      'item-failing',
      `Failing: ${what}: ${error ?? 'for an unknown reason'}`,
      `It is tried again by itself; \`opentrain-plugin retry ${kind} ${quoted(key)}\` or the console’s Queue page tries now.`,
      failingSince,
    ),
  );
  if (deliveries.failing === 0) return problems;
  const what = `Deliveries that could not be applied: ${deliveries.failing}.`;
  return [
    ...problems,
    urgentProblem(
      'delivery-failing',
      what,
      "`opentrain-plugin retry --list` and the console's Deliveries page show why; `opentrain-plugin retry` tries again now.",
    ),
  ];
}

/** As a shell takes it. */
function quoted(key: string): string {
  return /[^\w.:@-]/.test(key) ? `'${key.replaceAll("'", "'\\''")}'` : key;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
