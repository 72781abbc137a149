import { expect } from 'chai';
import { startSandbox } from '../../../plugin/dev/sandbox/sandbox.ts';
import { isWorkEmail, scopes } from '../../../plugin/platform/types.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

describe('The sandbox decides who may call', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
  });
  afterEach(() => world.close());

  it('tells a token holder about the install, its scopes and its consent', async () => {
    const { status, body } = await world.call('GET', '/installs/current');
    expect(status).to.equal(200);
    expect(body.install).to.deep.include({ status: 'ACTIVE', piiConsent: true, scopes: [...scopes] });
    expect(body.install.partnerApp).to.have.keys('id', 'slug', 'name');
    expect(body.install.token).to.have.keys('id', 'name', 'scopes');
    expect(world.sandbox.partnerToken).to.match(/^ot_ptk_/);
    expect(JSON.stringify(body)).not.to.include(world.sandbox.partnerToken);
  });

  it('answers 401 in the error envelope without a token and with a wrong one', async () => {
    const without = await world.call('GET', '/installs/current', undefined, '');
    const wrong = await world.call('GET', '/installs/current', undefined, 'ot_ptk_wrong');
    for (const { status, body } of [without, wrong]) {
      expect(status).to.equal(401);
      expect(body).to.have.keys('error', 'code', 'requestId');
      expect(body.code).to.equal('UNAUTHORIZED');
      expect(body.requestId).to.match(/^[0-9a-f-]{36}$/);
    }
  });

  it('answers 403 for an inactive install or app and an employer without the feature, and 401 for a revoked token', async () => {
    const status = async () => (await world.call('GET', '/installs/current')).status;
    world.sandbox.control.updateApp({ active: false });
    expect(await status()).to.equal(403);
    world.sandbox.control.updateApp({ active: true });
    expect(await status()).to.equal(200);
    world.sandbox.control.setFeature(false);
    expect(await status()).to.equal(403);
    world.sandbox.control.setFeature(true);
    world.sandbox.control.setInstallActive(false);
    expect(await status()).to.equal(403);
    world.sandbox.control.setInstallActive(true);
    expect(await status()).to.equal(200);
    world.sandbox.control.revokeInstall();
    const { body } = await world.call('GET', '/installs/current');
    expect(body.code).to.equal('UNAUTHORIZED');
  });

  it('answers 403 for each operation whose scope is missing, and names the scope', async () => {
    const { linkId, contractId } = await world.hired();
    const { id } = await world.subscribe('contract.started');
    const entries = [{ workDate: '2031-05-01' }];
    const calls: [string, string, string, unknown?][] = [
      ['project-links:read', 'GET', '/project-links'],
      ['project-links:read', 'GET', `/project-links/${linkId}`],
      ['project-links:write', 'POST', '/project-links', { externalProjectId: 'x' }],
      ['contracts:read', 'GET', '/contracts'],
      ['contracts:read', 'GET', `/contracts/${contractId}/budget`],
      ['participants:read', 'GET', `/contracts/${contractId}/participants`],
      ['usage:write', 'POST', `/contracts/${contractId}/usage`, { entries }],
      ['webhooks:manage', 'GET', '/webhook-endpoints'],
      [
        'webhooks:manage',
        'POST',
        '/webhook-endpoints',
        { url: 'https://example.com/', eventTypes: ['install.revoked'] },
      ],
      ['webhooks:manage', 'GET', `/webhook-endpoints/${id}`],
      ['webhooks:manage', 'PATCH', `/webhook-endpoints/${id}`, {}],
      ['webhooks:manage', 'POST', `/webhook-endpoints/${id}/redeliver`],
      ['webhooks:manage', 'DELETE', `/webhook-endpoints/${id}`],
      ['project-links:write', 'DELETE', `/project-links/${linkId}`],
    ];
    for (const [scope, method, path, body] of calls) {
      const needed = scope === 'project-links:read' ? ['project-links:read', 'project-links:write'] : [scope];
      world.sandbox.control.setScopes(scopes.filter((candidate) => !needed.includes(candidate)));
      const refused = await world.call(method, path, body);
      expect([method, path, refused.status]).to.deep.equal([method, path, 403]);
      expect(refused.body.error).to.include(scope);
    }
    for (const [scope, method, path, body] of calls) {
      world.sandbox.control.setScopes(scopes.filter((candidate) => candidate === scope));
      expect((await world.call(method, path, body)).status, `${method} ${path}`).to.be.lessThan(300);
    }
  });

  it('lets the scope to write links read them too', async () => {
    world.sandbox.control.setScopes(['project-links:write']);
    expect((await world.call('GET', '/project-links')).status).to.equal(200);
  });

  it('gives the Work Email only with both the scope and the consent', async () => {
    const { contractId } = await world.hired();
    const emails = async () => {
      const { body } = await world.call('GET', `/contracts/${contractId}/participants`);
      return body.participants.map((participant) => participant.workEmail);
    };
    const [email] = await emails();
    expect(email).to.equal('ada.l@opentrain.work');
    expect(isWorkEmail(email ?? '')).to.equal(true);
    world.sandbox.control.setConsent(false);
    expect(await emails()).to.deep.equal([undefined]);
    world.sandbox.control.setConsent(true);
    world.sandbox.control.setScopes(scopes.filter((scope) => scope !== 'participants:email'));
    expect(await emails()).to.deep.equal([undefined]);
  });

  it('gives a reconnected customer a new install and token, and answers 401 to the old one', async () => {
    const { linkId } = await world.hired();
    const before = await world.call('GET', '/installs/current');
    const { install, token } = world.sandbox.control.reconnect({ scopes: ['project-links:read'], piiConsent: false });
    expect((await world.call('GET', '/installs/current')).status).to.equal(401);
    const after = await world.call('GET', '/installs/current', undefined, token);
    expect(after.body.install).to.deep.include({ id: install.id, scopes: ['project-links:read'], piiConsent: false });
    expect(after.body.install.id).not.to.equal(before.body.install.id);
    const links = await world.call('GET', '/project-links', undefined, token);
    expect(links.body.projectLinks.map((link) => link.id)).to.deep.equal([linkId]);
  });

  it('starts the new grant empty when nothing is to be carried over', async () => {
    await world.hired();
    await world.subscribe('contract.started');
    const { token } = world.sandbox.control.reconnect({ carryOver: false });
    expect((await world.call('GET', '/project-links', undefined, token)).body.projectLinks).to.deep.equal([]);
    expect((await world.call('GET', '/webhook-endpoints', undefined, token)).body.webhookEndpoints).to.deep.equal([]);
  });

  it('answers 404 in the envelope for what is not there, and 400 for a body that is not JSON', async () => {
    expect((await world.call('GET', '/nothing')).body.code).to.equal('NOT_FOUND');
    const garbled = await world.call('POST', '/project-links', '{"externalProjectId":');
    expect([garbled.status, garbled.body.code]).to.deep.equal([400, 'BAD_REQUEST']);
  });

  it('puts its own time into the Date header of every answer', async () => {
    const { headers } = await world.call('GET', '/installs/current');
    expect(headers.get('date')).to.equal('Tue, 20 May 2031 12:00:00 GMT');
  });

  it('refuses to listen where others could reach it', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.7']) {
      const refusal = await startSandbox({ host }).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(refusal?.message).to.include(host);
    }
  });
});
