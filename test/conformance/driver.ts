/**
 * What the conformance suite needs of a running tool beside the adapter: to act as an admin who makes projects, and as a
 * trainer with a browser. It never goes through the adapter, so that it can contradict it.
 */
import type { AdapterModule, NotCountedReason } from '../../adapters/tool.ts';

export interface Credentials {
  email: string;
  password: string;
}

/** Everything that somebody who signed in could have kept: cookies, tokens. Opaque to the suite. */
export interface Session {
  readonly headers: readonly Readonly<Record<string, string>>[];
  /** Those of them that no one can end before they lapse by themselves, minutes later. */
  readonly lapsing?: readonly Readonly<Record<string, string>>[];
}

export interface Work {
  /** Which of the project's tasks, from 0. */
  task: number;
  /** Time on task. Tools that do not record it leave it aside. */
  seconds?: number;
  /** When it was done; now, unless told. The driver writes it into the tool's database. */
  at?: Date;
}

/** In whose name, on which task (from 0), and another member who takes part where the reason needs one. */
export interface NoWork {
  session: Session;
  toolUserId: string;
  other: Session;
  projectId: string;
  task: number;
}

/** What the tool's own export says that one person did in a project. */
export interface ExportedWork {
  toolUserId: string;
  tasks: number;
  annotations: number;
  /** null where the export does not tell. */
  seconds: number | null;
}

export interface ToolDriver {
  /** A new project with this many tasks; its id. */
  createProject(title: string, tasks: number): Promise<string>;
  deleteProject(projectId: string): Promise<void>;
  /** Whether instructions are HTML or Markdown, in which plain text has to be escaped. */
  instructionsAre: 'text' | 'markup';
  /** What the admin wrote for annotators on the project. */
  writeInstructions(projectId: string, text: string): Promise<void>;
  /** What annotators are shown on the project: the admin's text, with the notice if there is one. */
  readInstructions(projectId: string): Promise<string>;

  /** Signs in as a person does; null when the tool refuses. */
  signIn(credentials: Credentials): Promise<Session | null>;
  /** Whether this person can do work in the project now. */
  canWork(session: Session, projectId: string): Promise<boolean>;
  /** Completes a task with one annotation; what names it. Throws when the tool refuses. */
  annotate(session: Session, projectId: string, work: Work): Promise<string>;
  /** Skips a task instead; absent in tools that have no such thing. */
  skip?(session: Session, projectId: string, task: number): Promise<void>;
  deleteAnnotation(session: Session, projectId: string, annotation: string): Promise<void>;
  /** Changes an annotation of somebody else, with this time on it; absent in tools that do not tell who did. */
  edit?(session: Session, projectId: string, annotation: string, seconds: number): Promise<void>;
  /** Makes one annotation of this person on a task of the project that is no work, for this reason; absent where the tool tells none. */
  makeNoWork?(reason: NotCountedReason, made: NoWork): Promise<void>;

  /**
   * Tries every door with everything this person kept, and with signing in again; what opened, in words.
   * @param ofTool also the tool's own doors (sign-in, lists of people …), which somebody with work elsewhere may use
   */
  reaches(person: Credentials, kept: Session, projectIds: readonly string[], ofTool: boolean): Promise<string[]>;

  /** The tool's own export of the project, recounted for each person. Those who are no members may be missing. */
  exportWork(projectId: string): Promise<ExportedWork[]>;

  /** What opens the tool to anybody who has it, at this moment: shared invite links and tokens. */
  sharedSecrets(): Promise<string[]>;

  close(): Promise<void>;
}

/** A running tool, and the adapter to be tried on it. */
export interface Target {
  module: AdapterModule;
  baseUrl: string;
  apiToken: string;
  /** What the adapter gets as TOOL_DATABASE_URL: with the rights that the documentation asks for, and no more. */
  databaseUrl: string | undefined;
  /** Owner or superuser of the tool. */
  admin: Credentials;
  driver: ToolDriver;
  /** Gives back what the set-up took. */
  stop(): Promise<void>;
}
