/**
 * What an annotation tool must do for the plugin: the one interface between the core and any tool.
 *
 * An adapter is a module whose default export is an {@link AdapterModule}. It says in {@link Capabilities} what the tool (as
 * installed, with the rights it was given) can and cannot do; the core adapts to that declaration and knows no tool by name.
 * Every adapter passes `test/conformance/`.
 */
import type { Logger } from 'pino';
import type { Check, CheckOptions } from './check.ts';
import type { DatabaseSign } from './database-sign.ts';
import type { DayQuery, ExplainedDay } from './explained-day.ts';
import type { GatewayRules, Thing, Whereabouts } from './gateway.ts';
import type { LocalPeople, LocalTool, LocalToolOptions } from './local-tool.ts';
import type { SetUpHelp } from './set-up.ts';

export type { Check, CheckOptions } from './check.ts';
export type { DatabaseSign } from './database-sign.ts';
export type { DayQuery, ExplainedAnnotation, ExplainedDay, LeftOutReason } from './explained-day.ts';

/** The place of a tool whose membership covers everything in it: the value used where another tool has a project's id. */
export const WHOLE_TOOL = '*';

/** What this tool, as installed and with the rights we were given, can do. Read again on every start and by `doctor`. */
export interface Capabilities {
  /** `tool`: one membership opens every project, places are `[WHOLE_TOOL]`. `project`: places are project ids. */
  accessLevel: 'tool' | 'project';
  /** A member who was removed can be let in again, with the same account and password. */
  restore: boolean;
  /** Sign-in, sessions and tokens of a removed member can be ended, not just the membership. */
  closeAccount: boolean;
  /** A password can be set for an existing account. */
  setPassword: boolean;
  /** Every key to an account (tokens; sessions end with the password) can be ended, with {@link Capabilities.setPassword}. */
  endKeys: boolean;
  /** The tool's database can be read, so that work can be tallied. */
  tally: boolean;
  /** The tool records time on task; where it does not, seconds are left out of every report. */
  seconds: boolean;
  /** Regions within an annotation can be counted apart from annotations. */
  regions: boolean;
  /** A notice can be shown to annotators on a project. */
  notices: boolean;
}

/** For each capability that is missing but could be had: what the admin must do to have it (one sentence or SQL lines). */
export type CapabilityRemedies = Partial<Record<keyof Capabilities, string>>;

export interface ToolDescription {
  /** The tool's own name and version, for people. */
  product: string;
  version: string;
  capabilities: Capabilities;
  remedies: CapabilityRemedies;
  /** Why the tool's database cannot be used at the moment: the capabilities are those of the API alone. Absent when it can, or is not set. */
  databaseProblem?: string;
}

export interface Project {
  id: string;
  title: string;
}

/** Somebody as the tool knows them. */
export interface ToolAccount {
  toolUserId: string;
  /** Lower case; null where the tool does not tell. */
  email: string | null;
  /** Places this account is a member of at this moment: project ids, or `[WHOLE_TOOL]`. */
  places: readonly string[];
  /** The account exists but was shut (by us or by hand); null where the tool does not tell. */
  closed: boolean | null;
  /** The account has a password to sign in with; null where the tool does not tell. */
  hasPassword: boolean | null;
  /** Owner, superuser or staff of the tool: the core never changes such an account. */
  privileged: boolean;
  /** What they sign in with, where that is not the e-mail address. */
  signInName?: string;
}

/** An account, with when it was made. */
export interface JoinedAccount extends ToolAccount {
  joinedAt: Date;
}

/** Somebody to look for: by id where we know it (ids outlive e-mail addresses in some tools), else by e-mail. */
export interface Person {
  toolUserId: string | null;
  email: string;
}

export interface NewMember {
  /** The Work Email, lower case. It becomes the sign-in name. */
  email: string;
  displayName: string;
  /** Chosen by the trainer. Never logged, never stored by the plugin. */
  password: string;
  places: readonly string[];
}

/** One thing that a removed person can still do. */
export interface Reach {
  /** Words an admin would use: "sign in", "read the invite link". */
  what: string;
  /** How to close it. */
  remedy: string;
}

export interface Removal {
  toolUserId: string;
  email: string;
  /** The places to take away. */
  places: readonly string[];
  /** Nothing is left for this person in the tool: end sign-in, sessions and tokens too, where possible. */
  closeAccount: boolean;
}

/** From this UTC instant on (until the next period), local time is UTC plus this many seconds. */
export interface OffsetPeriod {
  from: Date;
  offsetSeconds: number;
}

export interface TallyQuery {
  /** Only work in these projects. */
  projectIds: readonly string[];
  /** Work created at or after this instant … */
  from: Date;
  /** … and before this one. */
  until: Date;
  /** How to turn an instant into a calendar day: ascending, the first one starts at or before `from`. */
  offsets: readonly OffsetPeriod[];
  /** Time on one annotation above this many seconds is not counted. */
  maxSecondsPerAnnotation: number;
  /** Count what was made in bulk ({@link bulkReasons}) like any other work; absent: false. */
  countBulk?: boolean;
}

/** Why an annotation of somebody is no work of theirs. */
export const notCountedReasons = [
  /** Posted as a ready annotation together with its task. */
  'imported',
  /** Made from a prediction for many tasks at once; nobody opened it since. */
  'from-prediction',
  /** A copy of another annotation. */
  'copied',
  /** Made in the tool's bulk mode. */
  'bulk',
  /** Made by one account in the name of another. */
  'author-changed',
] as const;
export type NotCountedReason = (typeof notCountedReasons)[number];

/** The reasons that {@link TallyQuery.countBulk} turns off. */
export const bulkReasons: ReadonlySet<NotCountedReason> = new Set(['from-prediction', 'copied', 'bulk']);

/** Annotations of one row that did not count, for one reason. */
export interface NotCounted {
  reason: NotCountedReason;
  annotations: number;
  /** Their time, each annotation at most the cap; null where {@link Capabilities.seconds} is false. */
  seconds: number | null;
}

/** The work of one account in one project on one calendar day. */
export interface TallyRow {
  projectId: string;
  toolUserId: string;
  /** Lower case, null where the tool does not tell. */
  email: string | null;
  /** YYYY-MM-DD */
  day: string;
  /** Distinct tasks with a submitted annotation. Skipped ones do not count. */
  tasks: number;
  annotations: number;
  /** null where {@link Capabilities.regions} is false. */
  regions: number | null;
  /** Whole seconds after the cap; null where {@link Capabilities.seconds} is false. */
  seconds: number | null;
  /** How many annotations the cap shortened. */
  cappedAnnotations: number;
  /** How many seconds the cap took off; of one annotation at most a day. */
  cappedSeconds: number;
  /** What did not count, and why. A row may hold nothing else. Absent where the tool does not tell. */
  notCounted?: readonly NotCounted[];
  /** Counted annotations that somebody else edited last: their time is here and not in `seconds`, since nobody can tell whose it is. */
  editedByOthers?: { annotations: number; seconds: number };
  /** Counted annotations without a time, or with one that is none (negative, infinite, not a number). */
  withoutTime?: number;
  /** When the first and the last counted annotation of the day were made. */
  firstAt?: Date;
  lastAt?: Date;
  /** Why the numbers of this row cannot be used. The core then holds this person's day back and names it. */
  unreadable?: string;
}

export interface ToolAdapter {
  /**
   * What the tool is and what can be done with it at this moment. Its database being away is no failure (`databaseProblem`). Throws
   * {@link ToolUnavailable} or {@link ToolRefused}.
   */
  describe(): Promise<ToolDescription>;

  /** Every project that can be linked. */
  listProjects(): Promise<Project[]>;

  /** One project, or null when it does not exist (or was deleted). */
  findProject(projectId: string): Promise<Project | null>;

  /**
   * The accounts of these people that exist now, removed and closed ones included. Nothing is returned for an unknown one. While the
   * tool's database is away, as far as the API tells. An account is found by an address only where its owner cannot have changed that
   * address themselves.
   */
  findAccounts(people: readonly Person[]): Promise<ToolAccount[]>;

  /**
   * Makes an account that can sign in with this Work Email and password, as a member of the places. What is there when this is
   * cut off half-way must show in {@link ToolAdapter.findAccounts}: the core completes it, or closes it.
   * Where the tool has a shared invite link, it is renewed afterwards: every member can read it.
   * Throws {@link AccountExists} when the e-mail is taken; then nothing was changed.
   */
  createMember(member: NewMember): Promise<ToolAccount>;

  /**
   * Makes an existing account a member of these places, opening it again if it was removed or closed. Idempotent.
   * Throws {@link ToolUnable} when that needs a capability that is missing.
   */
  grant(access: { toolUserId: string; email: string; places: readonly string[] }): Promise<void>;

  /**
   * Takes the places away and then looks: the answer is everything that this person still reaches and should not, found by
   * looking at the tool after the change. Empty means that removal is complete. Idempotent; other people and other places
   * stay as they were. Never erases work.
   */
  revoke(removal: Removal): Promise<Reach[]>;

  /** Sets the password of an existing account, and so ends its sessions. Throws {@link ToolUnable} without that capability. */
  setPassword(account: { toolUserId: string; password: string }): Promise<void>;

  /**
   * Ends every token of this account. Returns for how many seconds something that was handed out before still opens the account
   * (0: nothing does): the core ends the keys again after that, as a new one can be made with it. Idempotent. Throws
   * {@link ToolUnable} without the capability `endKeys`, {@link ToolRefused} for a privileged account.
   */
  endKeys(account: { toolUserId: string }): Promise<{ openForSeconds: number }>;

  /** Every account made at or after this instant, closed ones included; null where the tool does not tell. An adapter may leave it out. */
  listJoined?(since: Date): Promise<JoinedAccount[] | null>;

  /** Makes every copy of the tool's shared invite link worthless. Left out for a tool that has none. */
  renewInvite?(): Promise<void>;

  /**
   * What the tool's database is recognised by, with the ids and the times of creation that it holds: organizations, the first account,
   * the first projects; null without that database, or without the right to read it. The core compares it with what it knows before
   * it counts or changes anybody's access. An adapter may leave it out.
   */
  readSigns?(): Promise<DatabaseSign[] | null>;

  /** Per-day totals of everybody in these projects, by one read-only aggregate statement in the tool's own database. */
  tally(query: TallyQuery): Promise<TallyRow[]>;

  /**
   * Everything that these accounts did between two instants, in every project, by one read-only statement: what the tally counts and
   * what it leaves out, and why. Left out where the tool's annotations cannot be told one by one.
   */
  explainDay?(query: DayQuery): Promise<ExplainedDay>;

  /** Shows the notice (plain text) to annotators on this project, or takes it away (null); the admin's own text stays. */
  setNotice(projectId: string, notice: string | null): Promise<void>;

  /** To which project each of these things belongs; null for what does not exist. For the gateway; with {@link AdapterModule.gateway}. */
  locate?(things: readonly Thing[]): Promise<(Whereabouts | null)[]>;

  /** Where a person signs in, and where a project's work is; under TOOL_PUBLIC_URL. */
  signInUrl(): string;
  projectUrl(projectId: string): string;

  /** The tool-specific part of `doctor`. Never throws: what fails is a check with a remedy. */
  check(options: CheckOptions): Promise<Check[]>;

  /** Closes connections. */
  close(): Promise<void>;
}

/** What the plugin gives an adapter. */
export interface AdapterOptions {
  /** TOOL_BASE_URL without a trailing slash. */
  baseUrl: string;
  /** TOOL_PUBLIC_URL, else the base URL: what people's browsers use. */
  publicUrl: string;
  apiToken: string;
  /** TOOL_DATABASE_URL, if set: `postgres://…` or `sqlite:/path`. */
  databaseUrl: string | undefined;
  /** Trainers reach the tool through the gateway only, which keeps them to their own projects. Absent: they do not. */
  behindGateway?: boolean;
  log: Logger;
}

/** Default export of an adapter. */
export interface AdapterModule {
  /** As in TOOL_ADAPTER. */
  name: string;
  createAdapter(options: AdapterOptions): Promise<ToolAdapter>;
  /** The tool's routes, for the gateway; absent where the tool cannot be served through one. */
  gateway?: GatewayRules;
  setUp?: SetUpHelp;
  /** Installs (once) and starts a fresh instance of the tool; absent where that is not offered. */
  startLocalTool?(options: LocalToolOptions): Promise<LocalTool>;
  /** People at work in a tool that {@link startLocalTool} started; there when that is. */
  localPeople?(tool: LocalTool): LocalPeople;
}
