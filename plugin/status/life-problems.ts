/** What looks like peace and is none: nobody runs, regular work is not done, nothing is linked, nothing can be counted. Pure. */
import { SETTINGS_PAGE, type Status, type UngroupedProblem } from './status-types.ts';

const MINUTE_MS = 60_000;
/** Twice their interval, and some minutes for a long one. */
const OVERDUE_MS = { sync: 40 * MINUTE_MS, reconcile: 75 * MINUTE_MS } as const;

const words = {
  sync: { what: 'Work was not counted', remedy: 'opentrain-plugin sync' },
  reconcile: { what: 'OpenTrain was not read', remedy: 'opentrain-plugin reconcile' },
} as const;

type Known = Pick<Status, 'at' | 'life' | 'links' | 'connection' | 'counting'>;

/**
 * | known                                                  | told                                           |
 * |--------------------------------------------------------|------------------------------------------------|
 * | no `start` told within 90 s that it runs               | nobody is invited, removed or counted          |
 * | it runs; reconcile or sync is more than two turns old  | since when, and how to run it                  |
 * | connected; no link of this tool                        | nothing is linked yet                          |
 * | something is linked; TOOL_DATABASE_URL is not set      | work is counted for nobody                     |
 */
export function lifeProblems(status: Known): UngroupedProblem[] {
  return [...notRunning(status), ...overdue(status), ...nothingToDo(status)];
}

function notRunning({ life }: Known): UngroupedProblem[] {
  if (life.running > 0) return [];
  const what = 'No `opentrain-plugin start` runs on this store: nobody is invited or removed, and no work is counted.';
  const remedy =
    'Start it with `opentrain-plugin start`. If it runs elsewhere, this command uses another store: compare DATABASE_URL.';
  return [{ matter: 'not-running', severity: 'urgent', what, remedy, since: life.lastSeenAt }];
}

function overdue({ at, life, connection }: Known): UngroupedProblem[] {
  if (life.running === 0 || connection.install?.status !== 'connected') return [];
  return (['reconcile', 'sync'] as const).flatMap((name) => {
    const last = life.lastDone[name];
    if (last === null || at - last <= OVERDUE_MS[name]) return [];
    const hours = Math.floor((at - last) / (60 * MINUTE_MS));
    const age = hours >= 2 ? `${hours} hours` : `${Math.floor((at - last) / MINUTE_MS)} minutes`;
    const remedy = `See what the queue waits for; \`${words[name].remedy}\` does it now and says what is wrong.`;
    const matter = `${name}-overdue` as const;
    return [{ matter, severity: 'urgent' as const, what: `${words[name].what} for ${age}.`, remedy, since: last }];
  });
}

function nothingToDo({ links, connection, counting }: Known): UngroupedProblem[] {
  if (connection.install?.status !== 'connected') return [];
  if (links.every(({ standing }) => standing === 'another tool')) {
    const what = 'No project is linked to a job: nobody is invited, and nothing is counted.';
    const remedy =
      'Link one with `opentrain-plugin link PROJECT JOB`, or in the console under Projects; `opentrain-plugin projects` lists them.';
    return [
      {
        matter: 'nothing-linked',
        severity: 'watch',
        what,
        remedy,
        since: null,
        page: { path: '/console/projects', name: 'Open projects' },
      },
    ];
  }
  if (counting === 'on') return [];
  const what = 'Work is counted for nobody: TOOL_DATABASE_URL is not set.';
  const remedy = 'Set it to the tool’s own database; `opentrain-plugin doctor` prints the statements for a role there.';
  return [{ matter: 'not-counting', severity: 'urgent', what, remedy, since: null, page: SETTINGS_PAGE }];
}
