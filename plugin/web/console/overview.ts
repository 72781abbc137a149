/** The overview: what needs the admin, the work of two weeks, who works today, which budget ends when, and the connection. */
import { Router } from 'express';
import { firstBudgetsToEnd } from '../../budget/budget-rows.ts';
import { budgetStatus } from '../../budget/budget-status.ts';
import { readForecasts } from '../../budget/forecast.ts';
import type { PluginContext } from '../../context.ts';
import { latestRuns } from '../../queue/console-runs.ts';
import { needsOf } from '../../queue/kinds.ts';
import type { Dependency } from '../../queue/outages.ts';
import { firstSteps } from '../../status/first-steps.ts';
import { readFortnight, readWorkingToday } from '../../status/fortnight.ts';
import { nextRuns } from '../../status/next-runs.ts';
import { trainerStates } from '../../status/people.ts';
import { dependencyNames } from '../../status/problems.ts';
import { readStatus } from '../../status/status.ts';
import { type Problem, type ProblemGroup, problemGroups, type Status } from '../../status/status-types.ts';
import { bars } from './bars.ts';
import type { Console } from './console.ts';

/** Problems shown of each group; the rest is counted. */
const SHOWN_OF_GROUP = 5;
const BUDGETS_SHOWN = 8;

/** Where an admin does something about a group of problems. */
const pages: Readonly<Record<ProblemGroup, { path: string; button: string }>> = {
  Connection: { path: '/connect', button: 'Open the connection' },
  Running: { path: '/console/queue', button: 'Open the queue' },
  Projects: { path: '/console/projects', button: 'Open projects' },
  'Trainers and access': { path: '/console/trainers', button: 'Open trainers' },
  'Unknown accounts': { path: '/console/trainers#accounts', button: 'Open the accounts' },
  'Work and budgets': { path: '/console/usage', button: 'Open usage' },
  'Queue and deliveries': { path: '/console/queue', button: 'Open the queue' },
};

/** The route /console. */
export function overview(console: Console): Router {
  const router = Router();
  const { context } = console;
  router.get('/', async (request, response) => {
    const [status, [doctor], fortnight, today, forecasts] = await Promise.all([
      readStatus(context, 'attention'),
      latestRuns(context.database, ['doctor', 'removal-test'], 1),
      readFortnight(context),
      readWorkingToday(context),
      firstToEnd(context),
    ]);
    console.page(request, response, 'overview', {
      title: 'Overview',
      section: '/console',
      status,
      // They lead to pages that a viewer may not open.
      steps: console.mayChange(request) ? firstSteps(status, doctor) : [],
      groups: grouped(console.mayChange(request) ? status.problems : withoutLinks(status)),
      endpoint: status.connection.endpoints.find(({ retiringUntil }) => retiringUntil === null) ?? null,
      outages: status.outages.map((outage) => ({
        ...outage,
        name: dependencyNames[outage.dependency],
        waiting: waitingFor(outage.dependency, status),
      })),
      tiles: tiles(status),
      fortnight,
      bars: bars(fortnight.days.map(({ labels }) => labels)),
      today,
      forecasts,
      runs: nextRuns(context),
    });
  });
  return router;
}

/** The budgets that are used up first. */
async function firstToEnd(context: PluginContext) {
  const budgets = (await firstBudgetsToEnd(context.database, BUDGETS_SHOWN)).map(budgetStatus);
  const titles = new Map(budgets.map(({ contractId, title }) => [contractId, title ?? contractId]));
  return (await readForecasts(context, budgets))
    .filter(({ fundedUntil }) => fundedUntil !== null)
    .map((forecast) => ({ ...forecast, title: titles.get(forecast.contractId) }));
}

/** How many queue items need this dependency. */
function waitingFor(dependency: Dependency, { totals }: Status): number {
  const kinds = Object.entries(totals.queue).filter(([kind]) => needsOf(kind).includes(dependency));
  return kinds.reduce((sum, [, count]) => sum + count, 0);
}

/** An invitation's link opens the trainer's account: it is for those who may change something. */
function withoutLinks({ problems, trainers }: Status): Problem[] {
  const links = trainers.flatMap(({ invitation }) => invitation?.link ?? []);
  return problems.map((problem) =>
    links.some((link) => problem.remedy.includes(link))
      ? { ...problem, remedy: 'An admin sees the link here, and can pass it on.' }
      : problem,
  );
}

/** The groups that have problems, in their order, each with its first ones. */
function grouped(problems: readonly Problem[]) {
  return problemGroups.flatMap((name) => {
    const all = problems.filter(({ group }) => group === name);
    if (all.length === 0) return [];
    return [
      { name, shown: all.slice(0, SHOWN_OF_GROUP), more: Math.max(0, all.length - SHOWN_OF_GROUP), ...pages[name] },
    ];
  });
}

interface Tile {
  name: string;
  count: number;
  href: string;
}

function tiles(status: Status): Tile[] {
  const trainers = trainerStates
    .filter((state) => state !== 'none' && state !== 'revoked')
    .map((state) => ({
      name: `trainers ${state}`,
      count: status.totals.trainers[state] ?? 0,
      href: `/console/trainers?state=${state}`,
    }));
  return [
    ...trainers,
    { name: 'active contracts', count: status.contracts.active, href: '/console/usage' },
    { name: 'linked projects', count: status.links.length, href: '/console/projects' },
    { name: 'final counts due', count: status.contracts.finalCountsDue.length, href: '/console/queue' },
    {
      name: 'queue items waiting',
      count: Object.values(status.totals.queue).reduce((sum, count) => sum + count, 0),
      href: '/console/queue',
    },
    { name: 'deliveries failing', count: status.deliveries.failing, href: '/console/deliveries' },
  ];
}
