/** Joins what is declared of a kind with the function that does its items. */
import { z } from 'zod';
import { AdminError } from '../errors.ts';
import { type DetailOf, type GroupedKind, isKind, type Kind, kinds, type QueueKind } from './kinds.ts';

/**
 * Does one item. It is level-triggered: it may run again after it was done. Throws when the item must be tried again. The signal
 * aborts at the kind's time limit, and at the end of the drain on shutdown.
 */
export type Run<Detail> = (key: string, detail: Detail, signal: AbortSignal) => Promise<void>;

export interface Item<Detail> {
  key: string;
  detail: Detail;
}

/**
 * Does several items of one kind, and returns what went wrong with which (by key): the others are done. Throws when it cannot tell them
 * apart; then each is done by itself.
 */
export type RunTogether<Detail> = (
  items: readonly Item<Detail>[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, unknown>>;

/** One function for each kind: a missing one does not compile. */
export type Runs = { readonly [K in Kind]: Run<DetailOf<K>> };
export type GroupedRuns = { readonly [K in GroupedKind]: RunTogether<DetailOf<K>> };

export interface Handler extends QueueKind {
  /** Does one item, given the JSON that is stored with it. Throws {@link AdminError} when that is not of this kind. */
  run: Run<string>;
  /** Does several, given the same. */
  runTogether?: RunTogether<string>;
}

export type Handlers = Readonly<Record<string, Handler>>;

/** The handlers of the declared kinds, in the order of their declaration. */
export function handlersOf(runs: Runs, grouped: GroupedRuns): Handlers {
  const together: { readonly [K in Kind]?: RunTogether<DetailOf<K>> } = grouped;
  const join = <K extends Kind>(kind: K): Handler => handlerOf(kinds[kind], runs[kind], together[kind]);
  return Object.fromEntries(
    Object.keys(kinds)
      .filter(isKind)
      .map((kind) => [kind, join(kind)]),
  );
}

/** A handler whose detail is checked before `run` is given it. */
export function handlerOf<Detail>(
  kind: QueueKind<Detail>,
  run: Run<Detail>,
  runTogether?: RunTogether<Detail>,
): Handler {
  const one: Handler = { ...kind, run: async (key, detail, signal) => run(key, parseDetail(kind, detail), signal) };
  if (!runTogether) return one;
  const parsed = ({ key, detail }: Item<string>): Item<Detail> => ({ key, detail: parseDetail(kind, detail) });
  return { ...one, runTogether: async (items, signal) => runTogether(items.map(parsed), signal) };
}

function parseDetail<Detail>({ detail }: QueueKind<Detail>, stored: string): Detail {
  const parsed = detail.safeParse(readJson(stored));
  if (parsed.success) return parsed.data;
  const remedy = '`opentrain-plugin reconcile` and `opentrain-plugin sync` ask for all work anew and replace it.';
  throw new AdminError(`Its detail cannot be read: ${z.prettifyError(parsed.error)}.`, remedy);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Fails every item of a kind that this version does not know, so that it is seen instead of waiting for ever. */
export const unknownKind: Handler = {
  needs: [],
  atOnce: 10,
  group: 'ordinary',
  timeLimitMs: 60_000,
  words: (key) => key,
  detail: z.unknown(),
  run: async () => {
    throw new AdminError('This version of the plugin does not know this kind of queue item.', UNKNOWN_KIND_REMEDY);
  },
};

export const UNKNOWN_KIND_REMEDY =
  'A newer version marked it: start that version again. Until then the item is kept and does no harm.';
