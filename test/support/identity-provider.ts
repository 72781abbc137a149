/** A real OpenID Connect provider on this machine, at which the person of the test is signed in without being asked. */
import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { listen } from './http-server.ts';

export interface Person {
  email?: string;
  email_verified?: boolean;
  groups?: string[];
}

export interface LocalIdentityProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Who is in front of the browser. */
  person: Person;
  /** The requests for an authorization that it got, as their addresses. */
  readonly asked: URL[];
  close(): Promise<void>;
}

const client = { client_id: 'opentrain-plugin', client_secret: 'only-for-tests-0123456789' };

/** Starts it, with one client that may come back to this address. */
export async function startIdentityProvider(redirectUri: string): Promise<LocalIdentityProvider> {
  const server = createServer();
  const issuer = await listen(server);
  const world: LocalIdentityProvider = {
    issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    person: {},
    asked: [],
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  const provider = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
    cookies: { keys: ['only-for-tests'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId, ...world.person }) }),
    async loadExistingGrant({ oidc }) {
      const { session } = oidc;
      if (!oidc.client || !session?.accountId) return undefined;
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email groups');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    const address = new URL(request.url ?? '/', issuer);
    if (address.pathname === '/auth') world.asked.push(address);
    if (!address.pathname.startsWith('/interaction/')) return answer(request, response);
    void provider.interactionFinished(request, response, { login: { accountId: 'person-1' } });
  });
  return world;
}
