/** What is left to do between a fresh installation and the first trainer at work, as the console's overview lists it. */
import type { ConsoleRun } from '../queue/console-runs.ts';
import type { Status } from './status-types.ts';

export interface FirstStep {
  title: string;
  isDone: boolean;
  /** What is so, or what to do. */
  what: string;
  /** Where in the console it is done; null where it is done elsewhere. */
  page: { path: string; button: string } | null;
}

type Known = Pick<Status, 'connection' | 'links' | 'totals' | 'mail'>;

/**
 * The steps in their order, with what is known of each. `doctor` is the last run of the doctor in the console. Empty once a trainer
 * has had access: from then on the plugin explains itself by what it shows.
 */
export function firstSteps(status: Known, doctor: ConsoleRun | undefined): FirstStep[] {
  const { trainers } = status.totals;
  if (count(trainers, 'active', 'revoked', 'revoked-partial') > 0) return [];
  return [connection(status), webhook(status), checked(doctor), linked(status), hired(status)];
}

function count(trainers: Known['totals']['trainers'], ...states: (keyof Known['totals']['trainers'])[]): number {
  return states.reduce((sum, state) => sum + (trainers[state] ?? 0), 0);
}

function connection({ connection: { install } }: Known): FirstStep {
  const isDone = install?.status === 'connected';
  return {
    title: 'Connect to OpenTrain',
    isDone,
    what: isDone
      ? 'OpenTrain accepts the token of this plugin.'
      : 'Approve the connection on OpenTrain, and paste the token.',
    page: { path: '/connect', button: 'Open the connection' },
  };
}

function webhook({ connection: { endpoints, lastDeliveryAt } }: Known): FirstStep {
  const endpoint = endpoints.find(({ retiringUntil }) => retiringUntil === null);
  const isDone = endpoint?.status === 'ACTIVE';
  const arrived =
    lastDeliveryAt === null ? 'No event has arrived yet: the first one comes with the first hire.' : 'Events arrive.';
  return {
    title: 'Receive the events of OpenTrain',
    isDone,
    what: isDone
      ? `OpenTrain sends its events to ${endpoint?.url}. ${arrived}`
      : 'The plugin registers its address at OpenTrain by itself, within a minute after it is connected.',
    page: isDone ? null : { path: '/connect', button: 'Open the connection' },
  };
}

function checked(doctor: ConsoleRun | undefined): FirstStep {
  const what = doctor?.result?.summary ?? doctor?.error ?? null;
  const underWay =
    doctor?.finishedAt === null ? 'The doctor is looking.' : 'The doctor looks at everything the plugin relies on.';
  return {
    title: "Read the doctor's list",
    isDone: doctor?.result?.isClean === true,
    what: what ?? underWay,
    page: { path: '/console/doctor', button: what === null ? 'Open the doctor' : 'Open the list' },
  };
}

function linked({ links }: Known): FirstStep {
  const ours = links.filter(({ standing }) => standing !== 'another tool');
  const [first] = ours;
  return {
    title: 'Link the first project to a job',
    isDone: first !== undefined,
    what: first
      ? `${first.projectName ?? `Project ${first.projectId}`} is linked.`
      : 'Who is hired for the job gets access to the project. Link before you hire.',
    page: { path: '/console/projects', button: first ? 'Open projects' : 'Link a project' },
  };
}

function hired({ totals: { trainers }, mail }: Known): FirstStep {
  const waiting = count(trainers, 'invited');
  const invitation =
    mail === 'on'
      ? 'a mail with a link to their Work Email'
      : 'a link on the Trainers page, which you pass on as no mail server is set';
  return {
    title: 'Hire somebody for that job on OpenTrain',
    isDone: false,
    what:
      waiting > 0
        ? `${waiting === 1 ? 'One trainer is' : `${waiting} trainers are`} invited and can set a password now.`
        : `Within seconds they get ${invitation}. They choose a password there and can label. Their work is counted every 15 minutes, and submitted to OpenTrain.`,
    page: waiting > 0 ? { path: '/console/trainers', button: 'Open trainers' } : null,
  };
}
