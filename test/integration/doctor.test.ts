import axios from 'axios';
import { expect } from 'chai';
import { startSandbox } from '../../plugin/dev/sandbox/sandbox.ts';
import { compareWithOpenApi } from '../../plugin/doctor/openapi.ts';
import { descriptionCheck } from '../../plugin/doctor/opentrain-checks.ts';

describe("doctor's look at OpenTrain's description", () => {
  let served = '';

  before(async () => {
    const sandbox = await startSandbox();
    try {
      served = JSON.stringify((await axios.get<unknown>(`${sandbox.baseUrl}/openapi.json`)).data);
    } finally {
      await sandbox.close();
    }
  });

  it('finds every operation and field that the plugin uses', () => {
    expect(compareWithOpenApi(JSON.parse(served))).to.deep.equal({ contradictions: [], undescribed: [] });
  });

  it('fails for a closed object without a field, and says which', () => {
    const comparison = compareWithOpenApi(JSON.parse(served.replaceAll('"externalProjectId"', '"projectKey"')));
    expect(comparison.contradictions).to.include('GET /project-links does not give projectLinks[].externalProjectId');
    expect(comparison.undescribed).to.include('POST /project-links: externalProjectId');
    expect(comparison.contradictions).to.include('POST /project-links requires projectKey, which is not sent');
    expect(descriptionCheck(comparison).result).to.equal('failure');
  });

  it('says as information what an open object or a missing operation leaves undescribed', () => {
    const open = served.replaceAll('"additionalProperties":false', '"additionalProperties":true');
    const changed = open.replaceAll('/redeliver"', '/send-again"').replaceAll('"profileUrl"', '"page"');
    const comparison = compareWithOpenApi(JSON.parse(changed));
    expect(comparison.contradictions).to.deep.equal([]);
    expect(comparison.undescribed).to.have.members([
      'POST /webhook-endpoints/{}/redeliver',
      'GET /contracts/{}/participants: participants[].profileUrl',
    ]);
    const check = descriptionCheck(comparison);
    expect(check.result).to.equal('ok');
    expect(check.why).to.contain('POST /webhook-endpoints/{}/redeliver');
  });

  it('takes a description without schemas as one that says nothing', () => {
    const bare = { openapi: '3.1.0', paths: { '/api/partner/v1/contracts': { get: { responses: { 200: {} } } } } };
    const comparison = compareWithOpenApi(bare);
    expect(comparison.contradictions).to.deep.equal([]);
    expect(comparison.undescribed).to.include('GET /contracts: contracts');
  });

  it('fails for a field of another type', () => {
    const schema = { type: 'object', properties: { requeued: { $ref: '#/components/schemas/a~1b%20c' } } };
    const path = '/webhook-endpoints/{id}/redeliver';
    const response = { content: { 'application/json': { schema } } };
    const components = { schemas: { 'a/b c': { type: 'string' } } };
    const document = { openapi: '3.1.0', paths: { [path]: { post: { responses: { 200: response } } } }, components };
    expect(compareWithOpenApi(document).contradictions).to.deep.equal([
      'POST /webhook-endpoints/{}/redeliver: requeued is string, not number',
    ]);
  });

  it('ends on a schema that refers to itself', () => {
    const schema = { $ref: '#/components/schemas/Loop' };
    const components = { schemas: { Loop: { anyOf: [{ $ref: '#/components/schemas/Loop' }] }, Circle: schema } };
    const response = { content: { 'application/json': { schema } } };
    const document = {
      openapi: '3.1.0',
      paths: { '/contracts': { get: { responses: { 200: response } } } },
      components,
    };
    expect(compareWithOpenApi(document).contradictions).to.deep.equal([]);
  });
});
