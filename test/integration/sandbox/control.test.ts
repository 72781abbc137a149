import { expect } from 'chai';
import { operations } from '../../../plugin/dev/sandbox/api.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

interface ControlAnswer {
  error: string;
  result: { id: string; opentrainUserId: string };
}

interface Described {
  $ref: string;
  required: string[];
  properties: Record<string, Described>;
  items: Described;
}

interface OperationDescription {
  responses: Record<string, { content: Record<string, { schema: Described }> }>;
  requestBody: { content: Record<string, { schema: Described }> };
}

interface Specification {
  openapi: string;
  servers: unknown[];
  paths: Record<string, Record<string, OperationDescription>>;
  components: { schemas: Record<string, Described> };
}

describe('Control of the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
  });
  afterEach(() => world.close());

  const post = async (name: string, body: unknown = {}, headers: Record<string, string> = {}) => {
    const response = await fetch(`${world.sandbox.origin}/sandbox/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as ControlAnswer };
  };
  const submit = (name: string, fields: Record<string, string>) =>
    fetch(`${world.sandbox.origin}/sandbox/${name}`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams(fields),
    });

  it('plays a whole contract over HTTP', async () => {
    const job = await post('create-job', { title: 'Cats', paymentType: 'PAY_PER_LABEL', fundedVolume: 10 });
    const trainer = await post('create-trainer', { displayName: 'Grace H.', workEmail: 'grace@opentrain.work' });
    await world.call('POST', '/project-links', { externalProjectId: '1', jobId: job.body.result.id });
    const { body } = await post('hire', { jobId: job.body.result.id, trainerId: trainer.body.result.opentrainUserId });
    const contractId = body.result.id;
    await post('fund-milestone', { contractId, volume: 5, amountUsd: 20 });
    await post('end-contract', { contractId, endDate: '2031-05-22' });
    const listed = await world.call('GET', '/contracts');
    expect(listed.body.contracts[0]).to.include({ id: contractId, status: 'ended', endDate: '2031-05-22' });
    expect((await world.call('GET', `/contracts/${contractId}/budget`)).body.fundedVolume).to.equal(15);
    const state = (await (await fetch(`${world.sandbox.origin}/sandbox/state`)).json()) as {
      contracts: { id: string }[];
    };
    expect(state.contracts[0]?.id).to.equal(contractId);
  });

  it('takes forms too: text becomes numbers, blank fields are left out, and the page comes back', async () => {
    const made = await submit('create-job', { title: 'Dogs', fundedVolume: '2.5', fundedAmountUsd: '' });
    expect([made.status, made.headers.get('location')]).to.deep.equal([303, '/sandbox']);
    const [job] = [...world.sandbox.state.jobs.values()];
    expect(job).to.include({ title: 'Dogs', fundedVolume: 2.5, fundedAmountUsd: 0 });
    await submit('set-consent', {});
    await submit('set-scopes', { scopes: 'contracts:read' });
    const { body } = await world.call('GET', '/installs/current');
    expect(body.install).to.deep.include({ piiConsent: false, scopes: ['contracts:read'] });
    const refused = await submit('create-job', { title: '' });
    expect([refused.status, refused.headers.get('content-type')]).to.deep.equal([400, 'text/html; charset=utf-8']);
  });

  it('says what was wrong with a call', async () => {
    expect((await post('hire', { jobId: 'job_unknown', trainerId: 'usr_unknown' })).body.error).to.include(
      'job_unknown',
    );
    expect((await post('hire', {})).status).to.equal(400);
    expect((await post('no-such-call')).status).to.equal(404);
    const { contractId } = await world.hired();
    await post('end-contract', { contractId });
    expect((await post('end-contract', { contractId })).status).to.equal(409);
  });

  it('refuses what another site could send through the browser', async () => {
    const forged = await post('revoke-install', {}, { origin: 'https://attacker.example' });
    expect(forged.status).to.equal(403);
    expect((await world.call('GET', '/installs/current')).status).to.equal(200);
    const own = await post('revoke-install', {}, { origin: world.sandbox.origin });
    expect(own.status).to.equal(200);
  });

  it('never shows secrets or tokens in its state', async () => {
    const { secret } = await world.subscribe('contract.started');
    const text = await (await fetch(`${world.sandbox.origin}/sandbox/state`)).text();
    const html = await (await fetch(`${world.sandbox.origin}/sandbox`)).text();
    for (const hidden of [secret, world.sandbox.partnerToken]) {
      expect(text).not.to.include(hidden);
      expect(html).not.to.include(hidden);
    }
    expect(text).to.include(world.receiver.url);
  });

  it('makes requests fail as told, for as many times as told', async () => {
    const { control } = world.sandbox;
    control.failRequests({ method: 'GET', path: '/contracts', status: 429, times: 2, retryAfter: 7 });
    const answers = [];
    for (const path of ['/project-links', '/contracts', '/contracts', '/contracts']) {
      answers.push(await world.call('GET', path));
    }
    expect(answers.map((answer) => answer.status)).to.deep.equal([200, 429, 429, 200]);
    expect(answers[1]?.headers.get('retry-after')).to.equal('7');
    expect(answers[1]?.body).to.include({ code: 'RATE_LIMITED' });
    control.failRequests({ status: 503, times: 5 });
    control.clearFaults();
    expect((await world.call('GET', '/contracts')).status).to.equal(200);
  });

  it('can cut connections, and can lose only the answer while the request takes effect', async () => {
    const { control } = world.sandbox;
    control.failRequests({ status: 'reset' });
    const cut = await world.call('GET', '/contracts').then(
      () => 'answered',
      () => 'cut',
    );
    expect(cut).to.equal('cut');
    control.failRequests({ method: 'POST', path: '/project-links', status: 500, processed: true });
    expect((await world.call('POST', '/project-links', { externalProjectId: '9' })).status).to.equal(500);
    expect((await world.call('POST', '/project-links', { externalProjectId: '9' })).status).to.equal(409);
  });

  it('delays requests', async () => {
    world.sandbox.control.delayRequests({ path: '/contracts', milliseconds: 120 });
    const began = performance.now();
    await world.call('GET', '/contracts');
    expect(performance.now() - began).to.be.at.least(110);
  });

  it('keeps a log of requests to count them by', async () => {
    const { contractId } = await world.hired();
    world.sandbox.control.clearRequestLog();
    await world.call('GET', '/contracts?limit=5');
    await world.call('GET', `/contracts/${contractId}/budget`);
    await world.call('POST', `/contracts/${contractId}/usage`, { entries: [] });
    const { control } = world.sandbox;
    expect(control.requestLog().map(({ method, path, status }) => `${method} ${path} ${status}`)).to.deep.equal([
      'GET /contracts 200',
      `GET /contracts/${contractId}/budget 200`,
      `POST /contracts/${contractId}/usage 400`,
    ]);
    expect(control.countRequests({ method: 'post', path: '/usage' })).to.equal(1);
    expect(control.countRequests({ path: /^\/contracts$/ })).to.equal(1);
    expect(control.countRequests({ path: '/contracts', status: 200 })).to.equal(2);
  });
});

describe('The served specification', () => {
  let world: SandboxWorld;
  before(async () => {
    world = await startSandboxWorld();
  });
  after(() => world.close());

  const read = async (address: string) => (await (await fetch(address)).json()) as Specification;

  it('is there without a token, at the base URL and at the root', async () => {
    const document = await read(`${world.sandbox.baseUrl}/openapi.json`);
    expect(document.openapi).to.match(/^3\.1\./);
    expect(document.servers).to.deep.equal([{ url: world.sandbox.baseUrl }]);
    expect(await read(`${world.sandbox.origin}/openapi.json`)).to.deep.equal(document);
  });

  it('names exactly the operations of the contract, and each of them answers', async () => {
    const document = await read(`${world.sandbox.baseUrl}/openapi.json`);
    const named = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(named.sort()).to.deep.equal(
      [
        'GET /installs/current',
        'POST /project-links',
        'GET /project-links',
        'GET /project-links/{linkId}',
        'DELETE /project-links/{linkId}',
        'GET /contracts',
        'GET /contracts/{contractId}/participants',
        'GET /contracts/{contractId}/budget',
        'POST /contracts/{contractId}/usage',
        'POST /webhook-endpoints',
        'GET /webhook-endpoints',
        'GET /webhook-endpoints/{endpointId}',
        'PATCH /webhook-endpoints/{endpointId}',
        'DELETE /webhook-endpoints/{endpointId}',
        'POST /webhook-endpoints/{endpointId}/redeliver',
      ].sort(),
    );
    for (const operation of named) {
      const [method = '', path = ''] = operation.split(' ');
      // A route that is not there would be a 404 before the token is looked at.
      const answer = await world.call(method, path.replace(/\{\w+\}/, 'x'), method === 'GET' ? undefined : {}, 'wrong');
      expect(answer.status, operation).to.equal(401);
    }
  });

  it('describes answers that are the ones given, field by field', async () => {
    const document = await read(`${world.sandbox.baseUrl}/openapi.json`);
    const { contractId } = await world.hired(5);
    const { body } = await world.call('GET', `/contracts/${contractId}/budget`);
    const json = 'application/json';
    const answer = document.paths['/contracts/{contractId}/budget']?.get?.responses['200']?.content[json]?.schema;
    expect(answer?.$ref).to.equal('#/components/schemas/Budget');
    const fields = (name: string) => Object.keys(document.components.schemas[name]?.properties ?? {}).sort();
    expect(Object.keys(body).sort()).to.deep.equal(fields('Budget'));
    const [contract] = (await world.call('GET', '/contracts')).body.contracts;
    expect(Object.keys(contract ?? {}).sort()).to.deep.equal(fields('Contract'));
    const [participant] = (await world.call('GET', `/contracts/${contractId}/participants`)).body.participants;
    expect(Object.keys(participant ?? {}).sort()).to.deep.equal(fields('Participant'));
    expect(document.components.schemas.Participant?.required).not.to.include('workEmail');
    expect(document.components.schemas.Error?.required).to.have.members(['error', 'code', 'requestId']);
    const usage = document.paths['/contracts/{contractId}/usage']?.post?.requestBody.content[json]?.schema;
    expect(usage?.properties.entries).to.include({ minItems: 1, maxItems: 100 });
    expect(usage?.properties.entries?.items.required).to.deep.equal(['workDate']);
  });

  it('has no reference that leads nowhere', async () => {
    const document = await read(`${world.sandbox.baseUrl}/openapi.json`);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => String(match[1]));
    expect(references).not.to.deep.equal([]);
    for (const reference of references) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(reference)?.[1];
      expect(document.components.schemas[name ?? ''], reference).to.be.an('object');
    }
    expect(operations.map((operation) => operation.operationId)).to.have.length(15);
  });
});
