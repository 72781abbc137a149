/** What an adapter module may offer beside its adapter: a fresh instance of the tool on this machine, with people at work in it. */
import type { Project } from './tool.ts';

/** A tool brought up on this machine, for the demonstration and the tests. */
export interface LocalTool {
  baseUrl: string;
  databaseUrl: string;
  /** A token with the rights that the plugin needs. */
  apiToken: string;
  adminEmail: string;
  adminPassword: string;
  stop(): Promise<void>;
}

export interface LocalToolOptions {
  /** Where the program and its template databases are kept between runs. */
  cacheDirectory: string;
  /** `sqlite`, or the URL of a PostgreSQL server where databases may be created. */
  database: 'sqlite' | { serverUrl: string };
  /** The address that people use, path included, where a proxy stands in front of the tool. */
  publicUrl?: string;
  /** Told what is going on, a short line at a time. */
  progress: (line: string) => void;
}

/** The tool's own people acting through it as their browsers do: for the demonstration and the tests. */
export interface LocalPeople {
  /** Makes a project with so many tasks, as the admin. */
  createProject(title: string, taskCount: number): Promise<Project>;
  /** Signs in; null when the tool refuses. */
  signIn(account: { email: string; password: string }): Promise<LocalTrainer | null>;
  /** Writes labels of past days straight into the tool's SQLite database; absent where nobody has written down how. */
  addPastWork?(work: readonly PastWork[]): Promise<void>;
}

/** One label that somebody submitted before this instance of the tool was started. */
export interface PastWork {
  email: string;
  projectId: string;
  at: Date;
  seconds: number;
}

/** One person's session in the tool. */
export interface LocalTrainer {
  /** Submits one label on the project's next task that this person has not done; returns what {@link withdraw} takes. */
  annotate(projectId: string, work: { seconds: number }): Promise<string>;
  /** Deletes a label again. */
  withdraw(annotationId: string): Promise<void>;
  /** What this session can still do ("list projects"); empty when it can do nothing. */
  reaches(projectId: string): Promise<string[]>;
}
