/** What Sorter can do, for the conformance suite. */
import type { Declaration } from '../declaration.ts';

export const declared: Declaration = {
  capabilities: {
    accessLevel: 'project',
    restore: true,
    closeAccount: true,
    setPassword: true,
    endKeys: true,
    tally: true,
    seconds: true,
    regions: false,
    notices: true,
  },
  listsJoined: true,
  hasSharedInvite: true,
  canSkip: true,
  tallyTells: { instants: true, withoutTime: true, notCounted: [], editedByOthers: false },
  explainsDays: true,
  readsSigns: true,
};
