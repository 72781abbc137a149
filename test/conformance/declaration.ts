/** What an author says of the tool that is tried: a test is registered where it applies, and the first one holds the adapter to this. */
import type { Capabilities } from '../../adapters/tool.ts';

export interface Declaration {
  /** As `describe()` must tell them of the target: set up as documented, with its database. */
  capabilities: Capabilities;
  /** The adapter can tell which accounts were made since an instant (`listJoined`). */
  listsJoined: boolean;
  /** The tool has invite links that open it to anybody (`renewInvite`, and the driver's `sharedSecrets`). */
  hasSharedInvite: boolean;
  /** Tasks can be skipped in the tool (the driver's `skip`). */
  canSkip: boolean;
  /** The adapter can tell the annotations of a day one by one (`explainDay`). */
  explainsDays: boolean;
  /** The adapter can tell what the tool's database is recognised by (`readSigns`). */
  readsSigns: boolean;
}
