/** Ids that look like OpenTrain's (`ctr_…`, `plink_…`) and can be made the same on every run. */
import { createHash, randomBytes } from 'node:crypto';

export type IdPrefix =
  | 'org'
  | 'ptnapp'
  | 'inst'
  | 'tok'
  | 'job'
  | 'usr'
  | 'ctr'
  | 'ms'
  | 'plink'
  | 'whe'
  | 'whd'
  | 'cns';

export interface Ids {
  /** A new id: the prefix, `_` and 24 characters of [a-z0-9]. */
  next(prefix: IdPrefix): string;
  /** A new secret: the prefix and 40 characters of [a-z0-9]. */
  secret(prefix: 'ot_ptk_' | 'whsec_'): string;
}

/**
 * Makes ids from a seed: the same seed gives the same ids in the same order. Without one, ids differ from those of every
 * earlier sandbox, so that a plugin that remembers old delivery ids does not take new deliveries for duplicates.
 */
export function createIds(seed: string = randomBytes(16).toString('hex')): Ids {
  let count = 0;
  const letters = (purpose: string, length: number): string => {
    count += 1;
    const digest = createHash('sha256').update(`${seed}/${purpose}/${count}`).digest('hex');
    return BigInt(`0x${digest}`).toString(36).padStart(length, '0').slice(-length);
  };
  return {
    next: (prefix) => `${prefix}_${letters(prefix, 24)}`,
    secret: (prefix) => `${prefix}${letters(prefix, 40)}`,
  };
}

/** A repeatable stream of numbers in [0, 1) for faults: mulberry32, which is small and good enough for dice. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
