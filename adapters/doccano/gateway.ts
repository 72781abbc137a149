/**
 * doccano's routes as a trainer may use them through the gateway: what its web interface asks for on a day of labelling, and nothing else.
 * doccano itself checks the membership of the project in the address, and not that the example in the address is in that project: here both
 * must be of one project. `docs/gateway.md` has the table of what passes; the crawl test keeps both true.
 */
import { z } from 'zod';
import type { BodyRule, GatewayRule, GatewayRules, Subject } from '../gateway.ts';
import * as answers from './gateway-answers.ts';

const project: Subject = { in: 'path', name: 'project', is: 'project' };
const example: Subject = { in: 'path', name: 'example', is: 'example' };
const exampleInQuery: Subject = { in: 'query', name: 'example', is: 'example' };
/** A label names its example in the body, too: it must not be moved to another project by that. */
const exampleInBody: Subject = { in: 'body', name: 'example', is: 'example', optional: true };
const comment: Subject = { in: 'path', name: 'comment', is: 'comment' };

/** The one page of the web interface, at all its addresses, and its files. */
const everybody: readonly GatewayRule[] = [
  ...['/', '/auth', '/projects', '/fr/*', '/de/*', '/zh/*', '/demo/*', '/static/*', '/favicon.ico'],
].map((path) => ({ methods: ['GET'], path, open: 'everybody' }));

const session: readonly GatewayRule[] = [
  {
    methods: ['POST'],
    path: '/v1/auth/login',
    open: 'trainer',
    body: { fields: { username: 'any', email: 'any', password: 'any' } },
  },
  { methods: ['POST'], path: '/v1/auth/logout', open: 'trainer', body: { fields: {} } },
  { methods: ['GET'], path: '/v1/me', open: 'trainer' },
  { methods: ['GET'], path: '/v1/social/links', open: 'trainer' },
];

const projects: readonly GatewayRule[] = [
  { methods: ['GET'], path: '/projects/:project', subjects: [project] },
  { methods: ['GET'], path: '/projects/:project/*', subjects: [project] },
  { methods: ['GET'], path: '/v1/projects', answer: answers.ownProjects },
  { methods: ['GET'], path: '/v1/projects/:project', subjects: [project], answer: answers.project },
  ...['my-role', 'tags', 'metrics/progress', 'category-types', 'span-types', 'relation-types'].map(
    (part): GatewayRule => ({ methods: ['GET'], path: `/v1/projects/:project/${part}`, subjects: [project] }),
  ),
  {
    ...{ methods: ['GET'], path: '/v1/projects/:project/examples', subjects: [project], answer: answers.examples },
    // doccano searches everybody's labels, also where trainers do not see each other's.
    wrong: (query) =>
      query.getAll('label').every((name) => name === '') ? null : 'Examples are not searched by label.',
  },
  {
    methods: ['GET'],
    path: '/v1/projects/:project/examples/:example',
    subjects: [project, example],
    answer: answers.example,
  },
  {
    methods: ['GET', 'POST'],
    path: '/v1/projects/:project/examples/:example/states',
    subjects: [project, example],
    body: { fields: {} },
  },
  // doccano gives pictures and sounds to everybody; their addresses hold 22 random characters.
  { methods: ['GET'], path: '/media/*', askedAhead: true },
];

/** A label's type must be of the same project: doccano takes that of any, and finds examples by its name. */
const typeIn = (name: string, kind: string): Subject => ({ in: 'body', name, is: kind, optional: true });
const categoryType = typeIn('label', 'category-type');

/** Kinds of labels: their part of the address, the fields of one, and what else in it must be of the project. */
const labelKinds: readonly { path: string; kind: string; fields: readonly string[]; type?: Subject }[] = [
  { path: 'categories', kind: 'category', fields: ['label'], type: categoryType },
  { path: 'spans', kind: 'span', fields: ['label', 'start_offset', 'end_offset'], type: typeIn('label', 'span-type') },
  { path: 'texts', kind: 'text', fields: ['text'] },
  {
    ...{ path: 'relations', kind: 'relation', fields: ['from_id', 'to_id', 'type'] },
    type: typeIn('type', 'relation-type'),
  },
  { path: 'bboxes', kind: 'box', fields: ['uuid', 'label', 'x', 'y', 'width', 'height'], type: categoryType },
  { path: 'segments', kind: 'segment', fields: ['uuid', 'label', 'points'], type: categoryType },
];

/** The two spans that a relation joins. */
const ends: readonly Subject[] = ['from_id', 'to_id'].map((name) => {
  return { in: 'body', name, is: 'span', optional: true };
});

/** The web interface sends `user` and `id` too, which doccano does not take from anybody: they are left out. */
function labelBody(fields: readonly string[]): BodyRule {
  const named = ['example', ...fields].map((name) => [name, 'any'] as const);
  return { fields: Object.fromEntries(named) };
}

/** Deleting all labels of an example at once is not there: where a project shares annotations it takes everybody's. */
const labels: readonly GatewayRule[] = labelKinds.flatMap(({ path, kind, fields, type }): GatewayRule[] => {
  const list = `/v1/projects/:project/examples/:example/${path}`;
  const inBody = [exampleInBody, ...(type ? [type] : []), ...(kind === 'relation' ? ends : [])];
  const own: Subject = { in: 'path', name: 'label', is: kind, own: true };
  return [
    { methods: ['GET'], path: list, subjects: [project, example] },
    { methods: ['POST'], path: list, subjects: [project, example, ...inBody], body: labelBody(fields) },
    { methods: ['GET', 'DELETE'], path: `${list}/:label`, subjects: [project, example, own] },
    {
      methods: ['PATCH', 'PUT'],
      path: `${list}/:label`,
      subjects: [project, example, own, ...inBody],
      body: labelBody(fields),
    },
  ];
});

const commentBody: BodyRule = { fields: { text: 'any' } };
const comments: readonly GatewayRule[] = [
  {
    methods: ['GET'],
    path: '/v1/projects/:project/comments',
    subjects: [project, exampleInQuery],
    answer: answers.comments,
  },
  {
    methods: ['POST'],
    path: '/v1/projects/:project/comments',
    subjects: [project, exampleInQuery],
    body: commentBody,
    answer: answers.comment,
  },
  {
    methods: ['PATCH', 'PUT'],
    path: '/v1/projects/:project/comments/:comment',
    subjects: [project, { ...comment, own: true }],
    body: commentBody,
    answer: answers.comment,
  },
  {
    methods: ['DELETE'],
    path: '/v1/projects/:project/comments/:comment',
    subjects: [project, { ...comment, own: true }],
  },
];

const accountSchema = z.object({ id: z.number() });

export const doccanoGateway: GatewayRules = {
  whoami: {
    cookies: ['sessionid'],
    headers: ['authorization'],
    path: '/v1/me',
    // doccano does not tell the e-mail address, and everybody can change their sign-in name.
    read: (answer) => {
      const { success, data } = accountSchema.safeParse(answer);
      return success ? { toolUserId: String(data.id), email: null } : null;
    },
    changedBy: ['/v1/auth/login', '/v1/auth/logout'],
  },
  rules: [...everybody, ...session, ...projects, ...labels, ...comments],
  keepsPlaces: false,
  closedToNobody: [],
  trustsForwardedProto: true,
  refusal: (_status, message) => ({ detail: message }),
  signInPath: '/auth',
  projectPath: (projectId) => `/projects/${encodeURIComponent(projectId)}`,
  addressRemedy: 'Does a proxy in front of doccano write its own address into pages?',
  description: null,
};
