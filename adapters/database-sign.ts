/** What the tool's database is recognised by: `ToolAdapter.readSigns`. */

/** How many projects are told, those with the lowest ids. */
export const SIGN_PROJECTS = 1_000;

/** One row that another database does not have: the same id with the same time of creation. */
export interface DatabaseSign {
  kind: 'organization' | 'account' | 'project';
  id: string;
  /** To the millisecond. */
  createdAt: Date;
}
