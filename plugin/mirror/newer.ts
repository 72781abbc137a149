/**
 * Which of two pieces of evidence about a contract is newer, and when only another read can tell. Pure (contract: "Contracts", "Events").
 *
 * Events are ordered by their ids. A read of the API and an event are ordered by OpenTrain's clock: `readAt` is a time at which the read
 * had certainly not begun yet, known to 3 s. A read told the state when nothing newer than that read is known.
 *
 * | known                | evidence      | its time                                       | the status      | read again |
 * |----------------------|---------------|------------------------------------------------|-----------------|------------|
 * | anything             | any event     | its id is not later than the last one's        | stays           | no         |
 * | active, told by read | `ended` event | before the read: a rehire may reuse the id     | stays           | yes        |
 * | active, told by read | `ended` event | in the moment of the read                      | becomes ended   | yes        |
 * | active               | `ended` event | any other                                      | becomes ended   | no         |
 * | active               | start event   | before the known state                         | stays           | no         |
 * | active               | start event   | later: facts such as dates are taken           | stays           | no         |
 * | ended, told by read  | `ended` event | before the read                                | stays           | no         |
 * | ended                | `ended` event | any other: facts such as the end date are taken | stays          | no         |
 * | ended, told by read  | start event   | well before the read                           | stays           | no         |
 * | ended                | start event   | any other: only a read reopens a contract      | stays           | yes        |
 * | anything             | a read        | it began after the known state                 | becomes the read's | no      |
 * | anything             | a read        | it may have begun before, and says the same    | stays           | no         |
 * | anything             | a read        | it may have begun before, and says otherwise   | stays           | yes        |
 */
export type ContractStatus = 'active' | 'ended';

/** What tells us a contract's state: an event (ordered by its id) or a read of the API. */
export interface Evidence {
  /** OpenTrain's clock. */
  at: Date;
  /** null: a read. */
  eventId: string | null;
}

/** What is known of a contract's state. Times are milliseconds since 1970 UTC, by OpenTrain's clock. */
export interface KnownState {
  status: ContractStatus;
  /** The newest event that was applied. */
  eventId: string | null;
  /** The time of the newest evidence. */
  stateAt: number;
  /** When the last read began that told this status; null: none did. */
  readAt: number | null;
}

export interface Verdict {
  /** The evidence replaces what is known. */
  replaces: boolean;
  /** What is known may be wrong: the contract must be read, whoever has access by it now. */
  readAgain: boolean;
}

/** How exactly the beginning of a read is known: HTTP's Date has whole seconds, and we note whole seconds. */
const READ_PRECISION_MS = 3_000;

/** Whether event id `a` is later than `b`; ids increase, but their form is not documented, so digits compare as numbers. */
export function isLaterEvent(a: string, b: string): boolean {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return BigInt(a) > BigInt(b);
  return a > b;
}

/** Judges evidence that a contract has this status against what is known of it, by the table above. */
export function judge(known: KnownState, status: ContractStatus, { at, eventId }: Evidence): Verdict {
  const time = at.getTime();
  if (eventId === null) {
    const replaces = time > known.stateAt;
    return { replaces, readAgain: !replaces && status !== known.status };
  }
  if (known.eventId !== null && !isLaterEvent(eventId, known.eventId)) return { replaces: false, readAgain: false };
  const readAt = known.readAt !== null && known.readAt >= known.stateAt ? known.readAt : Number.NEGATIVE_INFINITY;
  if (status === 'active') {
    if (known.status === 'active') return { replaces: time >= known.stateAt, readAgain: false };
    return { replaces: false, readAgain: time >= readAt - READ_PRECISION_MS };
  }
  const replaces = time >= readAt;
  if (known.status === 'ended') return { replaces, readAgain: false };
  return { replaces, readAgain: time < readAt + READ_PRECISION_MS };
}
