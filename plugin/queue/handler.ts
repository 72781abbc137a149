/** Joins what is declared of a kind with the function that does its items. */
import { z } from 'zod';
import { AdminError } from '../errors.ts';
import { type DetailOf, isKind, type Kind, kinds, type QueueKind } from './kinds.ts';

/**
 * Does one item. It is level-triggered: it may run again after it was done. Throws when the item must be tried again. The signal
 * aborts at the kind's time limit, and at the end of the drain on shutdown.
 */
export type Run<Detail> = (key: string, detail: Detail, signal: AbortSignal) => Promise<void>;

/** One function for each kind: a missing one does not compile. */
export type Runs = { readonly [K in Kind]: Run<DetailOf<K>> };

export interface Handler extends QueueKind {
  /** Does one item, given the JSON that is stored with it. Throws {@link AdminError} when that is not of this kind. */
  run: Run<string>;
}

export type Handlers = Readonly<Record<string, Handler>>;

/** The handlers of the declared kinds, in the order of their declaration. */
export function handlersOf(runs: Runs): Handlers {
  const join = <K extends Kind>(kind: K): Handler => handlerOf(kinds[kind], runs[kind]);
  return Object.fromEntries(
    Object.keys(kinds)
      .filter(isKind)
      .map((kind) => [kind, join(kind)]),
  );
}

/** A handler whose detail is checked before `run` is given it. */
export function handlerOf<Detail>(kind: QueueKind<Detail>, run: Run<Detail>): Handler {
  return { ...kind, run: async (key, detail, signal) => run(key, parseDetail(kind, detail), signal) };
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
