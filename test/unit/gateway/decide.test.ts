import { expect } from 'chai';
import fc from 'fast-check';
import type { Asker, GatewayRule, Whereabouts } from '../../../adapters/gateway.ts';
import { type Decision, decide, type GatewayRequest } from '../../../plugin/gateway/decide.ts';

const project = { in: 'path', name: 'project', is: 'project' } as const;
const rules: readonly GatewayRule[] = [
  { methods: ['GET'], path: '/sign-out', open: 'trainer' },
  { methods: ['GET'], path: '/projects/:project', subjects: [project] },
  { methods: ['GET'], path: '/files/:project/*', subjects: [project] },
  { methods: ['GET'], path: '/list', setQuery: ({ projects }) => ({ ids: [...projects].join(',') }) },
  {
    methods: ['GET'],
    path: '/tasks',
    subjects: [
      { in: 'query', name: 'project', is: 'project' },
      { in: 'query', name: 'view', is: 'tab', optional: true },
    ],
  },
  { methods: ['GET'], path: '/tasks/:task', subjects: [{ in: 'path', name: 'task', is: 'task' }] },
  {
    methods: ['PATCH'],
    path: '/labels/:label',
    subjects: [{ in: 'path', name: 'label', is: 'label', own: true }],
    body: { fields: { result: 'any', seconds: { minimum: 0, maximum: 100 } }, refused: ['author'] },
  },
  {
    methods: ['POST'],
    path: '/drafts',
    subjects: [{ in: 'body', name: 'draft', is: 'label', own: true, optional: true, pattern: /^(?:0|([1-9]\d*))$/ }],
    body: { fields: { draft: 'any' } },
  },
  { methods: ['POST'], path: '/actions', query: { id: ['next'] } },
  { methods: ['GET'], path: '/search', wrong: (query) => (query.has('others') ? 'Not by others.' : null) },
  {
    methods: ['GET'],
    path: '/tasks/:task/file',
    subjects: [
      { in: 'path', name: 'task', is: 'task' },
      { in: 'query', name: 'file', is: 'file', of: 'task', pattern: /^([a-z]+)$/ },
    ],
  },
];

const ann: Asker = { toolUserId: '7', projects: new Set(['1', '2']) };
const known = new Map<string, Whereabouts | null>([
  ['task 10', { projectId: '1', ownerId: null }],
  ['task 30', { projectId: '3', ownerId: null }],
  ['task 99', null],
  ['tab 5', { projectId: '1', ownerId: null }],
  ['tab 6', { projectId: '2', ownerId: null }],
  ['file 10 ours', { projectId: '1', ownerId: null }],
  ['file 10 theirs', null],
  ['file 30 theirs', { projectId: '3', ownerId: null }],
  ['label 1', { projectId: '1', ownerId: '7' }],
  ['label 2', { projectId: '1', ownerId: '8' }],
  ['label 3', { projectId: '3', ownerId: '7' }],
]);

function ask(line: string, given: { body?: unknown; asker?: Asker } = {}): Decision {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', search = ''] = target.split('?');
  const request: GatewayRequest = { method, path, query: new URLSearchParams(search), hasBody: 'body' in given };
  if ('body' in given) request.body = given.body;
  return decide({ rules }, request, given.asker ?? ann, known);
}

function short(decision: Decision): string {
  return decision.value === 'refuse' ? decision.reason : decision.value;
}

const table: readonly [line: string, decision: string][] = [
  ['GET /projects/1', 'pass'],
  ['HEAD /projects/1', 'pass'],
  ['GET /projects/1/', 'pass'],
  ['GET /projects/3', 'foreign-project'],
  ['GET /projects/01', 'not-allowed'],
  ['GET /projects/1.json', 'not-allowed'],
  ['DELETE /projects/1', 'unknown-route'],
  ['OPTIONS /projects/1', 'unknown-route'],
  ['GET /export', 'unknown-route'],
  ['GET /files/1/a/b.png', 'pass'],
  ['GET /files/3/a.png', 'foreign-project'],
  ['GET /files/1', 'unknown-route'],
  ['GET /files/1/../3/a.png', 'malformed'],
  ['GET /files/1/%2e%2e/3/a.png', 'malformed'],
  ['GET /files/1/..%2f3', 'malformed'],
  ['GET //projects/1', 'malformed'],
  ['GET /projects/%31', 'pass'],
  ['GET /projects/%E0', 'malformed'],
  ['GET /tasks?project=1', 'pass'],
  ['GET /tasks?project=3', 'foreign-project'],
  ['GET /tasks?project=1&project=3', 'not-allowed'],
  ['GET /tasks?project=%201', 'not-allowed'],
  ['GET /tasks', 'not-allowed'],
  ['GET /tasks?project=1&view=5', 'pass'],
  ['GET /tasks?project=1&view=6', 'foreign-project'],
  ['GET /tasks?project=1&view=8', 'look-up'],
  ['GET /tasks/10', 'pass'],
  ['GET /tasks/30', 'foreign-project'],
  ['GET /tasks/99', 'foreign-project'],
  ['GET /tasks/11', 'look-up'],
  ['GET /search?mine=1', 'pass'],
  ['GET /search?others=1', 'not-allowed'],
  ['GET /tasks/10/file?file=ours', 'pass'],
  ['GET /tasks/10/file?file=theirs', 'foreign-project'],
  ['GET /tasks/10/file?file=another', 'look-up'],
  ['GET /tasks/10/file?file=10+ours', 'not-allowed'],
  ['GET /tasks/10/file?file=ours&file=theirs', 'not-allowed'],
  ['GET /tasks/10/file', 'not-allowed'],
  ['GET /tasks/30/file?file=theirs', 'foreign-project'],
  ['POST /actions?id=next', 'pass'],
  ['POST /actions?id=delete', 'not-allowed'],
  ['POST /actions?id=next&id=delete', 'not-allowed'],
  ['POST /actions', 'not-allowed'],
];

describe('what a trainer may ask of the tool', () => {
  for (const [line, expected] of table) {
    it(`${line}: ${expected}`, () => expect(short(ask(line))).to.equal(expected));
  }

  it('refuses a body where the rule has none', () => {
    expect(short(ask('GET /projects/1', { body: {} }))).to.equal('not-allowed');
  });

  it('lets nobody without a project do more than the open routes', () => {
    const asker = { toolUserId: '7', projects: new Set<string>() };
    expect(short(ask('GET /sign-out', { asker }))).to.equal('pass');
    expect(short(ask('GET /list', { asker }))).to.equal('no-access');
    expect(short(ask('GET /projects/1', { asker }))).to.equal('no-access');
  });

  it('sets the query parameters that the rule sets, whatever was sent', () => {
    const decision = ask('GET /list?ids=3&ids=4&page=2');
    expect(decision.value === 'pass' && decision.query.toString()).to.equal('ids=1%2C2&page=2');
  });

  describe('a body', () => {
    const body = (sent: unknown): Decision => ask('PATCH /labels/1', { body: sent });

    it('is read before the decision', () => {
      const request = { method: 'PATCH', path: '/labels/1', query: new URLSearchParams(), hasBody: true };
      expect(decide({ rules }, request, ann, known).value).to.equal('read-body');
    });

    it('keeps the fields that the rule names and no others', () => {
      const decision = body({ result: [1], seconds: 5, project: 3 });
      expect(decision.value === 'pass' && decision.body).to.deep.equal({ result: [1], seconds: 5 });
    });

    it('is refused with a field that the rule refuses', () => {
      expect(short(body({ result: [], author: 8 }))).to.equal('not-allowed');
    });

    it('has numbers within their bounds: too much is lowered, what is none is refused', () => {
      const lowered = body({ seconds: 1e308 });
      expect(lowered.value === 'pass' && lowered.body).to.deep.equal({ seconds: 100 });
      for (const seconds of [-1, 'nan', '5', true, [5], Number.NaN]) {
        expect(short(body({ seconds })), String(seconds)).to.equal('not-allowed');
      }
      expect(short(body({ seconds: null }))).to.equal('pass');
    });

    it('is refused when it is no object', () => {
      for (const sent of [[], 'text', 5, null]) expect(short(body(sent)), JSON.stringify(sent)).to.equal('not-allowed');
    });

    it('may name a thing, which is checked like one in the path; what stands for none is left alone', () => {
      expect(short(ask('POST /drafts', { body: { draft: 1 } }))).to.equal('pass');
      expect(short(ask('POST /drafts', { body: { draft: 0 } }))).to.equal('pass');
      expect(short(ask('POST /drafts', { body: {} }))).to.equal('pass');
      expect(short(ask('POST /drafts', { body: { draft: 2 } }))).to.equal('not-theirs');
      expect(short(ask('POST /drafts', { body: { draft: 3 } }))).to.equal('foreign-project');
      expect(short(ask('POST /drafts', { body: { draft: [1] } }))).to.equal('not-allowed');
    });
  });

  it('refuses changes of others’ work in their own project', () => {
    expect(short(ask('PATCH /labels/2', { body: {} }))).to.equal('not-theirs');
    expect(short(ask('PATCH /labels/3', { body: {} }))).to.equal('foreign-project');
  });

  it('never passes a request that names a foreign project, whatever else it holds', () => {
    const segment = fc.oneof(
      fc.constantFrom('projects', 'files', 'tasks', '1', '3', '10', '30', '..', '%2e', ''),
      fc.string(),
    );
    const pair = fc.tuple(
      fc.constantFrom('project', 'view', 'id', 'ids', 'x'),
      fc.constantFrom('1', '3', '5', '6', '01', ''),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), fc.array(pair, { maxLength: 4 }), (segments, pairs) => {
        const request = {
          method: 'GET',
          path: `/${segments.join('/')}`,
          query: new URLSearchParams(pairs),
          hasBody: false,
        };
        const decision = decide({ rules }, request, ann, known);
        if (decision.value !== 'pass') return;
        const { path, query, rule } = decision;
        const named = [
          ...(rule.path.startsWith('/projects') || rule.path.startsWith('/files') ? [path.segments[1]] : []),
          ...(rule.path === '/tasks' ? query.getAll('project') : []),
        ];
        for (const id of named) expect(ann.projects.has(id ?? '')).to.equal(true);
        expect(path.segments.some((part) => part === '' || part === '.' || part === '..')).to.equal(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('never passes to somebody without projects what is not open', () => {
    const asker = { toolUserId: '7', projects: new Set<string>() };
    const method = fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE', 'HEAD');
    const path = fc.constantFrom('/sign-out', '/projects/1', '/list', '/tasks', '/tasks/10', '/labels/1', '/actions');
    fc.assert(
      fc.property(method, path, (given, where) => {
        const request = { method: given, path: where, query: new URLSearchParams('id=next&project=1'), hasBody: false };
        const decision = decide({ rules }, request, asker, known);
        expect(decision.value === 'pass').to.equal(where === '/sign-out' && ['GET', 'HEAD'].includes(given));
      }),
    );
  });
});
