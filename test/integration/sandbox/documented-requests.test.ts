import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { type DocumentedEndpoint, documentedEndpoints } from '../../support/contract-table.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

const RUNS = 300;
const everywhere = [401, 403, 429];
const refusalSchema = z.strictObject({
  error: z.string().min(1),
  code: z.enum(['BAD_REQUEST', 'UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'RATE_LIMITED', 'INTERNAL_ERROR']),
  requestId: z.uuid(),
  details: z.record(z.string(), z.unknown()).optional(),
});

describe('requests as the documentation describes them, to the sandbox', () => {
  let world: SandboxWorld;
  let ids: Record<string, string>;
  beforeEach(async () => {
    world = await startSandboxWorld();
    const { linkId, contractId } = await world.hired();
    const { id } = await world.subscribe('contract.started');
    ids = { '/project-links': linkId, '/contracts': contractId, '/webhook-endpoints': id };
  });
  afterEach(() => world.close());

  const pathOf = (path: string, id = ids[`/${path.split('/')[1]}`] ?? '') =>
    path.replace('{id}', encodeURIComponent(id));
  const isRefusal = (answer: { status: number; body: unknown }, { refusals }: DocumentedEndpoint, story: string) => {
    expect([...refusals, ...everywhere], story).to.include(answer.status);
    expect(refusalSchema.safeParse(answer.body).success, `${story}: ${JSON.stringify(answer.body)}`).to.equal(true);
  };

  for (const endpoint of documentedEndpoints) {
    const { method, path, body, wrong = [], answer } = endpoint;
    it(`${method} ${path} does what is right and refuses what is wrong, as documented`, async () => {
      for (const bad of wrong) {
        const refused = await world.call(method, pathOf(path), bad);
        expect(refused.status, JSON.stringify(bad)).to.equal(400);
        isRefusal(refused, endpoint, JSON.stringify(bad));
      }
      if (path.includes('{id}')) {
        const unknown = await world.call(method, pathOf(path, 'unknown'), body);
        expect(unknown.status).to.equal(404);
        isRefusal(unknown, endpoint, 'an unknown id');
      }
      const done = await world.call(method, pathOf(path), body);
      expect([200, 201]).to.include(done.status);
      expect(done.body).to.include.keys(
        answer.field === '' ? 'contractId' : answer.field,
        ...Object.keys(answer.others ?? {}),
      );
    });
  }

  it('of any form are answered with a documented status, and never fail the sandbox', async () => {
    const known = fc.constantFrom(
      ...['externalProjectId', 'jobId', 'entries', 'workDate', 'url', 'eventTypes', 'status', 'deliveryId', 'limit'],
    );
    const bodies = fc.oneof(fc.dictionary(known, fc.jsonValue()), fc.jsonValue());
    const request = fc.tuple(
      fc.constantFrom(...documentedEndpoints),
      bodies,
      fc.constantFrom(undefined, 'unknown', '%00', '..'),
    );
    await fc.assert(
      fc.asyncProperty(request, async ([endpoint, body, id]) => {
        const { method, path } = endpoint;
        const sent = method === 'GET' ? undefined : JSON.stringify(body);
        const answer = await world.call(method, pathOf(path, id), sent);
        if (answer.status >= 300)
          isRefusal(answer, { ...endpoint, refusals: [...endpoint.refusals, 400, 404] }, `${method} ${path} ${sent}`);
      }),
      { numRuns: RUNS },
    );
  }).timeout(60_000);
});
