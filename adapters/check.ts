/** A line of `doctor`, and what an adapter is asked to look at for its own lines. */
export interface Check {
  /** Stable, kebab-case: "tool-token-owner". */
  id: string;
  title: string;
  result: 'ok' | 'warning' | 'failure';
  /** What was seen. */
  why: string;
  /** What to do; empty when ok. */
  remedy: string;
}

export interface CheckOptions {
  /** Sign up a throw-away account, remove it, probe every reach, erase it. */
  testRemoval: boolean;
  /** The project ids of all links: for naming what is visible but not linked. */
  linkedProjectIds: readonly string[];
}
