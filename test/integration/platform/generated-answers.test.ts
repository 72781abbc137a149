import { createServer, type Server } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import { pino } from 'pino';
import { OpenTrainClient } from '../../../plugin/platform/client.ts';
import type { Drift } from '../../../plugin/platform/drift.ts';
import { AnswerUnreadable, OpenTrainRefused, OpenTrainUnavailable } from '../../../plugin/platform/errors.ts';
import { type DocumentedEndpoint, documentedEndpoints, documentedObjects } from '../../support/contract-table.ts';
import { listen } from '../../support/http-server.ts';

const CASES = 10_000;
/** Calls of one client in a row: it sends 50 in a second at most. */
const AT_ONCE = 40;

type Element = Record<string, unknown>;

interface Case {
  endpoint: DocumentedEndpoint;
  status: number;
  type: string;
  body: string;
  /** How many objects can be read in a 2xx; null: the answer as a whole is wrong. */
  readable: number | null;
}

function elementOf(name: string): fc.Arbitrary<{ element: Element; readable: boolean }> {
  const fields = documentedObjects[name] ?? [];
  const values = fields.map(({ name: field, values: examples, nullable, dispensable }) => [
    field,
    fc.constantFrom<unknown>(...examples, ...(nullable ? [null] : []), ...(dispensable ? [undefined, null] : [])),
  ]);
  const right = fc.record<Element>({ ...Object.fromEntries(values), aNewField: fc.jsonValue() });
  const spoil = fc.option(fc.tuple(fc.constantFrom(...fields), fc.constantFrom<unknown>(null, 7, {}, [], 'odd', true)));
  return fc.tuple(right, spoil).map(([element, spoilt]) => {
    if (spoilt === null) return { element, readable: true };
    const [
      {
        name: field,
        shown,
        dispensable,
        closed,
        values: [example],
      },
      value,
    ] = spoilt;
    const fits = value === null ? dispensable === true : typeof value === typeof example && !closed;
    const odd = { ...element, [field]: value };
    // What merely looks right, as a list in place of an object, is for the unit tests.
    if (!shown && value !== null && typeof value === 'object' && typeof example === 'object')
      return { element, readable: true };
    return { element: odd, readable: fits || shown === true };
  });
}

const answers = fc.constantFrom(...documentedEndpoints).chain((endpoint): fc.Arbitrary<Case> => {
  const { field, object, others = {} } = endpoint.answer;
  const json = 'application/json';
  const name = object?.replace('[]', '') ?? null;
  const elements =
    name === null ? fc.constant([]) : fc.array(elementOf(name), { maxLength: 5, minLength: object === name ? 1 : 0 });
  const conforming = elements.map((list): Case => {
    const given = list.map(({ element }) => element);
    const inside = object === name ? given[0] : given;
    const body = field === '' ? { ...inside } : { ...others, ...(name === null ? {} : { [field]: inside }) };
    const counted = object === name ? list.slice(0, 1) : list;
    return {
      endpoint,
      status: 200,
      type: json,
      body: JSON.stringify(body),
      readable: counted.filter(({ readable }) => readable).length,
    };
  });
  const whole = fc
    .tuple(fc.constantFrom(200, 201), fc.jsonValue())
    .map(([status, body]): Case => ({ endpoint, status, type: json, body: JSON.stringify(body), readable: null }));
  const envelope = fc.record(
    {
      error: fc.oneof(fc.string(), fc.jsonValue()),
      code: fc.oneof(fc.string(), fc.jsonValue()),
      requestId: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const refusal = fc
    .tuple(fc.constantFrom(301, 400, 401, 403, 404, 409, 418, 429, 500, 503), envelope)
    .map(([status, body]): Case => ({ endpoint, status, type: json, body: JSON.stringify(body), readable: null }));
  const page = fc
    .tuple(fc.constantFrom(200, 302, 403, 404, 502), fc.constantFrom('text/html', json, 'text/plain'))
    .map(([status, type]): Case => ({ endpoint, status, type, body: '<html>Sign in', readable: null }));
  return fc.oneof({ weight: 6, arbitrary: conforming }, whole, refusal, page);
});

/** Calls the operation; the objects that were read. */
async function call(client: OpenTrainClient, { method, path }: DocumentedEndpoint): Promise<unknown[]> {
  const given = (value: unknown) => (value === null ? [] : [value]);
  switch (`${method} ${path}`) {
    case 'GET /installs/current':
      return given(await client.currentInstall());
    case 'POST /project-links':
      return [await client.createProjectLink({ externalProjectId: '1' })];
    case 'GET /project-links':
      return (await client.projectLinks()).value;
    case 'GET /project-links/{id}':
      return given(await client.projectLink('x'));
    case 'DELETE /project-links/{id}':
      return (await client.deleteProjectLink('x')) ?? [];
    case 'GET /contracts':
      return (await client.contracts({})).value;
    case 'GET /contracts/{id}/participants':
      return (await client.participants('x')).value;
    case 'GET /contracts/{id}/budget':
      return given(await client.budget('x'));
    case 'POST /contracts/{id}/usage':
      return given((await client.submitUsage('x', [{ workDate: '2031-05-20' }])).budget);
    case 'POST /webhook-endpoints':
      return [(await client.createWebhookEndpoint('https://example.com', ['contract.started'])).endpoint];
    case 'GET /webhook-endpoints':
      return (await client.webhookEndpoints()).value;
    case 'PATCH /webhook-endpoints/{id}':
      return given(await client.updateWebhookEndpoint('x', {}));
    case 'DELETE /webhook-endpoints/{id}':
      return (await client.deleteWebhookEndpoint('x')) ?? [];
    case 'POST /webhook-endpoints/{id}/redeliver':
      return (await client.redeliver('x')) >= 0 ? [] : [];
    default:
      throw new Error(`nothing calls ${method} ${path}`);
  }
}

describe('the client against generated answers', () => {
  let server: Server;
  let origin: string;
  let cases: Case[];
  before(async () => {
    server = createServer((request, response) => {
      request.resume();
      const { status, type, body } = cases[Number(request.url?.split('/')[1])] ?? {
        status: 599,
        type: 'text/plain',
        body: '',
      };
      response.writeHead(status, { 'Content-Type': type }).end(body);
    });
    origin = await listen(server);
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function check(given: Case, index: number): Promise<void> {
    const drifts: Drift[] = [];
    const client = new OpenTrainClient({
      baseUrl: `${origin}/${index}`,
      token: async () => 'ot_ptk_x',
      log: pino({ level: 'silent' }),
      wait: async () => undefined,
      onDrift: (drift) => drifts.push(drift),
    });
    const story = `case ${index}: ${JSON.stringify(given)}`;
    const result = await call(client, given.endpoint).catch((error: unknown) => error);
    const isKnown = [AnswerUnreadable, OpenTrainRefused, OpenTrainUnavailable].some((kind) => result instanceof kind);
    if (result instanceof Error) expect(isKnown, `${story} threw ${result.stack}`).to.equal(true);
    if (given.readable === null) return;
    // What was made and cannot be read is an error: nobody knows its id.
    if (given.readable === 0 && result instanceof AnswerUnreadable) return;
    expect(result, story).to.be.an('array').with.length(given.readable);
  }

  it('throws nothing but its own errors and loses no readable object, in 10,000 cases', async () => {
    const seed = Number(process.env.PROPERTY_SEED ?? 1);
    cases = fc.sample(answers, { numRuns: CASES, seed });
    for (let start = 0; start < CASES; start += AT_ONCE) {
      await Promise.all(cases.slice(start, start + AT_ONCE).map((given, offset) => check(given, start + offset)));
    }
  }).timeout(240_000);
});
