/**
 * Label Studio's routes as a trainer may use them through the gateway: what its web interface asks for on a day of labelling, and
 * nothing else. `docs/gateway.md` has the table of what passes; the crawl test keeps both true.
 */
import { z } from 'zod';
import type { BodyRule, GatewayRule, GatewayRules, Subject } from '../gateway.ts';
import * as answers from './gateway-answers.ts';
import { rewrittenQuery, wrongFilters, wrongFiltersInQuery } from './gateway-filters.ts';
import { knownRoutes } from './gateway-routes.ts';

const projectInPath: Subject = { in: 'path', name: 'project', is: 'project' };
const projectInQuery: Subject = { in: 'query', name: 'project', is: 'project' };
const maybeProjectInQuery: Subject = { ...projectInQuery, optional: true };
const task: Subject = { in: 'path', name: 'task', is: 'task' };
const ownAnnotation: Subject = { in: 'path', name: 'annotation', is: 'annotation', own: true };
const ownDraft: Subject = { in: 'path', name: 'draft', is: 'draft', own: true };
/** A file of a storage, which Label Studio would read for whoever may see any task of the project. */
const fileOfTask: Subject = {
  ...{ in: 'query', name: 'fileuri', is: 'file', of: 'task' },
  pattern: /^([\w-]{1,4000}={0,2})$/,
};
const tab: Subject = { in: 'path', name: 'tab', is: 'tab' };

/** One annotation takes a day at most: more is a clock that runs wild. */
const leadTime = { minimum: 0, maximum: 86_400 };

const annotationBody: BodyRule = {
  fields: {
    ...{ result: 'any', was_cancelled: 'any', draft_id: 'any', lead_time: leadTime, started_at: 'any' },
    ...{ parent_prediction: 'any', parent_annotation: 'any', unique_id: 'any' },
  },
  refused: ['completed_by', 'updated_by', 'bulk_created', 'import_id', 'created_at'],
};
const draftBody: BodyRule = {
  fields: {
    result: 'any',
    lead_time: leadTime,
    draft_id: 'any',
    parent_prediction: 'any',
    parent_annotation: 'any',
    was_postponed: 'any',
  },
  refused: ['user', 'completed_by'],
};
const tabBody: BodyRule = {
  fields: { id: 'any', project: 'any', data: 'any', ordering: 'any', selected_items: 'any', filter_group: 'any' },
};
/** Wherever Label Studio looks for filters: in the address first, then in the body. */
const onlyOpenFilters: Pick<GatewayRule, 'wrong' | 'setQuery'> = {
  wrong: (query, body) => wrongFiltersInQuery(query) ?? wrongFilters(body),
  setQuery: (_asker, sent) => rewrittenQuery(sent),
};
/** The draft that becomes an annotation is checked like any other; 0 is none. */
const draftInBody: Subject = {
  ...{ in: 'body', name: 'draft_id', is: 'draft', own: true, optional: true },
  pattern: /^(?:0|([1-9]\d{0,11}))$/,
};
const projectInBody: Subject = { in: 'body', name: 'project', is: 'project' };

/** Files and answers that are the same for everybody. */
const everybody: readonly GatewayRule[] = [
  ...['/static/*', '/react-app/*', '/dm/*', '/label-studio-frontend/*', '/favicon.ico', '/sw.js', '/sw-fallback.js'],
  ...['/health', '/version', '/api/version'],
].map((path) => ({ methods: ['GET'], path, open: 'everybody' }));

/** Signing in and out, and what each page asks for. */
const session: readonly GatewayRule[] = [
  { methods: ['GET'], path: '/user/login', open: 'trainer' },
  { methods: ['POST'], path: '/user/login', open: 'trainer', body: 'form' },
  { methods: ['GET', 'POST'], path: '/logout', open: 'trainer' },
  { methods: ['GET'], path: '/api/current-user/whoami', open: 'trainer' },
  { methods: ['POST'], path: '/api/token/refresh', open: 'trainer', body: { fields: { refresh: 'any' } } },
  { methods: ['GET'], path: '/' },
  { methods: ['GET'], path: '/projects' },
  { methods: ['GET'], path: '/api/current-user/hotkeys' },
  { methods: ['PATCH'], path: '/api/current-user/hotkeys', body: { fields: { custom_hotkeys: 'any' } } },
  { methods: ['GET'], path: '/api/current-user/product-tour' },
  {
    methods: ['PATCH', 'PUT'],
    path: '/api/current-user/product-tour',
    body: { fields: { name: 'any', state: 'any', interaction_data: 'any' } },
  },
  { methods: ['GET'], path: '/heidi-tips' },
  { methods: ['GET'], path: '/__lsa' },
  { methods: ['GET'], path: '/api/session-policy' },
  { methods: ['GET'], path: '/api/users', answer: answers.onlyAsker },
  { methods: ['GET'], path: '/api/organizations', answer: answers.organization },
  { methods: ['GET'], path: '/api/organizations/:organization', answer: answers.organization },
];

const onlyTheirs: Pick<GatewayRule, 'setQuery' | 'answer'> = {
  setQuery: ({ projects }, sent) => {
    const asked = (sent.get('ids') ?? '').split(',').filter((id) => id !== '');
    const ids = [...projects].filter((id) => asked.length === 0 || asked.includes(id));
    // No project has the number 0: without any the tool would list all.
    return { ids: ids.join(',') || '0' };
  },
  answer: answers.ownProjects,
};

const projects: readonly GatewayRule[] = [
  { methods: ['GET'], path: '/api/projects', ...onlyTheirs },
  { methods: ['GET'], path: '/api/projects/counts', ...onlyTheirs },
  { methods: ['GET'], path: '/api/projects/:project', subjects: [projectInPath], answer: answers.project },
  { methods: ['GET'], path: '/projects/:project', subjects: [projectInPath] },
  { methods: ['GET'], path: '/projects/:project/data', subjects: [projectInPath, { ...tabInQuery(), optional: true }] },
  {
    ...{ methods: ['GET'], path: '/api/projects/:project/next', subjects: [projectInPath], answer: answers.ownTask },
    ...onlyOpenFilters,
  },
  { methods: ['GET'], path: '/api/projects/:project/label-stream-history', subjects: [projectInPath] },
  { methods: ['GET'], path: '/api/projects/:project/summary', subjects: [projectInPath], answer: answers.summary },
  { methods: ['GET'], path: '/api/projects/:project/annotators', subjects: [projectInPath], answer: answers.onlyAsker },
  { methods: ['GET'], path: '/data/upload/:project/*', subjects: [projectInPath], askedAhead: true },
  {
    ...{ methods: ['GET'], path: '/storage-data/uploaded', askedAhead: true },
    subjects: [{ in: 'query', name: 'filepath', is: 'project', pattern: /^upload\/([1-9]\d{0,11})\/[^/]+$/ }],
  },
];

function tabInQuery(): Subject {
  return { in: 'query', name: 'tab', is: 'tab' };
}

const view: Subject = { in: 'query', name: 'view', is: 'tab', optional: true };

const dataManager: readonly GatewayRule[] = [
  { methods: ['GET'], path: '/api/dm/project', subjects: [projectInQuery], answer: answers.project },
  { methods: ['GET'], path: '/api/dm/columns', subjects: [projectInQuery] },
  { methods: ['GET'], path: '/api/dm/views', subjects: [projectInQuery] },
  {
    methods: ['POST'],
    path: '/api/dm/views',
    subjects: [maybeProjectInQuery, projectInBody],
    body: tabBody,
    ...onlyOpenFilters,
  },
  { methods: ['GET'], path: '/api/dm/views/:tab', subjects: [tab, maybeProjectInQuery] },
  {
    methods: ['PATCH', 'PUT'],
    path: '/api/dm/views/:tab',
    subjects: [tab, maybeProjectInQuery, { ...projectInBody, optional: true }],
    body: tabBody,
    ...onlyOpenFilters,
  },
  { methods: ['DELETE'], path: '/api/dm/views/:tab', subjects: [{ ...tab, own: true }, maybeProjectInQuery] },
  { methods: ['GET'], path: '/api/dm/actions', subjects: [projectInQuery], answer: answers.nothing },
  {
    methods: ['POST'],
    path: '/api/dm/actions',
    query: { id: ['next_task'] },
    subjects: [projectInQuery, view, { ...projectInBody, optional: true }],
    body: { fields: { project: 'any', filters: 'any', ordering: 'any', selectedItems: 'any' } },
    ...onlyOpenFilters,
    answer: answers.ownTask,
  },
  { methods: ['GET'], path: '/api/label_links', subjects: [projectInQuery] },
  { methods: ['GET'], path: '/api/ml', subjects: [projectInQuery], answer: answers.modelBackends },
  {
    methods: ['POST'],
    path: '/api/ml/:backend/interactive-annotating',
    subjects: [
      { in: 'path', name: 'backend', is: 'backend' },
      { in: 'body', name: 'task', is: 'task' },
    ],
    body: { fields: { task: 'any', context: 'any' } },
  },
  {
    ...{ methods: ['GET'], path: '/api/tasks', subjects: [projectInQuery, view], answer: answers.ownTasks },
    ...onlyOpenFilters,
  },
];

const work: readonly GatewayRule[] = [
  { methods: ['GET'], path: '/api/tasks/:task', subjects: [task, maybeProjectInQuery], answer: answers.ownTask },
  { methods: ['GET'], path: '/tasks/:task/resolve', subjects: [task, fileOfTask] },
  { methods: ['GET'], path: '/tasks/:task/presign', subjects: [task, fileOfTask] },
  { methods: ['GET'], path: '/api/tasks/:task/annotations', subjects: [task], answer: answers.ownAnnotations },
  {
    methods: ['POST'],
    path: '/api/tasks/:task/annotations',
    subjects: [task, maybeProjectInQuery, draftInBody],
    body: annotationBody,
  },
  { methods: ['GET'], path: '/api/tasks/:task/drafts', subjects: [task], answer: answers.ownDrafts },
  { methods: ['POST'], path: '/api/tasks/:task/drafts', subjects: [task, maybeProjectInQuery], body: draftBody },
  {
    methods: ['POST'],
    path: '/api/tasks/:task/annotations/:annotation/drafts',
    subjects: [task, ownAnnotation, maybeProjectInQuery],
    body: draftBody,
  },
  { methods: ['GET'], path: '/api/annotations/:annotation', subjects: [ownAnnotation] },
  {
    methods: ['PATCH', 'PUT'],
    path: '/api/annotations/:annotation',
    subjects: [ownAnnotation, maybeProjectInQuery, draftInBody],
    body: annotationBody,
  },
  { methods: ['DELETE'], path: '/api/annotations/:annotation', subjects: [ownAnnotation, maybeProjectInQuery] },
  {
    methods: ['POST'],
    path: '/api/annotations/:annotation/convert-to-draft',
    subjects: [ownAnnotation, maybeProjectInQuery],
    body: { fields: {} },
  },
  { methods: ['GET'], path: '/api/drafts/:draft', subjects: [ownDraft] },
  { methods: ['PATCH', 'PUT'], path: '/api/drafts/:draft', subjects: [ownDraft, maybeProjectInQuery], body: draftBody },
  { methods: ['DELETE'], path: '/api/drafts/:draft', subjects: [ownDraft, maybeProjectInQuery] },
];

const accountSchema = z.object({ id: z.number(), email: z.string() });

export const labelStudioGateway: GatewayRules = {
  whoami: {
    cookies: ['sessionid'],
    headers: ['authorization', 'x-api-key'],
    path: '/api/current-user/whoami',
    read: (answer) => {
      const { success, data } = accountSchema.safeParse(answer);
      return success ? { toolUserId: String(data.id), email: data.email.toLowerCase() } : null;
    },
    changedBy: ['/user/login', '/user/signup', '/logout', '/api-auth/login', '/api-auth/logout'],
  },
  rules: [...everybody, ...session, ...projects, ...dataManager, ...work],
  keepsPlaces: true,
  closedToNobody: ['/user/signup'],
  trustsForwardedProto: false,
  refusal: (status, message) => ({ id: 'gateway', status_code: status, version: '', detail: message, exc_info: null }),
  signInPath: '/user/login/',
  projectPath: (projectId) => `/projects/${encodeURIComponent(projectId)}/data`,
  addressRemedy: 'Take LABEL_STUDIO_HOST away, or set it to GATEWAY_PUBLIC_URL, and start Label Studio again.',
  description: { path: '/docs/api/schema/json/', knownRoutes },
};
