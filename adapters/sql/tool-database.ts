/**
 * The annotation tool's own database, behind the smallest interface that serves both PostgreSQL and SQLite.
 *
 * Statements are written once for both: parameters are `$1`, `$2`, … (each may be used several times). A `Date` is bound the
 * way Django stores it (timestamptz, or naive UTC text), a boolean as the dialect's own.
 */
export type SqlValue = string | number | boolean | null | Date;

/** A right that the plugin needs in the tool's database. */
export interface Privilege {
  privilege: 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE';
  table: string;
  /** Only these columns; all of them when absent. */
  columns?: readonly string[];
  /** Beside `columns`: these, where the table has them. Other versions of the tool lack them. */
  ifThere?: readonly string[];
}

/** Every method throws {@link ToolUnavailable} (it may work later) or {@link ToolRefused} (an admin must act). */
export interface ToolDatabase {
  readonly dialect: 'postgres' | 'sqlite';
  /** The rows of a SELECT, run read-only and with a time limit. Counts come as numbers, not strings. */
  query(sql: string, parameters: readonly SqlValue[]): Promise<unknown[]>;
  /**
   * For counting: each row is handed over as it arrives, on a connection of its own, so that however long it takes, giving and
   * removing access goes on.
   */
  queryEach(sql: string, parameters: readonly SqlValue[], take: (row: unknown) => void): Promise<void>;
  /** Runs one UPDATE, INSERT or DELETE: how many rows it changed. */
  execute(sql: string, parameters: readonly SqlValue[]): Promise<number>;
  /** For each of these rights that is not held, what the admin must do (a GRANT line, or a word on the file). */
  missingPrivileges(wanted: readonly Privilege[]): Promise<string[]>;
  close(): Promise<void>;
}
