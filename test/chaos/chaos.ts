/** One chaos run: history on OpenTrain, people at work, bad weather, and SIGKILL; then calm, and the verdict. */
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import type { Sandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { markDue } from '../../plugin/queue/items.ts';
import { sqliteFile } from '../../plugin/settings/sqlite-file.ts';
import type { Replica } from './replicas.ts';
import { judge, type Verdict } from './verdict.ts';
import { Weather } from './weather.ts';
import { buildWorld, type ChaosOptions, type ChaosWorld, EXAMPLE_TOOL } from './world.ts';

/** From being ready to being killed; most live shorter. */
const LONGEST_LIFE_MS = 8_000;
/** The retry schedule is turned by this much every second of the run. */
const RETRY_SECONDS_PER_SECOND = 45;
const LONGEST_RETRY_SECONDS = 3 * 3_600;
const TELL_EVERY_SECONDS = 10;

/** Runs it. The verdict's failures are empty when nothing was lost. */
export async function runChaos(options: ChaosOptions): Promise<Verdict> {
  const startedAt = performance.now();
  const world = await buildWorld(options);
  try {
    for (const replica of world.replicas) replica.start();
    await Promise.all(world.replicas.map((replica) => replica.untilReady()));
    await waitFor('the endpoint', () => world.sandbox.state.endpoints.size > 0, 30_000);
    const { weather, secondsDisabled } = await storm(world);
    const calmAt = performance.now();
    const staying = await loseOne(world);
    const stops = await restartGently(staying);
    const settledOnce = await settle(world);
    const settledAt = performance.now();
    // What people labelled between their contract's end and their removal is for the night's count of whole contracts.
    await markDue(world.store, { kind: 'sync', key: 'nightly', detail: { cause: 'test' } }, new Date());
    const settled = settledOnce && (await settle(world));
    const verdict = await judge(world);
    const failures = [...(settled ? [] : [await unsettled(world)]), ...verdict.failures, ...lateStops(stops)];
    return {
      failures,
      facts: [
        ...runFacts(world, weather, secondsDisabled, stops),
        ...verdict.facts,
        ...times(startedAt, calmAt, settledAt),
      ],
    };
  } finally {
    await world.close();
  }
}

/** The bad part: events, labels, faults and kills until all of them have happened. */
async function storm(world: ChaosWorld): Promise<{ weather: Weather; secondsDisabled: number }> {
  const { options, random, sandbox, history, people, replicas, proxies, storeUrl } = world;
  sandbox.control.setEventFaults({ dropRate: 0.02, duplicateRate: 0.1, spreadMilliseconds: 4_000, seed: options.seed });
  const weather = new Weather({ random, proxies, storeFile: sqliteFile(storeUrl) });
  weather.start();
  let isOver = false;
  let secondsDisabled = 0;
  const turning = everySecond(() => {
    sandbox.control.advanceRetries(RETRY_SECONDS_PER_SECOND);
    if (isDisabled(sandbox)) secondsDisabled += 1;
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
    if (kill === Math.ceil(options.kills / 2)) await blackout(world);
    if (kill % 10 === 0)
      options.progress(`${kill} kills, ${history.contractEvents} events, ${people.counts.labels} labels`);
  }
  while (!history.isOver) {
    history.step();
    await pause(random() * 50);
  }
  isOver = true;
  await Promise.all([weather.calm(), turning, working]);
  return { weather, secondsDisabled };
}

/** Nothing of ours runs until OpenTrain has given up on ten deliveries in a row and disabled our endpoint. */
async function blackout({ replicas, sandbox, history, options }: ChaosWorld): Promise<void> {
  await Promise.all(replicas.map((replica) => replica.takeDown()));
  const giveUp = (): boolean => {
    if (!history.isOver) history.step();
    sandbox.control.advanceRetries(LONGEST_RETRY_SECONDS);
    return isDisabled(sandbox);
  };
  await waitFor('the endpoint to be DISABLED', giveUp, 60_000);
  options.progress('OpenTrain has disabled the endpoint');
  for (const replica of replicas) replica.start();
}

function isDisabled({ state }: Sandbox): boolean {
  return [...state.endpoints.values()].some(({ status }) => status === 'DISABLED');
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

/** Of several replicas one never comes back, with all that it held. Returns the others. */
async function loseOne({ replicas }: ChaosWorld): Promise<readonly Replica[]> {
  const [lost, ...others] = replicas;
  if (!lost || others.length === 0) return replicas;
  await lost.untilReady();
  await lost.takeDown();
  return others;
}

/** As an admin would restart: SIGTERM, and up again. A start reads and counts everything once more. */
async function restartGently(
  replicas: readonly Replica[],
): Promise<{ exitCode: number | null; milliseconds: number }[]> {
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
  const startedAt = performance.now();
  let quiet = 0;
  let told = 0;
  while (performance.now() < startedAt + options.patienceMs) {
    sandbox.control.advanceRetries(LONGEST_RETRY_SECONDS);
    await pause(500);
    people.readMail();
    await people.tryLaidAside();
    const left = await whatIsLeft(world);
    quiet = left.length === 0 ? quiet + 1 : 0;
    if (quiet >= 4) return true;
    const seconds = Math.floor((performance.now() - startedAt) / 1_000);
    if (left.length > 0 && seconds >= told + TELL_EVERY_SECONDS) {
      told = seconds;
      options.progress(`settling for ${seconds} s; left: ${left.slice(0, 3).join('; ')}`);
    }
  }
  return false;
}

function pendingDeliveries(sandbox: Sandbox): number {
  return [...sandbox.state.deliveries.values()].filter(({ status }) => status === 'PENDING').length;
}

/** What failed is waited for; what waits on purpose, such as the mail that gathers the ends of contracts, is not. */
const FAR_AWAY_MS = { failed: 600_000, waiting: 60_000 };

async function leftInStore({ store }: ChaosWorld): Promise<string[]> {
  const work: { kind: string; key: string; due_at: number | null; last_error: string | null }[] =
    await store('queue_items').select('*');
  const due = work.filter(({ due_at, last_error }) => {
    return due_at === null || due_at < Date.now() + FAR_AWAY_MS[last_error === null ? 'waiting' : 'failed'];
  });
  const unfinished = await store('deliveries').whereNull('finished_at').select('id');
  return [
    ...due.map(({ kind, key, last_error }) => `${kind} ${key}${last_error ? ` (${last_error})` : ''}`),
    ...unfinished.map(({ id }: { id: string }) => `delivery ${id}`),
  ];
}

/** Everything that is still to happen, in words. */
async function whatIsLeft(world: ChaosWorld): Promise<string[]> {
  const pending = pendingDeliveries(world.sandbox);
  return [
    ...(pending === 0 ? [] : [`${pending} deliveries not acknowledged`]),
    ...(world.people.isIdle ? [] : ['somebody is accepting an invitation']),
    ...(await leftInStore(world)),
  ];
}

async function unsettled(world: ChaosWorld): Promise<string> {
  return `it did not settle; left: ${(await whatIsLeft(world)).slice(0, 10).join('; ')}`;
}

function lateStops(stops: readonly { exitCode: number | null; milliseconds: number }[]): string[] {
  return stops
    .filter(({ exitCode, milliseconds }) => exitCode !== 0 || milliseconds > 10_000)
    .map(({ exitCode, milliseconds }) => `SIGTERM was answered with exit code ${exitCode} after ${milliseconds} ms`);
}

function runFacts(
  { options, replicas, people }: ChaosWorld,
  weather: Weather,
  secondsDisabled: number,
  stops: readonly { milliseconds: number }[],
): [string, string][] {
  const sum = (of: (replica: Replica) => number): number => replicas.reduce((total, replica) => total + of(replica), 0);
  const faults = [...weather.counts].map(([name, count]) => `${name} ${count}`).join(', ');
  return [
    ['tool', options.tool === EXAMPLE_TOOL ? 'the example tool' : options.tool],
    ['store, replicas, seed', `${options.store}, ${options.replicas}, ${options.seed}`],
    [
      'SIGKILLs (of them while it started)',
      `${sum(({ counts }) => counts.kills)} (${sum(({ counts }) => counts.killsWhileStarting)})`,
    ],
    ['starts that failed because something was away', String(sum(({ counts }) => counts.gaveUp))],
    ['times that each of them failed', faults],
    ['seconds with the endpoint DISABLED', String(secondsDisabled)],
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

function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
