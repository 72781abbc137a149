/** The overview: what needs the admin, the connection, what waits for what, and the numbers. */
import { Router } from 'express';
import { nextRuns } from '../../status/next-runs.ts';
import { trainerStates } from '../../status/people.ts';
import { dependencyNames } from '../../status/problems.ts';
import { readStatus } from '../../status/status.ts';
import type { Status } from '../../status/status-types.ts';
import type { Console } from './console.ts';

/** Problems shown; the rest is counted. */
const PROBLEMS_SHOWN = 20;

/** The route /console. */
export function overview(console: Console): Router {
  const router = Router();
  router.get('/', async (request, response) => {
    const status = await readStatus(console.context);
    console.page(request, response, 'overview', {
      title: 'Overview',
      section: '/console',
      status,
      problems: status.problems.slice(0, PROBLEMS_SHOWN),
      moreProblems: Math.max(0, status.problems.length - PROBLEMS_SHOWN),
      endpoint: status.connection.endpoints.find(({ retiringUntil }) => retiringUntil === null) ?? null,
      outages: status.outages.map((outage) => ({
        ...outage,
        name: dependencyNames[outage.dependency],
        waiting: status.queue.filter(({ waitingFor }) => waitingFor.includes(outage.dependency)).length,
      })),
      tiles: tiles(status),
      runs: nextRuns(console.context),
    });
  });
  return router;
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
