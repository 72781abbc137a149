/** Everything that needs an admin, each with what to do: pure, from a status. */

import { type BlockReason, blockReasons } from '../access/changes.ts';
import { OTHER_DATABASE } from '../access/tool-database.ts';
import { CONTRACT_DRIFT, DRIFT_SHOWN_MS } from '../audit/counters.ts';
import type { BudgetStatus } from '../budget/budget-status.ts';
import { missingScopes } from '../mirror/preflight.ts';
import type { Dependency } from '../queue/outages.ts';
import { PAUSED } from '../webhooks/endpoint.ts';
import { databaseProblems, heldProblem, unsentProblem } from './held-problems.ts';
import { lifeProblems } from './life-problems.ts';
import { type TrainerStatus, whoIs } from './people.ts';
import {
  type Alert,
  type Problem,
  type ProblemGroup,
  problemGroups,
  type Status,
  type UngroupedProblem,
} from './status-types.ts';
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
      ...uncoveredProblems(status.uncovered),
    ],
    'Queue and deliveries': [...queueProblems(status), ...driftProblems(status)],
  };
  const problems = problemGroups.flatMap((group) => groups[group].map((problem) => ({ group, ...problem })));
  return problems.sort((a, b) => Number(a.severity === 'watch') - Number(b.severity === 'watch'));
}

/** What cannot wait: the connection ended, a removal is partial, usage cannot be sent, a budget is used up. */
export function alertsOf(status: Known): Alert[] {
  const { connection, trainers, contracts, budgets } = status;
  const none = { ...status, contracts: { ...contracts, problems: [] }, budgets: [], refusals: [] };
  const named = (matter: string, problems: readonly UngroupedProblem[]): Alert[] =>
    problems.slice(0, 1).map(({ what, remedy }) => ({ matter, what, remedy }));
  return [
    ...named('the database of the tool', databaseProblems(status)),
    ...(connection.install?.status === 'disconnected' ? named('connection', connectionProblems(status)) : []),
    ...trainers
      .filter(({ state }) => state === 'revoked-partial')
      .flatMap((trainer) => named(`removal of ${trainer.id}`, trainerProblems({ ...status, trainers: [trainer] }))),
    ...contracts.problems.flatMap((problem) =>
      named(`usage of ${problem.id}`, usageProblems({ ...none, contracts: { ...contracts, problems: [problem] } })),
    ),
    ...budgets
      .filter(({ state, contractStatus }) => state === 'DEPLETED' && contractStatus === 'active')
      .flatMap((budget) => named(`budget of ${budget.contractId}`, usageProblems({ ...none, budgets: [budget] }))),
  ];
}

/** What an admin has to do now. */
export function urgent({ problems }: Pick<Status, 'problems'>): Problem[] {
  return problems.filter(({ severity }) => severity === 'urgent');
}

function urgentProblem(what: string, remedy: string, since: number | null = null): UngroupedProblem {
  return { severity: 'urgent', what, remedy, since };
}

function watch(what: string, remedy: string, since: number | null = null): UngroupedProblem {
  return { severity: 'watch', what, remedy, since };
}

function connectionProblems({ connection }: Known): UngroupedProblem[] {
  const { install, token, endpoints } = connection;
  if (!install) {
    if (token !== 'missing') return [];
    const remedy = 'Run `opentrain-plugin setup`, or open Connection in the console and paste the token.';
    return [urgentProblem('The plugin is not connected to OpenTrain.', remedy)];
  }
  if (install.status === 'disconnected') {
    const why = install.disconnectedReason ?? 'revoked on OpenTrain';
    const remedy =
      'Connect again and paste the new token (console → Connection), or remove everybody with `opentrain-plugin revoke-all`.';
    const what = `The connection to OpenTrain was ended: ${why}. Members keep their access.`;
    return [urgentProblem(what, remedy, install.disconnectedAt)];
  }
  const problems = missingScopes(install).map((scope) =>
    urgentProblem(
      `OpenTrain did not grant the scope ${scope}.`,
      'Add the scope to your platform app on OpenTrain, then connect again and paste the new token.',
    ),
  );
  if (!install.piiConsent) {
    const remedy = 'Connect again on OpenTrain and tick the consent for Work Emails.';
    problems.push(urgentProblem('OpenTrain does not tell Work Emails: consent to share them was not given.', remedy));
  }
  for (const { url, status, checkedAt, retiringUntil } of endpoints) {
    if (retiringUntil !== null || status === 'ACTIVE') continue;
    if (status === PAUSED) {
      const remedy = 'It stays so until a person enables it: on OpenTrain, or with `opentrain-plugin webhooks repair`.';
      problems.push(watch(`Somebody paused the webhook endpoint ${url}: no events come.`, remedy, checkedAt));
      continue;
    }
    const remedy = 'It is enabled again by itself; `opentrain-plugin webhooks repair` does it now.';
    problems.push(urgentProblem(`The webhook endpoint ${url} is ${status}.`, remedy, checkedAt));
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
      return [urgentProblem(what, remedy, projectAskedAt)];
    }
    if (standing !== 'unconfirmed') return [];
    if (isElsewhere) {
      const what = `Link ${id} leads to ${projectUrl ?? 'another address'}, which is not below TOOL_PUBLIC_URL: members of ${project} keep their access, nobody new is invited.`;
      const remedy = `If that is this tool, set TOOL_PUBLIC_URL to its address. If it is another tool, say so and end the access here: \`opentrain-plugin links --other-tool ${id}\`.`;
      return [urgentProblem(what, remedy, projectAskedAt)];
    }
    const what = `The tool was not asked for ${project} yet, which is linked as ${id}: nobody new is invited to it until then.`;
    return [
      watch(what, 'This is done by itself as soon as the tool answers; `opentrain-plugin reconcile` does it now.'),
    ];
  });
}

function notLinkedProblems(links: Known['links']): UngroupedProblem[] {
  return links
    .filter(({ notLinkedSince }) => notLinkedSince !== null)
    .map(({ projectId, projectName, jobId, notLinkedSince }) =>
      urgentProblem(
        `Project ${projectName ?? projectId} is not linked to job ${jobId ?? 'none'} under the new connection: members keep their access, nobody new is invited, and no usage can be submitted.`,
        'Link all projects again as before: `opentrain-plugin links --relink`, or the button on the console’s Projects page. What should not be linked any more: `opentrain-plugin unlink`.',
        notLinkedSince,
      ),
    );
}

function accountProblems({ newAccounts }: Known): UngroupedProblem[] {
  return newAccounts.map(({ tool_user_id, name, joined_at, suspects }) => {
    const who =
      suspects === '' ? 'no trainer had access then' : `could have been made by ${suspects.split(' ').join(', ')}`;
    return urgentProblem(
      `Account ${tool_user_id} of the tool (${name}) belongs to no contract; ${who}.`,
      `Close it with \`opentrain-plugin accounts --close ${tool_user_id}\`, or say that it is a colleague’s with --confirm (console: Trainers).`,
      joined_at,
    );
  });
}

function outageProblems({ outages }: Known): UngroupedProblem[] {
  return outages.map(({ dependency, since, error }) =>
    urgentProblem(
      `${capitalized(dependencyNames[dependency])} does not answer: ${error}`,
      outageRemedies[dependency],
      since,
    ),
  );
}

function trainerProblems({ trainers }: Known): UngroupedProblem[] {
  return trainers.flatMap((trainer) =>
    accessProblems(trainer).map((problem) => ({ ...problem, trainerId: trainer.id })),
  );
}

function accessProblems(trainer: TrainerStatus): UngroupedProblem[] {
  const { state, reason, since, invitation } = trainer;
  const remedy = trainer.remedy ?? '';
  const who = whoIs(trainer);
  if (state === 'blocked')
    return [urgentProblem(`${who} cannot be given access: ${reasonWords(reason)}.`, remedy, since)];
  if (state === 'revoked-partial') {
    return [urgentProblem(`${who} was removed, but can still: ${reason ?? 'sign in'}.`, remedy, since)];
  }
  if (invitation?.refusal) {
    const { message, remedy: mend, at } = invitation.refusal;
    return [urgentProblem(`${who} could not accept their invitation, because the tool refused: ${message}`, mend, at)];
  }
  if (!invitation?.link) return [];
  const why = invitation.mailError ? `the mail failed: ${invitation.mailError}` : 'no mail was sent';
  return [
    urgentProblem(`${who} does not know of their invitation: ${why}.`, `Pass this on: ${invitation.link}`, since),
  ];
}

function usageProblems({ contracts, budgets, refusals }: Known): UngroupedProblem[] {
  const running = budgets.filter(({ state, contractStatus }) => state !== 'OK' && contractStatus !== 'ended');
  return [
    ...contracts.problems.map((problem) => (problem.isHeld ? heldProblem(problem) : unsentProblem(problem))),
    ...refusals.map(({ contractId, title, trainerId, day, message, requestId, at }) =>
      urgentProblem(
        `OpenTrain refused ${day} of ${trainerId} on ${title ?? contractId}: ${message}`,
        `It is tried again every night.${requestId ? ` If it lasts, give OpenTrain's support the request ${requestId}.` : ''}`,
        at,
      ),
    ),
    ...running.map(budgetProblem),
  ];
}

/** Contracts of one job have one title: the id tells them apart, and the page names the trainers. */
function budgetProblem({ contractId, title, state, at }: BudgetStatus): UngroupedProblem {
  const problem = (state === 'DEPLETED' ? urgentProblem : watch)(
    `The budget of ${title === null ? contractId : `${title} (${contractId})`} is ${state}.`,
    'Fund its next milestone on OpenTrain.',
    at,
  );
  return { ...problem, page: { path: '/console/budgets', name: 'Open budgets' } };
}

/** What OpenTrain answered and this version cannot read: the rest of the answers was used. */
function driftProblems({ counters, at }: Known): UngroupedProblem[] {
  const drift = counters.find(({ name, lastAt }) => name === CONTRACT_DRIFT && at - lastAt < DRIFT_SHOWN_MS);
  if (!drift) return [];
  const what = `Contract drift: OpenTrain's answers hold what this version cannot read, last ${drift.lastDetail ?? ''}. The rest is used; nothing stored was changed by it.`;
  return [
    watch(
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
      `Failing: ${what}: ${error ?? 'for an unknown reason'}`,
      `It is tried again by itself; \`opentrain-plugin retry ${kind} ${key}\` or the console’s Queue page tries now.`,
      failingSince,
    ),
  );
  if (deliveries.failing === 0) return problems;
  const what = `Deliveries that could not be applied: ${deliveries.failing}.`;
  return [
    ...problems,
    urgentProblem(
      what,
      "`opentrain-plugin retry --list` and the console's Deliveries page show why; `opentrain-plugin retry` tries again now.",
    ),
  ];
}

const reasons: Readonly<Record<BlockReason, string>> = {
  'no-work-email': 'OpenTrain has not told a Work Email',
  'not-a-work-email': 'the address that OpenTrain sent is not a Work Email',
  'privileged-account': 'the account with this address administers the tool',
  'needs-database-role': 'they were removed before, and letting them in again needs the tool’s database',
  'no-password': 'their account has no password, and none can be set',
  'account-exists': 'an account with this address exists already',
  'account-not-ours': 'an account with this address exists, and nothing shows that it is theirs',
};

/** A reason code as words. */
export function reasonWords(reason: string | null): string {
  if (reason === null) return 'for an unknown reason';
  const known = blockReasons.find((code) => code === reason);
  return known ? reasons[known] : reason.replaceAll('-', ' ');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
