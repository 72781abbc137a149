/** Signs of life: which `start` processes run on this store, and when regular work was done last. */
import type { Database } from '../store/database.ts';

/** How often a running `start` tells that it does. */
export const HEARTBEAT_EVERY_MS = 15_000;
/** A process that told nothing for this long is taken for dead: six times missed. */
export const HEARTBEAT_STALE_MS = 90_000;

/** Work that is done over and over; its age shows whether it still is. */
export type RegularWork = 'reconcile' | 'sync';

export interface SignsOfLife {
  /** How many `start` processes told that they run within the last 90 s. */
  running: number;
  /** When any of them told so last, milliseconds since 1970; null when none is remembered. */
  lastSeenAt: number | null;
  /** When each was done last; null: never. */
  lastDone: Record<RegularWork, number | null>;
}

/** Tells that this process runs; forgets processes that told nothing for a day. */
export async function beat(
  database: Database,
  process: { owner: string; version: string; startedAt: Date },
  now: Date,
): Promise<void> {
  const { owner, version, startedAt } = process;
  const seen = { seen_at: now.getTime() };
  await database('heartbeats')
    .insert({ owner, version, started_at: startedAt.getTime(), ...seen })
    .onConflict('owner')
    .merge(seen);
  await database('heartbeats')
    .where('seen_at', '<', now.getTime() - 86_400_000)
    .delete();
}

/** Tells that this process has ended. Its last sign is kept, so that `status` can say since when nobody runs. */
export async function endBeat(database: Database, owner: string, now: Date): Promise<void> {
  await database('heartbeats')
    .where({ owner })
    .update({ seen_at: now.getTime() - HEARTBEAT_STALE_MS });
}

/** Notes that this work was done just now. */
export async function noteDone(database: Database, name: RegularWork, now: Date): Promise<void> {
  const at = now.getTime();
  await database('last_done').insert({ name, at }).onConflict('name').merge({ at });
}

/** What is known now. */
export async function readSignsOfLife(database: Database, now: Date): Promise<SignsOfLife> {
  const beats: { seen_at: number }[] = await database('heartbeats').select('seen_at');
  const seen = beats.map((row) => Number(row.seen_at));
  const done: { name: string; at: number }[] = await database('last_done').select('name', 'at');
  const doneAt = (name: RegularWork): number | null => {
    const row = done.find((candidate) => candidate.name === name);
    return row ? Number(row.at) : null;
  };
  return {
    running: seen.filter((at) => at > now.getTime() - HEARTBEAT_STALE_MS).length,
    lastSeenAt: seen.length > 0 ? Math.max(...seen) : null,
    lastDone: { reconcile: doneAt('reconcile'), sync: doneAt('sync') },
  };
}
