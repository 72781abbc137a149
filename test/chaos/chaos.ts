/** One chaos run: history on OpenTrain, people at work, bad weather, and SIGKILL; then calm, and the verdict. */
import type { Sandbox } from '../../plugin/sandbox/sandbox.ts';
import { sqliteFile } from '../../plugin/store/database.ts';
import { markDue } from '../../plugin/store/work.ts';
import type { Replica } from './replicas.ts';
import { judge, type Verdict } from './verdict.ts';
import { Weather } from './weather.ts';
import { buildWorld, type ChaosOptions, type ChaosWorld } from './world.ts';

/** From being ready to being killed; most live shorter. */
const LONGEST_LIFE_MS = 8_000;
/** The retry schedule is turned by this much every second of the run. */
const RETRY_SECONDS_PER_SECOND = 45;
const LONGEST_RETRY_SECONDS = 3 * 3_600;

/** Runs it. The verdict's failures are empty when nothing was lost. */
export async function runChaos(options: ChaosOptions): Promise<Verdict> {
  const startedAt = performance.now();
  const world = await buildWorld(options);
  try {
    for (const replica of world.replicas) replica.start();
    await Promise.all(world.replicas.map((replica) => replica.untilReady()));
    await until('the endpoint to be made', 30_000, async () => world.sandbox.state.endpoints.size > 0);
    const { weather, disabled } = await storm(world);
    const calmAt = performance.now();
    const stops = await restartGently(world);
    const settledOnce = await settle(world);
    const settledAt = performance.now();
    // What people labelled between their contract's end and their removal is for the night's count of whole contracts.
    await markDue(world.store, { kind: 'sync', key: 'nightly' }, new Date());
    const settled = settledOnce && (await settle(world));
    const verdict = await judge(world);
    const failures = [...(settled ? [] : [await whatIsLeft(world)]), ...verdict.failures, ...lateStops(stops)];
    return {
      failures,
      facts: [...runFacts(world, weather, disabled, stops), ...verdict.facts, ...times(startedAt, calmAt, settledAt)],
    };
  } finally {
    await world.close();
  }
}

/** The bad part: events, labels, faults and kills until all of them have happened. */
async function storm(world: ChaosWorld): Promise<{ weather: Weather; disabled: number }> {
  const { options, random, sandbox, history, people, replicas, proxies, storeUrl } = world;
  sandbox.control.setEventFaults({ dropRate: 0.02, duplicateRate: 0.1, spreadMilliseconds: 4_000, seed: options.seed });
  const weather = new Weather({ random, proxies, storeFile: sqliteFile(storeUrl) });
  weather.start();
  let isOver = false;
  let disabled = 0;
  const turning = everySecond(() => {
    sandbox.control.advanceRetries(RETRY_SECONDS_PER_SECOND);
    if ([...sandbox.state.endpoints.values()].some(({ status }) => status === 'DISABLED')) disabled += 1;
    return isOver;
  });
  const working = labelling(world, () => isOver);
  const eventsPerKill = options.deliveries / Math.max(1, options.kills);
  for (let kill = 1; kill <= options.kills; kill += 1) {
    while (history.contractEvents < eventsPerKill * kill) {
      history.step();
      people.readMail();
      await pause(random() * 120);
    }
    const victim = replicas[Math.floor(random() * replicas.length)];
    // Most kills hit a plugin at work, some one that has only begun to start.
    if (random() < 0.8) await victim?.untilReady();
    await pause(random() ** 2 * LONGEST_LIFE_MS);
    await victim?.kill();
    if (kill % 10 === 0)
      options.progress(`${kill} kills, ${history.contractEvents} events, ${people.counts.labels} labels`);
  }
  while (!history.isOver) {
    history.step();
    await pause(random() * 50);
  }
  isOver = true;
  await Promise.all([weather.calm(), turning, working]);
  return { weather, disabled };
}

async function labelling({ history, people, random }: ChaosWorld, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    people.readMail();
    const somebody = history.somebodyAtWork();
    if (somebody) await people.label(somebody.email, somebody.projectId);
    await pause(20 + random() * 60);
  }
}

async function everySecond(turn: () => boolean): Promise<void> {
  while (!turn()) await pause(1_000);
}

/** As an admin would restart: SIGTERM, and up again. A start reads and counts everything once more. */
async function restartGently({ replicas }: ChaosWorld): Promise<{ exitCode: number | null; milliseconds: number }[]> {
  const stops: { exitCode: number | null; milliseconds: number }[] = [];
  for (const replica of replicas) {
    await replica.untilReady();
    stops.push(await replica.stop());
    replica.start();
    await replica.untilReady();
  }
  return stops;
}

/** Turns the retry schedule to its end and waits until nothing is left to be done anywhere. False when patience ran out. */
async function settle(world: ChaosWorld): Promise<boolean> {
  const { sandbox, people, options } = world;
  const deadline = performance.now() + options.patienceMs;
  let quiet = 0;
  while (performance.now() < deadline) {
    sandbox.control.advanceRetries(LONGEST_RETRY_SECONDS);
    await pause(500);
    people.readMail();
    const isQuiet = people.isIdle && pendingDeliveries(sandbox) === 0 && (await leftInStore(world)).length === 0;
    quiet = isQuiet ? quiet + 1 : 0;
    if (quiet >= 4) return true;
  }
  return false;
}

function pendingDeliveries(sandbox: Sandbox): number {
  return [...sandbox.state.deliveries.values()].filter(({ status }) => status === 'PENDING').length;
}

const FAR_AWAY_MS = 600_000;

async function leftInStore({ store }: ChaosWorld): Promise<string[]> {
  const work: { kind: string; key: string; due_at: number | null; last_error: string | null }[] =
    await store('work').select('*');
  const due = work.filter(({ due_at }) => due_at === null || due_at < Date.now() + FAR_AWAY_MS);
  const unfinished = await store('deliveries').whereNull('finished_at').select('id');
  return [
    ...due.map(({ kind, key, last_error }) => `${kind} ${key}${last_error ? ` (${last_error})` : ''}`),
    ...unfinished.map(({ id }: { id: string }) => `delivery ${id}`),
  ];
}

async function whatIsLeft(world: ChaosWorld): Promise<string> {
  const left = [
    ...(await leftInStore(world)),
    ...(world.people.isIdle ? [] : ['somebody cannot accept an invitation']),
  ];
  return `it did not settle: ${pendingDeliveries(world.sandbox)} deliveries pending; left: ${left.slice(0, 10).join('; ')}`;
}

function lateStops(stops: readonly { exitCode: number | null; milliseconds: number }[]): string[] {
  return stops
    .filter(({ exitCode, milliseconds }) => exitCode !== 0 || milliseconds > 10_000)
    .map(({ exitCode, milliseconds }) => `SIGTERM was answered with exit code ${exitCode} after ${milliseconds} ms`);
}

function runFacts(
  { options, replicas, people }: ChaosWorld,
  weather: Weather,
  disabled: number,
  stops: readonly { milliseconds: number }[],
): [string, string][] {
  const sum = (of: (replica: Replica) => number): number => replicas.reduce((total, replica) => total + of(replica), 0);
  const faults = [...weather.counts].map(([name, count]) => `${name} ${count}`).join(', ');
  return [
    ['store, replicas, seed', `${options.store}, ${options.replicas}, ${options.seed}`],
    [
      'SIGKILLs (of them while it started)',
      `${sum(({ counts }) => counts.kills)} (${sum(({ counts }) => counts.killsWhileStarting)})`,
    ],
    ['starts that failed because something was away', String(sum(({ counts }) => counts.gaveUp))],
    ['times that each of them failed', faults],
    ['seconds with the endpoint DISABLED', String(disabled)],
    [
      'invitations accepted, labels made, turned away by the tool',
      `${people.counts.accepted}, ${people.counts.labels}, ${people.counts.turnedAway}`,
    ],
    ['SIGTERM to exit', `${stops.map(({ milliseconds }) => `${milliseconds} ms`).join(', ')}`],
  ];
}

function times(startedAt: number, calmAt: number, settledAt: number): [string, string][] {
  const seconds = (from: number, to: number): string => `${Math.round((to - from) / 1_000)} s`;
  return [
    ['time of the storm', seconds(startedAt, calmAt)],
    ['from the last fault until all was settled', seconds(calmAt, settledAt)],
  ];
}

async function until(what: string, patienceMs: number, look: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`${what}: it did not happen in time`);
    await pause(50);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
