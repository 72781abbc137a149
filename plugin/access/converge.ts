/** Makes access what it should be: read, look, plan, apply; again until nothing differs. Replays and races are harmless. */
import { AsyncResource } from 'node:async_hooks';
import PQueue from 'p-queue';
import { ToolUnavailable } from '../../adapters/errors.ts';
import { abortSignal, throwIfAborted } from '../abort.ts';
import { withCause } from '../cause.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { markDue } from '../queue/items.ts';
import type { Settings } from '../settings/settings.ts';
import type { AccessRow } from './access-rows.ts';
import { type Applied, applyChanges, type Book, openBook } from './apply.ts';
import { allowedBy, type Change } from './changes.ts';
import { endOf } from './desired.ts';
import { fitPlaces } from './fit-places.ts';
import { interruptedAt, settle } from './journal.ts';
import { planTrainer } from './plan.ts';
import { type AccessReading, lookAtTool, readAccess, readOpenTrain, type TrainerSituation } from './situations.ts';
import { markUnmailed } from './unmailed.ts';

export interface ConvergeOptions {
  /** Ask the tool about everybody concerned, not only about those whose records differ: finds what was changed by hand. */
  look?: boolean;
  /** Instead of ACCESS_POLICY: for what an admin asks for outright. */
  policy?: Settings['accessPolicy'];
  /** Act although OpenTrain is disconnected: for what an admin asks for outright. */
  evenDisconnected?: boolean;
}

export interface Planned {
  situation: TrainerSituation;
  /** With keeps, and before ACCESS_POLICY. */
  changes: Change[];
}

/** Some trainers could not be done; the others were. */
export class ConvergenceFailed extends AggregateError {
  override name = 'ConvergenceFailed';
}

/** Each round follows from what the round before changed; more than these means that something else changes access too. */
const MOST_ROUNDS = 6;
const AT_ONCE = 4;
const DATABASE_RETRY_MS = 60_000;
const GRACE_OVER = "timer: the grace after a link's removal is over";

/**
 * Makes the access of these trainers what it should be, and returns what was changed. The tool is only asked about trainers
 * whose records differ. Throws, after all others were done, when some failed: the error itself for one trainer,
 * {@link ToolUnavailable} when the tool was away for any, else {@link ConvergenceFailed}.
 */
export async function convergeTrainers(
  context: PluginContext,
  trainerIds: readonly string[] | 'all',
  cause: string,
  options: ConvergeOptions = {},
): Promise<Applied[]> {
  const run = newRun(context, () => cause, new PQueue({ concurrency: AT_ONCE }));
  await converge(run, trainerIds, options);
  await markUnmailed(context, trainerIds);
  throwFailures(run.failures);
  return run.applied;
}

/** The places for changes in the tool that all runs of {@link convergeEach} share. */
export function placesForChanges(): PQueue {
  return new PQueue({ concurrency: AT_ONCE });
}

/**
 * The same for trainers whom different causes concern (by trainer id): returns what went wrong with which, by trainer id. Throws what
 * concerns all of them.
 */
export async function convergeEach(
  context: PluginContext,
  causes: ReadonlyMap<string, string>,
  places: PQueue,
): Promise<ReadonlyMap<string, unknown>> {
  const run = newRun(context, (trainerId) => causes.get(trainerId) ?? '', places);
  const trainerIds = [...causes.keys()];
  await converge(run, trainerIds, {});
  await markUnmailed(context, trainerIds);
  return run.failures;
}

/** One convergence: what it did so far. */
interface Run {
  context: PluginContext;
  causeOf: (trainerId: string) => string;
  /** Where changes in the tool wait for their turn. */
  places: PQueue;
  book: Book;
  applied: Applied[];
  failures: Map<string, unknown>;
  /** The changes that were made: none is made twice, as a removal can stay partial. */
  seen: Set<string>;
}

function newRun(context: PluginContext, causeOf: Run['causeOf'], places: PQueue): Run {
  const book = openBook(context);
  return { context, causeOf, places, book, applied: [], failures: new Map(), seen: new Set() };
}

async function converge(run: Run, trainerIds: readonly string[] | 'all', options: ConvergeOptions): Promise<void> {
  const { context, causeOf } = run;
  const { capabilities } = await context.describeTool();
  const only = trainerIds === 'all' ? undefined : trainerIds;
  await fitPlaces(context, capabilities.accessLevel, trainerIds, () => readOpenTrain(context.database, only));
  let ids = trainerIds;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const reading = await leaveBusy(context, await readAccess(context, ids), causeOf);
    await markGraceEnds(context, reading, causeOf);
    await markWaitingForDatabase(context, reading, causeOf);
    // The first look tells of what was changed by hand; later ones only concern what we change ourselves.
    const planned = await planReading(context, reading, { ...options, look: options.look === true && round === 0 });
    const todo = planned
      .map(({ situation, changes }) => ({ situation, changes: fresh(run, changes, options) }))
      .filter(({ situation, changes }) => changes.length > 0 && !run.failures.has(situation.trainerId));
    await settleInterruptions(context, planned);
    if (todo.length === 0) return;
    ids = await applyAll(run, todo);
  }
}

/** Carries out the changes of several trainers; one that fails does not stop the others. Returns whom to read again. */
async function applyAll({ context, causeOf, places, book, ...run }: Run, todo: readonly Planned[]): Promise<string[]> {
  const changed: string[] = [];
  const applyOne = async ({ situation, changes }: Planned): Promise<void> => {
    if (abortSignal()?.aborted) return;
    const { trainerId } = situation;
    const cause = causeOf(trainerId);
    try {
      const applied = await withCause(cause, () => applyChanges(context, book, { situation, changes, cause }));
      run.applied.push(...applied);
      for (const { change } of applied) run.seen.add(changeKey(change));
      changed.push(trainerId);
    } catch (error) {
      run.failures.set(trainerId, error);
      context.log.warn({ trainer: trainerId, error: messageOf(error), cause }, 'access not changed');
    }
  };
  // Bound: what waits for a place is begun by whoever leaves it, perhaps of another run.
  await Promise.all(todo.map((planned) => places.add(AsyncResource.bind(() => applyOne(planned)))));
  throwIfAborted();
  return changed;
}

/** What would be done for everybody; changes nothing. Asks the tool as a convergence would. */
export async function planAll(context: PluginContext, options: ConvergeOptions = {}): Promise<PlanOfAll> {
  const reading = await readAccess(context, 'all');
  return { planned: await planReading(context, reading, options), reading };
}

export interface PlanOfAll {
  planned: Planned[];
  reading: AccessReading;
}

async function planReading(
  context: PluginContext,
  reading: AccessReading,
  options: ConvergeOptions,
): Promise<Planned[]> {
  const connected = reading.facts.connected || options.evenDisconnected === true;
  const facts = { ...reading.facts, connected };
  const situations = await lookAtTool(context, { ...reading, facts }, options.look === true);
  return situations.map((situation) => ({ situation, changes: planTrainer(situation, facts) }));
}

/** What is to be done: allowed, and not done in this convergence already. */
function fresh({ context, seen }: Run, changes: readonly Change[], options: ConvergeOptions): Change[] {
  return allowedBy(options.policy ?? context.settings.accessPolicy, changes).filter(
    (change) => change.action !== 'keep' && !seen.has(changeKey(change)),
  );
}

function changeKey({ trainerId, action, places }: Change): string {
  return JSON.stringify([trainerId, action, ...places]);
}

/**
 * Leaves out those whose access another process is changing. They are looked at again when that must be over, as the other may die
 * before it records the outcome. Every reading marks them anew: what was marked may be what reads here, before its time.
 */
async function leaveBusy(
  context: PluginContext,
  reading: AccessReading,
  causeOf: Run['causeOf'],
): Promise<AccessReading> {
  for (const { trainerId, busy, journal } of reading.situations) {
    if (!busy || !journal.open) continue;
    const dueAt = new Date(interruptedAt(journal.open));
    const detail = { cause: causeOf(trainerId) };
    await markDue(context.database, { kind: 'access', key: trainerId, dueAt, detail }, context.clock.now());
  }
  return { ...reading, situations: reading.situations.filter(({ busy }) => !busy) };
}

/**
 * While the tool's database is away, those who wait for it are looked at every minute; so is, for a while, who was partly removed
 * although the tool says that it can close accounts: what it says is kept for a minute.
 */
async function markWaitingForDatabase(
  context: PluginContext,
  reading: AccessReading,
  causeOf: Run['causeOf'],
): Promise<void> {
  const now = context.clock.now();
  const { withoutDatabase, facts } = reading;
  const waits = ({ state, reason, since }: AccessRow): boolean => {
    if (state === 'blocked') return withoutDatabase && reason === 'needs-database-role';
    if (state !== 'revoked-partial') return false;
    return withoutDatabase || (facts.capabilities.closeAccount && since > now.getTime() - 2 * DATABASE_RETRY_MS);
  };
  const dueAt = new Date(now.getTime() + DATABASE_RETRY_MS);
  for (const { trainerId, rows } of reading.situations) {
    if (!rows.some(waits)) continue;
    const detail = { cause: causeOf(trainerId) };
    await markDue(context.database, { kind: 'access', key: trainerId, dueAt, detail }, now);
  }
}

/** Somebody who is held only by a removed link is looked at again when the grace ends. */
async function markGraceEnds(
  context: PluginContext,
  { situations }: AccessReading,
  causeOf: Run['causeOf'],
): Promise<void> {
  for (const { trainerId, desired, rows } of situations) {
    const ends = rows
      .filter((row) => row.state === 'active' || row.state === 'invited' || row.state === 'blocked')
      .map((row) => desired.get(row.place))
      .map((wanted) => (wanted ? endOf(wanted) : Number.POSITIVE_INFINITY));
    const first = Math.min(...ends);
    if (!Number.isFinite(first)) continue;
    const cause = causeOf(trainerId);
    const detail = { cause: cause.startsWith(GRACE_OVER) ? cause : `${GRACE_OVER} (${cause})` };
    await markDue(
      context.database,
      { kind: 'access', key: trainerId, dueAt: new Date(first), detail },
      context.clock.now(),
    );
  }
}

/** Where a change was interrupted, and the look showed that nothing is to be done, the interruption is over. */
async function settleInterruptions(context: PluginContext, planned: readonly Planned[]): Promise<void> {
  for (const { situation, changes } of planned) {
    const { interrupted, account, journal } = situation;
    if (!interrupted || account === undefined || changes.some(({ action }) => action !== 'keep')) continue;
    await context.database.transaction((transaction) => settle(transaction, journal, context.clock.now()));
  }
}

function throwFailures(failures: ReadonlyMap<string, unknown>): void {
  const errors = [...failures.values()];
  if (errors.length === 0) return;
  if (errors.length === 1) throw errors[0];
  const all = new ConvergenceFailed(
    errors,
    `${errors.length} trainers could not be done: ${[...failures].map(([id, error]) => `${id}: ${messageOf(error)}`).join('; ')}`,
  );
  throw errors.some((error) => error instanceof ToolUnavailable)
    ? new ToolUnavailable(all.message, { cause: all })
    : all;
}
