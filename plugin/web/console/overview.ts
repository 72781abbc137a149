/** The overview: what needs the admin, the work of two weeks, who works today, which budget ends when, and the connection. */
import { Router } from 'express';
import { readForecasts } from '../../budget/forecast.ts';
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
    const status = await readStatus(context);
    const fortnight = await readFortnight(context);
    const forecasts = await readForecasts(context, status.budgets);
    const titles = new Map(status.budgets.map(({ contractId, title }) => [contractId, title ?? contractId]));
    console.page(request, response, 'overview', {
      title: 'Overview',
      section: '/console',
      status,
      groups: grouped(console.mayChange(request) ? status.problems : withoutLinks(status)),
      endpoint: status.connection.endpoints.find(({ retiringUntil }) => retiringUntil === null) ?? null,
      outages: status.outages.map((outage) => ({
        ...outage,
        name: dependencyNames[outage.dependency],
        waiting: status.queue.filter(({ waitingFor }) => waitingFor.includes(outage.dependency)).length,
      })),
      tiles: tiles(status),
      fortnight,
      bars: bars(fortnight.days.map(({ labels }) => labels)),
      today: await readWorkingToday(context),
      forecasts: forecasts
        .filter(({ fundedUntil }) => fundedUntil !== null)
        .slice(0, BUDGETS_SHOWN)
        .map((forecast) => ({ ...forecast, title: titles.get(forecast.contractId) })),
      runs: nextRuns(context),
    });
  });
  return router;
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
      count: status.trainers.filter((trainer) => trainer.state === state).length,
      href: `/console/trainers?state=${state}`,
    }));
  return [
    ...trainers,
    { name: 'active contracts', count: status.contracts.active, href: '/console/usage' },
    { name: 'linked projects', count: status.links.length, href: '/console/projects' },
    { name: 'final counts due', count: status.contracts.finalCountsDue.length, href: '/console/queue' },
    { name: 'queue items waiting', count: status.queue.length, href: '/console/queue' },
    { name: 'deliveries failing', count: status.deliveries.failing, href: '/console/deliveries' },
  ];
}
