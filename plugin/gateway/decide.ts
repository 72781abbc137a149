/**
 * Whether a trainer's request is passed on. Pure: the rules of the tool, the request, and the projects the trainer has now.
 *
 * | the request                                                    | decision                             |
 * |----------------------------------------------------------------|--------------------------------------|
 * | has an address that could be read in two ways                   | refuse malformed                     |
 * | falls under no rule                                            | refuse unknown-route                 |
 * | of a trainer without any project, the rule is not open          | refuse no-access                     |
 * | lacks a parameter that the rule demands, or has it twice        | refuse not-allowed                   |
 * | has a body although the rule has none, or one that is no object | refuse not-allowed                   |
 * | is wrong in another way that the rule knows                     | refuse not-allowed                   |
 * | names no project though the rule demands it                     | refuse not-allowed                   |
 * | names a thing whose project is not known yet                    | look it up, then decide              |
 * | names a thing that does not exist                               | refuse foreign-project               |
 * | names a project that is not theirs, or two projects             | refuse foreign-project               |
 * | changes somebody else's work                                    | refuse not-theirs                    |
 * | sends a field that the rule refuses, or a number out of bounds  | refuse not-allowed                   |
 * | anything else                                                   | pass, with what the rule says of it  |
 */
import type {
  Asker,
  BodyRule,
  GatewayRule,
  GatewayRules,
  Subject,
  Thing,
  Whereabouts,
} from '../../adapters/gateway.ts';
import { type ReadPath, readPath } from './request.ts';
import { type Match, matchRule } from './routes.ts';

export const refusalReasons = [
  'malformed',
  'unknown-route',
  'no-access',
  'foreign-project',
  'not-theirs',
  'not-allowed',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

export interface GatewayRequest {
  method: string;
  /** As it was sent, without the gateway's own base path and the query. */
  path: string;
  query: URLSearchParams;
  hasBody: boolean;
  /** The parsed JSON; undefined while it was not read. */
  body?: unknown;
}

export type Decision =
  | { value: 'refuse'; reason: RefusalReason; why: string; projectId: string | null }
  /** The rule is about the body: read it, and decide again. */
  | { value: 'read-body' }
  /** Find out where these belong, and decide again. */
  | { value: 'look-up'; things: readonly Thing[] }
  | { value: 'pass'; rule: GatewayRule; path: ReadPath; query: URLSearchParams; body: unknown };

/** What was found out so far, by {@link thingKey}; null for what does not exist. */
export type Known = ReadonlyMap<string, Whereabouts | null>;

export function thingKey({ kind, id }: Thing): string {
  return `${kind} ${id}`;
}

export function decide(
  { rules }: Pick<GatewayRules, 'rules'>,
  request: GatewayRequest,
  asker: Asker,
  known: Known,
): Decision {
  const path = readPath(request.path);
  if (!path) return refuse('malformed', 'The address could be read in more than one way.');
  const match = matchRule(rules, request.method, path.segments);
  if (!match) return refuse('unknown-route', 'This is not open to trainers.');
  const { rule } = match;
  if (rule.open === undefined && asker.projects.size === 0) return refuse('no-access', 'You have no project here now.');
  const wrong =
    wrongQuery(rule, request.query) ?? wrongBody(rule, request) ?? rule.wrong?.(request.query, request.body) ?? null;
  if (wrong) return refuse('not-allowed', wrong);
  if (typeof rule.body === 'object' && request.hasBody && request.body === undefined) return { value: 'read-body' };
  const subjects = readSubjects(match, request);
  if ('wrong' in subjects) return refuse('not-allowed', subjects.wrong);
  const project = projectOf(subjects.found, asker, known);
  if (project.value !== 'fine') return project;
  const body = typeof rule.body === 'object' ? cleanBody(rule.body, request.body) : { body: undefined };
  if ('wrong' in body) return refuse('not-allowed', body.wrong);
  return { value: 'pass', rule, path, query: queryFor(rule, request.query, asker), body: body.body };
}

function refuse(reason: RefusalReason, why: string, projectId: string | null = null): Decision & { value: 'refuse' } {
  return { value: 'refuse', reason, why, projectId };
}

function wrongQuery({ query = {} }: GatewayRule, sent: URLSearchParams): string | null {
  for (const [name, values] of Object.entries(query)) {
    const [value, ...more] = sent.getAll(name);
    if (value === undefined || more.length > 0 || !values.includes(value))
      return 'This action is not open to trainers.';
  }
  return null;
}

function wrongBody({ body }: GatewayRule, request: GatewayRequest): string | null {
  if (body === undefined) return request.hasBody ? 'This request takes no body.' : null;
  if (body === 'form' || request.body === undefined) return null;
  return isObject(request.body) ? null : 'The body must be a JSON object.';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Found extends Subject {
  id: string;
}

function readSubjects({ rule, parameters }: Match, request: GatewayRequest): { found: Found[] } | { wrong: string } {
  const found: Found[] = [];
  for (const subject of rule.subjects ?? []) {
    const values = valuesOf(subject, parameters, request);
    const [value, ...more] = values;
    if (more.length > 0) return { wrong: `${subject.name} is there twice.` };
    if (value === undefined) {
      if (subject.optional) continue;
      return { wrong: `${subject.name} is missing.` };
    }
    const read = (subject.pattern ?? WHOLE_NUMBER).exec(value);
    if (!read) return { wrong: `${subject.name} is not of the form that it must have.` };
    const id = read[1];
    const container = subject.of === undefined ? '' : `${parameters.get(subject.of)} `;
    if (id !== undefined) found.push({ ...subject, id: container + id });
    else if (!subject.optional) return { wrong: `${subject.name} is missing.` };
  }
  return { found };
}

const WHOLE_NUMBER = /^([1-9]\d{0,11})$/;

function valuesOf(
  subject: Subject,
  parameters: ReadonlyMap<string, string>,
  { query, body }: GatewayRequest,
): string[] {
  if (subject.in === 'query') return query.getAll(subject.name);
  const value = subject.in === 'path' ? parameters.get(subject.name) : isObject(body) ? body[subject.name] : undefined;
  if (value === undefined || value === null) return [];
  return [typeof value === 'string' || typeof value === 'number' ? String(value) : ''];
}

function projectOf(
  subjects: readonly Found[],
  asker: Asker,
  known: Known,
): (Decision & { value: 'refuse' | 'look-up' }) | { value: 'fine' } {
  const things = subjects
    .filter(({ is }) => is !== 'project')
    .map((subject) => ({ ...subject, thing: { kind: subject.is, id: subject.id } }));
  const named = subjects.filter(({ is }) => is === 'project').map(({ id }) => id);
  // What can be refused without a look-up is.
  const refused = refusedProject(named, asker);
  if (refused) return refused;
  const unknown = things.filter(({ thing }) => !known.has(thingKey(thing))).map(({ thing }) => thing);
  if (unknown.length > 0) return { value: 'look-up', things: unknown };
  for (const { thing, own } of things) {
    const where = known.get(thingKey(thing));
    if (!where) return refuse('foreign-project', `There is no such ${thing.kind} in your projects.`);
    named.push(where.projectId);
    const wrong = refusedProject(named, asker);
    if (wrong) return wrong;
    if (own && where.ownerId !== asker.toolUserId) return refuse('not-theirs', 'This is somebody else’s work.');
  }
  return { value: 'fine' };
}

function refusedProject(projectIds: readonly string[], { projects }: Asker): (Decision & { value: 'refuse' }) | null {
  const foreign = projectIds.find((id) => !projects.has(id));
  if (foreign !== undefined) return refuse('foreign-project', 'This is not one of your projects.', foreign);
  if (new Set(projectIds).size > 1) return refuse('foreign-project', 'The request is about two projects.');
  return null;
}

function cleanBody({ fields, refused = [] }: BodyRule, body: unknown): { body: unknown } | { wrong: string } {
  if (!isObject(body)) return { body: undefined };
  const denied = refused.find((name) => Object.hasOwn(body, name));
  if (denied !== undefined) return { wrong: `${denied} cannot be set.` };
  const cleaned: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(fields)) {
    if (!Object.hasOwn(body, name)) continue;
    const value = body[name];
    if (rule === 'any' || value === null) cleaned[name] = value;
    else if (typeof value !== 'number' || !(value >= rule.minimum))
      return { wrong: `${name} is not a possible number.` };
    else cleaned[name] = Math.min(value, rule.maximum);
  }
  return { body: cleaned };
}

function queryFor({ setQuery }: GatewayRule, sent: URLSearchParams, asker: Asker): URLSearchParams {
  const query = new URLSearchParams(sent);
  for (const [name, value] of Object.entries(setQuery?.(asker, sent) ?? {})) query.set(name, value);
  return query;
}
