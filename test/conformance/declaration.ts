/** What an author says of the tool that is tried: a test is registered where it applies, and the first one holds the adapter to this. */
import type { Capabilities, NotCountedReason } from '../../adapters/tool.ts';

export interface Declaration {
  /** As `describe()` must tell them of the target: set up as documented, with its database. */
  capabilities: Capabilities;
  /** The adapter can tell which accounts were made since an instant (`listJoined`). */
  listsJoined: boolean;
  /** The tool has invite links that open it to anybody (`renewInvite`, and the driver's `sharedSecrets`). */
  hasSharedInvite: boolean;
  /** Tasks can be skipped in the tool (the driver's `skip`). */
  canSkip: boolean;
  /** What the rows of the tally tell, beside tasks, annotations and time. What is not declared is left out of every row. */
  tallyTells: {
    /** When the first and the last annotation were made (`firstAt`, `lastAt`). */
    instants: boolean;
    /** How many annotations have no time (`withoutTime`). */
    withoutTime: boolean;
    /** What is no work, for these reasons (`notCounted`); the driver makes one of each (`makeNoWork`). */
    notCounted: readonly NotCountedReason[];
    /** Time that somebody else's edit added (`editedByOthers`); the driver's `edit`. */
    editedByOthers: boolean;
  };
  /** The adapter can tell the annotations of a day one by one (`explainDay`). */
  explainsDays: boolean;
  /** The adapter can tell what the tool's database is recognised by (`readSigns`). */
  readsSigns: boolean;
}
