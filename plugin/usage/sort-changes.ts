/**
 * Which differences of a contract are sent, and which wait for an admin. Pure.
 *
 * | the day becomes                    | decided before, about just these totals | `--accept`               | done     |
 * |------------------------------------|-----------------------------------------|--------------------------|----------|
 * | more                               | any                                     | any                      | sent     |
 * | less: another contract has it now  | any                                     | any                      | sent     |
 * | less                               | any                                     | of this contract         | sent     |
 * | less                               | dropped                                 | of what is held, or none | dropped  |
 * | less                               | accepted                                | any                      | sent     |
 * | less                               | held, nobody decided                    | of what is held          | sent     |
 * | less, all such days by little      | any other                               | any other                | sent     |
 * | less, all such days by much        | any other                               | any other                | held     |
 *
 * `brake.ts` says what is little. A day of which it is not known what OpenTrain holds is never dropped: it must be sent.
 */
import { type AcceptedDay, heldLoss } from './brake.ts';
import { type DayChange, lowers } from './differences.ts';

export interface SortedChanges {
  /** To be sent, `accepted` with them. */
  sendable: DayChange[];
  /** Sent although much is taken away, since an admin accepted just these totals. */
  accepted: DayChange[];
  /** Waits for an admin. */
  held: DayChange[];
  /** An admin said that what OpenTrain accepted stays. */
  dropped: DayChange[];
}

export interface ChangesToSort {
  changes: readonly DayChange[];
  /** Those of them whose work no other contract has now. */
  notMoved: readonly DayChange[];
  /** What OpenTrain accepted in the last 30 days. */
  recent: readonly AcceptedDay[];
  /** What is stored about just the totals of this change; undefined: nothing. */
  decisionOf: (change: DayChange) => 'accepted' | 'dropped' | 'held' | undefined;
  /** An admin accepts what is taken away: all of it, or what was held before. */
  accept: boolean | 'held';
}

/** The changes by what is done with them, each once. */
export function sortChanges({ changes, notMoved, recent, decisionOf, accept }: ChangesToSort): SortedChanges {
  const taken = new Set(notMoved.filter(lowers));
  const isDropped = (change: DayChange): boolean =>
    taken.has(change) && accept !== true && !change.uncertain && decisionOf(change) === 'dropped';
  const isAccepted = (change: DayChange): boolean => {
    const decision = decisionOf(change);
    return taken.has(change) && (decision === 'accepted' || (accept === 'held' && decision === 'held'));
  };
  const dropped = changes.filter(isDropped);
  const accepted = changes.filter(isAccepted);
  const open = [...taken].filter((change) => !isDropped(change) && !isAccepted(change));
  const held = accept !== true && heldLoss(open, recent) !== null ? open : [];
  const waits = new Set([...held, ...dropped]);
  return { sendable: changes.filter((change) => !waits.has(change)), accepted, held, dropped };
}
