/**
 * Doctor, Reconcile and Sync in the console. Each is asked for with a button and done by the queue; the page tells how far it is,
 * reloads itself without scripts while it runs, and shows what came of it. Nothing is applied or sent before its trial was shown.
 */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { recordAudit } from '../../audit/audit-log.ts';
import { AdminError } from '../../errors.ts';
import { askForRun, type ConsoleRun, type ConsoleRunKind, findRun, latestRuns } from '../../queue/console-runs.ts';
import { field } from '../forms.ts';
import type { Console } from './console.ts';
import { grantsIn } from './grants.ts';
import { pageOf, queryText } from './paging.ts';

/** A trial that is older says too little about what would be done now. */
const TRIAL_GOOD_FOR_MS = 15 * 60_000;
const REFRESH_SECONDS = 2;
const RUNS_LISTED = 10;

interface Button {
  kind: ConsoleRunKind;
  name: string;
}

interface RunPage {
  path: string;
  title: string;
  about: string;
  command: string;
  /** What can be asked for at any time. */
  buttons: readonly Button[];
  /** What can be asked for only after the trial of this kind; null where there is none. */
  afterTrial: (Button & { trial: ConsoleRunKind; about: string }) | null;
}

/** The names of what can be asked for, as the list of runs shows them. */
const runNames: Readonly<Record<ConsoleRunKind, string>> = {
  doctor: 'Doctor',
  'removal-test': 'Doctor with a test of removal',
  plan: 'Trial of reconciling',
  reconcile: 'Reconciled',
  differences: 'Trial of sending',
  sync: 'Sent',
};

export const runPages: readonly RunPage[] = [
  {
    path: '/console/doctor',
    title: 'Doctor',
    about:
      'Looks at everything the plugin relies on, and says what to do about what is wrong. The test of removal also signs up a throw-away account in the tool, removes it, tries every door, and erases it.',
    command: 'opentrain-plugin doctor',
    buttons: [
      { kind: 'doctor', name: 'Run doctor' },
      { kind: 'removal-test', name: 'Run with the test of removal' },
    ],
    afterTrial: null,
  },
  {
    path: '/console/reconcile',
    title: 'Reconcile',
    about:
      'Reads links and contracts from OpenTrain, looks at everybody in the tool, and makes access equal to the contracts. `start` does it by itself; this is for when you do not want to wait, or want to see why.',
    command: 'opentrain-plugin reconcile --dry-run',
    buttons: [{ kind: 'plan', name: 'Show what would change' }],
    afterTrial: {
      kind: 'reconcile',
      name: 'Change access now',
      trial: 'plan',
      about: 'OpenTrain and the tool are read once more: what changed since the trial counts.',
    },
  },
  {
    path: '/console/sync',
    title: 'Sync',
    about:
      'Counts the work in the tool and compares it with what OpenTrain accepted. Only days that differ are sent. What takes away much of what was accepted is held until you decide about it on the Usage page.',
    command: 'opentrain-plugin sync --dry-run',
    buttons: [{ kind: 'differences', name: 'Show what differs' }],
    afterTrial: {
      kind: 'sync',
      name: 'Send to OpenTrain now',
      trial: 'differences',
      about: 'The work is counted once more: what changed since the trial counts.',
    },
  },
];

/** The routes of one of {@link runPages}. */
export function runs(console: Console, page: RunPage): Router {
  const router = Router();
  router.use(console.onlyAdmins);
  router.get('/', (request, response) => show(console, page, request, response));
  router.post('/', start(console, page));
  return router;
}

async function show(console: Console, page: RunPage, request: Request, response: Response): Promise<void> {
  const { database, clock } = console.context;
  const kinds = kindsOf(page);
  const latest = await latestRuns(database, kinds, RUNS_LISTED);
  const wanted = queryText(request, 'run');
  const run = wanted === '' ? latest[0] : await findRun(database, wanted);
  if (wanted !== '' && (!run || !kinds.includes(run.kind))) {
    return console.problem(request, response, 404, 'This run is not known any more.', 'Runs are kept for 30 days.');
  }
  const underWay = latest.find(({ finishedAt }) => finishedAt === null);
  const mayFollow = run !== undefined && run.id === latest[0]?.id && isGoodTrial(page, run, clock.now());
  if (run && run.finishedAt === null) response.set('Refresh', String(REFRESH_SECONDS));
  const isDoctor = run?.kind === 'doctor' || run?.kind === 'removal-test';
  console.page(request, response, 'runs', {
    ...{ title: page.title, section: page.path, page, runNames, latest, run: run ?? null, mayFollow },
    isBusy: underWay !== undefined,
    badge: isDoctor,
    grants: isDoctor ? grantsIn(run.result?.rows.flat() ?? []) : [],
    scripts: ['copy.js'],
    ...pageOf(request, page.path, run?.result?.rows ?? []),
  });
}

function kindsOf({ buttons, afterTrial }: RunPage): ConsoleRunKind[] {
  return [...buttons, ...(afterTrial ? [afterTrial] : [])].map(({ kind }) => kind);
}

function isGoodTrial({ afterTrial }: RunPage, run: ConsoleRun, now: Date): boolean {
  if (!afterTrial || run.kind !== afterTrial.trial || run.finishedAt === null) return false;
  return (run.result?.changes ?? 0) > 0 && now.getTime() - run.finishedAt <= TRIAL_GOOD_FOR_MS;
}

function start(console: Console, page: RunPage): RequestHandler {
  return console.action(async (request) => {
    const kind = kindsOf(page).find((known) => known === field(request, 'kind'));
    if (!kind) throw new AdminError('This cannot be asked for here.', 'Open the page anew.');
    const { database, clock } = console.context;
    const actor = console.actor(request);
    const at = clock.now();
    await database.transaction(async (transaction) => {
      const latest = await latestRuns(transaction, kindsOf(page), 1);
      const [last] = latest;
      if (last && last.finishedAt === null) throw new AdminError('It is running already.', 'Open the page anew.');
      if (kind === page.afterTrial?.kind && !isShown(page, last, field(request, 'trial'), at)) {
        throw new AdminError('The trial is too old, or another came after it.', 'Make a new one and look at it first.');
      }
      await recordAudit(transaction, { at, cause: actor, action: `run-${kind}` });
      await askForRun(transaction, kind, actor, at);
    });
    return { back: page.path, done: 'asked' };
  });
}

function isShown(page: RunPage, last: ConsoleRun | undefined, trial: string, now: Date): boolean {
  return last !== undefined && last.id === trial && isGoodTrial(page, last, now);
}
