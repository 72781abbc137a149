import { expect } from 'chai';
import { signInChecks } from '../../../plugin/doctor/sign-in-checks.ts';
import { fillBelievably } from '../../support/believable.ts';
import { type LocalIdentityProvider, type Person, startIdentityProvider } from '../../support/identity-provider.ts';
import { WebWorld } from '../../support/web-world.ts';

const MOST_REDIRECTS = 10;

/** A browser's cookies, and its way through redirects. */
class Visitor {
  readonly cookies = new Map<string, string>();

  async get(address: string): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return response;
  }

  /** Follows redirects until the address matches, which it returns without opening it. */
  async leaveFor(address: string, until: RegExp): Promise<string> {
    let at = address;
    for (let step = 0; step < MOST_REDIRECTS; step += 1) {
      if (step > 0 && until.test(at)) return at;
      const response = await this.get(at);
      const next = response.headers.get('location');
      if (!next) throw new Error(`${at} answered ${response.status}: ${await response.text()}`);
      at = new URL(next, at).href;
    }
    throw new Error(`too many redirects, last to ${at}`);
  }
}

describe('signing in to the console with an identity provider', () => {
  let world: WebWorld;
  let provider: LocalIdentityProvider;
  const ada: Person = { email: 'ada@example.com', email_verified: true };

  before(async () => {
    world = await WebWorld.open('sqlite');
    provider = await startIdentityProvider(`${world.url}/console/oidc/callback`);
    await fillBelievably(world.access);
  });
  after(async () => {
    await provider?.close();
    await world?.close();
  });
  beforeEach(() => useProvider());

  function useProvider(change: Record<string, string> = {}): void {
    world.access.useSettings({
      PLUGIN_PUBLIC_URL: world.url,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_ADMINS: 'ada@example.com',
      OIDC_VIEWERS: 'groups=labelling',
      ...change,
    });
    world.serve();
  }

  /** To the provider and back: the address of the callback, not yet opened. */
  async function toCallback(person: Person): Promise<{ visitor: Visitor; callback: string }> {
    provider.person = person;
    const visitor = new Visitor();
    return { visitor, callback: await visitor.leaveFor(`${world.url}/console/oidc`, /\/console\/oidc\/callback\?/) };
  }

  it('is offered where somebody is not signed in, and not without OIDC_ISSUER', async () => {
    expect(await world.page('/console')).to.include('href="/console/oidc"');
    world.access.useSettings({ PLUGIN_PUBLIC_URL: world.url });
    world.serve();
    expect(await world.page('/console')).not.to.include('/console/oidc');
    expect((await world.get('/console/oidc')).status).to.equal(401);
  });

  it('asks with PKCE, state and nonce, and names an admin by address in the audit log', async () => {
    const { visitor, callback } = await toCallback(ada);
    const { searchParams } = provider.asked.at(-1) ?? new URL('http://none');
    expect(searchParams.get('code_challenge_method')).to.equal('S256');
    for (const name of ['code_challenge', 'state', 'nonce']) expect(searchParams.get(name), name).to.match(/^.{40,}$/);
    const response = await visitor.get(callback);
    expect([response.status, response.headers.get('location')]).to.deep.equal([303, '/console']);
    const cookie = `console=${visitor.cookies.get('console')}`;
    await world.act(cookie, '/console/trainers', '/console/trainers/invite', { trainer: 'usr_8' });
    const [row] = await world.access.store.database('audit_log').where({ action: 'resend-invitation' });
    expect(row?.cause).to.equal('console ada@example.com');
  });

  it('makes a viewer by a claim, asking for the scope that has it', async () => {
    const { visitor, callback } = await toCallback({
      email: 'vera@example.com',
      email_verified: true,
      groups: ['labelling'],
    });
    expect(provider.asked.at(-1)?.searchParams.get('scope')).to.equal('openid email groups');
    await visitor.get(callback);
    expect(await world.page('/console', `console=${visitor.cookies.get('console')}`)).to.include(
      'signed in as a viewer',
    );
  });

  const refused: [what: string, person: Person, says: RegExp][] = [
    [
      'is in no list',
      { email: 'eve@example.com', email_verified: true },
      /eve@example\.com.*OIDC_ADMINS or OIDC_VIEWERS/s,
    ],
    [
      'has an address that is not verified',
      { ...ada, email_verified: false },
      /has not verified the address ada@example\.com/,
    ],
    ['has no address', { groups: ['labelling'] }, /did not tell your mail address/],
  ];
  for (const [what, person, says] of refused) {
    it(`does not let in whoever ${what}`, async () => {
      const { visitor, callback } = await toCallback(person);
      const response = await visitor.get(callback);
      expect(response.status).to.equal(403);
      expect(await response.text())
        .to.match(says)
        .and.include('href="/console/oidc"');
      expect(visitor.cookies.has('console')).to.equal(false);
    });
  }

  it('takes an answer only from the browser that asked, with its state, and once', async () => {
    const { visitor, callback } = await toCallback(ada);
    expect((await new Visitor().get(callback)).status, 'another browser').to.equal(400);
    const { visitor: other } = await toCallback(ada);
    expect((await other.get(callback)).status, 'the state of another attempt').to.equal(502);
    const kept = new Map(visitor.cookies);
    expect((await visitor.get(callback)).status).to.equal(303);
    expect((await visitor.get(callback)).status, 'again').to.equal(400);
    for (const [name, value] of kept) visitor.cookies.set(name, value);
    expect((await visitor.get(callback)).status, 'again, with a cookie kept by hand').to.equal(502);
  });

  it('takes no answer that comes too late', async () => {
    const { visitor, callback } = await toCallback(ada);
    world.access.later(11 * 60_000);
    expect((await visitor.get(callback)).status).to.equal(400);
  });

  it('tells why where the provider refuses, and where the secret is wrong', async () => {
    const { visitor, callback } = await toCallback(ada);
    const address = new URL(callback);
    address.searchParams.delete('code');
    address.searchParams.set('error', 'access_denied');
    expect(await (await visitor.get(address.href)).text()).to.include('access_denied');
    useProvider({ OIDC_CLIENT_SECRET: 'another-secret-0123456789' });
    const second = await toCallback(ada);
    expect(await (await second.visitor.get(second.callback)).text()).to.match(/invalid_client.*OIDC_CLIENT_SECRET/s);
  });

  it('says that the provider is down and that the one-time link works, which it does', async () => {
    useProvider({ OIDC_ISSUER: 'http://127.0.0.1:1' });
    const response = await world.get('/console/oidc');
    expect(response.status).to.equal(502);
    expect(await response.text()).to.match(
      /http:\/\/127\.0\.0\.1:1.*cannot be used.*OIDC_ISSUER.*opentrain-plugin console/s,
    );
    expect((await world.get('/console', await world.signIn())).status).to.equal(200);
  });

  it('is looked at by doctor, which tells the redirect address', async () => {
    const line = async () => (await signInChecks(world.access.context))[0];
    expect((await line())?.why).to.include(`${world.url}/console/oidc/callback`);
    useProvider({ OIDC_ISSUER: `${provider.issuer}/` });
    expect((await line())?.result).to.equal('ok');
    useProvider({ OIDC_ISSUER: `${provider.issuer}/realm` });
    expect((await line())?.result).to.equal('failure');
  });
});
