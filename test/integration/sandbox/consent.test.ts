import { expect } from 'chai';
import { isRegisteredRedirect } from '../../../plugin/dev/sandbox/consent.ts';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

describe('The consent page of the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
    world.sandbox.control.updateApp({ redirectBases: ['http://127.0.0.1:8790/connect'] });
  });
  afterEach(() => world.close());

  const link = {
    external_project_id: '7',
    redirect_uri: 'http://127.0.0.1:8790/connect/callback?tool=a',
    state: 'a "state" & <more>',
  };
  const address = (query: Record<string, string>) =>
    `${world.sandbox.origin}/integrations/${world.sandbox.state.app.slug}/connect?${new URLSearchParams(query)}`;
  const show = async (query: Record<string, string> = link) => {
    const response = await fetch(address(query));
    const html = await response.text();
    return { status: response.status, html, nonce: /name="nonce" value="([^"]+)"/.exec(html)?.[1] ?? '' };
  };
  const approve = async (fields: Record<string, string>) => {
    const response = await fetch(address({}), { method: 'POST', body: new URLSearchParams(fields) });
    const html = await response.text();
    return { status: response.status, html, token: /ot_ptk_\w+/.exec(html)?.[0], headers: response.headers };
  };

  it('shows what is asked for, escapes what it was given, and runs no scripts', async () => {
    const { status, html } = await show();
    expect(status).to.equal(200);
    for (const scope of world.sandbox.state.app.scopes) expect(html).to.include(scope);
    expect(html).to.include('type="checkbox" name="pii_consent"');
    expect(html).to.include('a &quot;state&quot; &amp; &lt;more&gt;');
    expect(html).not.to.match(/<script/i);
  });

  it('shows the new token once, with a way back that carries the install and what was echoed, never the token', async () => {
    const { nonce } = await show();
    const approved = await approve({ ...link, nonce, pii_consent: 'on' });
    expect(approved.status).to.equal(200);
    expect(approved.headers.get('cache-control')).to.equal('no-store');
    const href = /href="([^"]+)">Return/.exec(approved.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const back = new URL(href);
    const { body } = await world.call('GET', '/installs/current', undefined, approved.token);
    expect(Object.fromEntries(back.searchParams)).to.deep.equal({
      tool: 'a',
      opentrain_install_id: body.install.id,
      state: link.state,
      external_project_id: '7',
    });
    expect(back.origin + back.pathname).to.equal('http://127.0.0.1:8790/connect/callback');
    expect(body.install.piiConsent).to.equal(true);
    const again = await approve({ ...link, nonce, pii_consent: 'on' });
    expect([again.status, again.token]).to.deep.equal([409, undefined]);
    expect((await world.call('GET', '/installs/current', undefined, approved.token)).status).to.equal(200);
  });

  it('revokes the old grant when the customer connects again, and keeps consent off unless it is ticked', async () => {
    await world.subscribe('install.revoked');
    const { nonce, html } = await show({});
    expect(html).to.include('connected already');
    const { token } = await approve({ nonce });
    await world.sandbox.control.settled();
    expect(world.receiver.received).to.have.length(1);
    expect((await world.call('GET', '/installs/current')).status).to.equal(401);
    const { body } = await world.call('GET', '/installs/current', undefined, token);
    expect(body.install.piiConsent).to.equal(false);
  });

  it('refuses addresses that are not registered, unknown platforms, deactivated ones and forged forms', async () => {
    const evil = await show({ ...link, redirect_uri: 'http://127.0.0.1:9999/connect' });
    expect(evil.status).to.equal(400);
    expect(evil.html).not.to.include('href="http');
    const { nonce } = await show();
    expect((await approve({ nonce, redirect_uri: 'https://attacker.example/' })).status).to.equal(400);
    expect((await approve({ nonce: 'cns_guessed' })).token).to.equal(undefined);
    expect((await fetch(`${world.sandbox.origin}/integrations/other/connect`)).status).to.equal(404);
    world.sandbox.control.updateApp({ active: false });
    expect((await show()).status).to.equal(403);
  });

  it('accepts a redirect address by its origin and the beginning of its path', () => {
    const bases = ['http://127.0.0.1:8790/connect', 'https://example.com/'];
    for (const good of [
      'http://127.0.0.1:8790/connect',
      'http://127.0.0.1:8790/connect/x?y',
      'https://example.com/a',
    ]) {
      expect(isRegisteredRedirect(bases, good), good).to.equal(true);
    }
    for (const bad of [
      'http://127.0.0.1:8790/',
      'http://localhost:8790/connect',
      'http://example.com/',
      'https://example.com.evil.example/',
      'http://127.0.0.1:8790/connect/../other',
      'javascript:alert(1)',
      '/connect',
    ]) {
      expect(isRegisteredRedirect(bases, bad), bad).to.equal(false);
    }
  });
});
