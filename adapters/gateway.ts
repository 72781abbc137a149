/**
 * What an adapter tells a gateway in front of its tool: who asks, which routes there are for a trainer, which project each of them
 * concerns, and what must be kept out of requests and answers. Data and pure functions: the gateway itself is the core's.
 *
 * A route that no rule names is refused to trainers.
 */

export const gatewayMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type GatewayMethod = (typeof gatewayMethods)[number];

/** Something that belongs to one project, by its number in the tool: `kind` is the adapter's word ("task"). */
export interface Thing {
  kind: string;
  id: string;
}

/** Where a thing belongs. */
export interface Whereabouts {
  projectId: string;
  /** The account whose work it is; null where it is nobody's. */
  ownerId: string | null;
}

/** A part of a request that says which project it concerns. All subjects of a request must be of one project. */
export interface Subject {
  in: 'path' | 'query' | 'body';
  /** Of the path's placeholder, of the query parameter, of the body's field. */
  name: string;
  /** `project`, or the kind of a {@link Thing} to be looked up. */
  is: string;
  /** The request may leave it out; another subject, or the rule's own filter, holds the project then. */
  optional?: true;
  /** The thing must be the asker's own work. */
  own?: true;
  /**
   * What the value looks like; the first group is the id, and without it the value stands for none (optional subjects only). Absent: a
   * whole number without leading zeros.
   */
  pattern?: RegExp;
  /** A placeholder of the path without which the value says nothing: the thing's id is then "PLACEHOLDER'S-VALUE VALUE". */
  of?: string;
}

/** `any`, or a number within bounds: above is lowered to the maximum, below or not a number is refused. null passes. */
export type FieldRule = 'any' | { minimum: number; maximum: number };

/** A JSON object. Fields that are not named are left out of what the tool gets. */
export interface BodyRule {
  fields: Readonly<Record<string, FieldRule>>;
  /** Fields that make the request refused: whoever sends them means harm. */
  refused?: readonly string[];
}

/** Who asks, as far as a rule may know. */
export interface Asker {
  toolUserId: string;
  /** The projects that they may reach at this moment. */
  projects: ReadonlySet<string>;
}

export interface GatewayRule {
  methods: readonly GatewayMethod[];
  /** Without a slash at the end. `:name` is one segment, `*` at the end is any number of them. */
  path: string;
  /**
   * `everybody`: for whoever asks, and nobody is asked for (static files). `trainer`: for a trainer without any project too (sign-out).
   * Absent: only for a trainer with a project.
   */
  open?: 'everybody' | 'trainer';
  subjects?: readonly Subject[];
  /** Query parameters that must be there, once, with one of these values. */
  query?: Readonly<Record<string, readonly string[]>>;
  /** What else is wrong with a request, in words; null when nothing is. `body`: undefined while it was not read. */
  wrong?(query: URLSearchParams, body: unknown): string | null;
  /** Query parameters that the gateway sets, in place of what was sent. */
  setQuery?(asker: Asker, sent: URLSearchParams): Readonly<Record<string, string>>;
  /** `form`: an HTML form, passed as it is. Absent: the request must have none. */
  body?: BodyRule | 'form';
  /** What of a JSON answer is handed on; other answers are not. Absent: all, streamed. */
  answer?(answer: unknown, asker: Asker): unknown;
  /**
   * For files: the tool may be asked while the gateway still reads whether the trainer may go there, if they might a moment ago. The answer
   * is handed on only after that. Asking must change nothing in the tool.
   */
  askedAhead?: true;
}

/** Credentials that the tool takes, and the call by which it tells whose they are. */
export interface WhoamiRule {
  /** Names of cookies. */
  cookies: readonly string[];
  /** Names of headers, lower case. */
  headers: readonly string[];
  path: string;
  /** The account in an answer with status 200; null for anything else. */
  read(answer: unknown): { toolUserId: string; email: string | null } | null;
  /** Paths that change who a session is: what they answer says nothing about who asked. */
  changedBy: readonly string[];
}

export interface GatewayRules {
  whoami: WhoamiRule;
  rules: readonly GatewayRule[];
  /**
   * The tool has one membership for everything: with a gateway, which trainer is in which project is kept by the plugin. False: the tool has
   * memberships by project itself.
   */
  keepsPlaces: boolean;
  /** Paths that are refused to whoever has not signed in, too: making accounts. Without a slash at the end. */
  closedToNobody: readonly string[];
  /** Whether the tool believes X-Forwarded-Proto when it compares a form's origin with its own address. */
  trustsForwardedProto: boolean;
  /** The tool's own form of an error. */
  refusal(status: number, message: string): unknown;
  /** Where a person signs in, and where a project's work is: below the gateway's address. */
  signInPath: string;
  projectPath(projectId: string): string;
  /** What to do when the tool's pages lead to another address than the gateway's. */
  addressRemedy: string;
  /** Where the tool describes itself (OpenAPI, JSON), and the routes that this names in the version the rules were made for; for `doctor`. */
  description: { path: string; knownRoutes: readonly string[] } | null;
}
