/** Everything that needs an admin, each with what to do: pure, from a status. */
import { missingScopes } from '../preflight.ts';
import type { Status } from '../status.ts';
import type { Dependency } from '../store/outages.ts';
import { nameOf } from './people.ts';

export interface Problem {
  /** What is wrong, with whom. */
  what: string;
  /** What to do about it. */
  remedy: string;
  /** Milliseconds since 1970 UTC; null when it has always been so. */
  since: number | null;
}

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

/** The problems, the most urgent first. */
export function problemsOf(status: Known): Problem[] {
  return [
    ...connectionProblems(status),
    ...status.outages.map(({ dependency, since, error }) => ({
      what: `${capitalized(dependencyNames[dependency])} does not answer: ${error}`,
      remedy: outageRemedies[dependency],
      since,
    })),
    ...trainerProblems(status),
    ...usageProblems(status),
    ...workProblems(status),
  ];
}

function connectionProblems({ connection }: Known): Problem[] {
  const { install, token, endpoints } = connection;
  if (token === 'missing' && !install) {
    const remedy = 'Run `opentrain-plugin setup`, or open Connection in the console and paste the token.';
    return [{ what: 'The plugin is not connected to OpenTrain.', remedy, since: null }];
  }
  if (!install) return [];
  if (install.status === 'disconnected') {
    return [
      {
        what: `The connection to OpenTrain was ended: ${install.disconnectedReason ?? 'revoked on OpenTrain'}. Members keep their access.`,
        remedy: 'Connect again and paste the new token (console → Connection), or remove everybody with `revoke-all`.',
        since: install.disconnectedAt,
      },
    ];
  }
  const problems: Problem[] = missingScopes(install).map((scope) => ({
    what: `OpenTrain did not grant the scope ${scope}.`,
    remedy: 'Add the scope to your platform app on OpenTrain, then connect again and paste the new token.',
    since: null,
  }));
  if (!install.piiConsent) {
    problems.push({
      what: 'OpenTrain does not tell Work Emails: consent to share them was not given.',
      remedy: 'Connect again on OpenTrain and tick the consent for Work Emails.',
      since: null,
    });
  }
  for (const { url, status, checkedAt, retiringUntil } of endpoints) {
    if (retiringUntil !== null || status === 'ACTIVE') continue;
    const remedy = 'It is enabled again by itself; `opentrain-plugin webhooks repair` does it now.';
    problems.push({ what: `The webhook endpoint ${url} is ${status}.`, remedy, since: checkedAt });
  }
  return problems;
}

function trainerProblems({ trainers }: Known): Problem[] {
  return trainers.flatMap((trainer): Problem[] => {
    const { state, reason, remedy, since, invitation } = trainer;
    const who = trainer.workEmail ? `${nameOf(trainer)} (${trainer.workEmail})` : nameOf(trainer);
    if (state === 'blocked') {
      return [{ what: `${who} cannot be given access: ${reasonWords(reason)}.`, remedy: remedy ?? '', since }];
    }
    if (state === 'revoked-partial') {
      return [{ what: `${who} was removed, but can still: ${reason ?? 'sign in'}.`, remedy: remedy ?? '', since }];
    }
    if (invitation?.link) {
      const why = invitation.mailError ? `the mail failed: ${invitation.mailError}` : 'no mail was sent';
      return [
        {
          what: `${who} has an invitation that they do not know of (${why}).`,
          remedy: `Pass on: ${invitation.link}`,
          since,
        },
      ];
    }
    return [];
  });
}

function usageProblems({ contracts, budgets, refusals }: Known): Problem[] {
  const active = budgets.filter(({ state, contractStatus }) => state !== 'OK' && contractStatus !== 'ended');
  return [
    ...contracts.problems.map(({ id, title, problem, since }) => ({
      what: `Usage of ${title ?? id} cannot be sent: ${problem}`,
      remedy: `It is tried again by itself; \`opentrain-plugin sync --contract ${id}\` tries now.`,
      since,
    })),
    ...active.map(({ contractId, title, state, at }) => ({
      what: `The budget of ${title ?? contractId} is ${state}.`,
      remedy: 'Fund its next milestone on OpenTrain.',
      since: at,
    })),
    ...refusals.map(({ contractId, title, trainerId, day, message, requestId, at }) => ({
      what: `OpenTrain refused ${day} of ${trainerId} on ${title ?? contractId}: ${message}`,
      remedy: `It is tried again every night.${requestId ? ` If it lasts, give OpenTrain's support the request ${requestId}.` : ''}`,
      since: at,
    })),
  ];
}

function workProblems({ work, deliveries }: Known): Problem[] {
  // What waits for something that is down is told once, as the outage.
  const failing = work.filter(({ failingSince, waitingFor }) => failingSince !== null && waitingFor.length === 0);
  const problems = failing.map(({ what, error, failingSince, kind, key }) => ({
    what: `Failing: ${what}: ${error ?? 'for an unknown reason'}`,
    remedy: `It is tried again by itself; the console's Work page tries now (${kind} ${key}).`,
    since: failingSince,
  }));
  if (deliveries.failing === 0) return problems;
  const what = `${deliveries.failing} deliveries of OpenTrain could not be applied.`;
  return [...problems, { what, remedy: "The console's Deliveries page shows why, and tries again.", since: null }];
}

/** A reason code as words: "no-work-email" → "no work email". */
export function reasonWords(reason: string | null): string {
  return reason?.replaceAll('-', ' ') ?? 'for an unknown reason';
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
