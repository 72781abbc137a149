/**
 * The identity provider of OIDC_ISSUER: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 1.0, section 3.1;
 * RFC 7636). ID tokens are verified by the provider's keys, also where they come over TLS.
 */
import type { Configuration } from 'openid-client';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { AdminError, messageOf } from '../errors.ts';
import { readPeople } from '../settings/people.ts';
import type { Settings } from '../settings/settings.ts';
import type { Claims } from './role.ts';

/** Loaded with the first sign-in: most installations have none. */
const openid = () => import('openid-client');

export const CALLBACK_PATH = '/console/oidc/callback';

/** The provider's addresses change rarely; its keys are looked up by themselves. */
const KEPT_MS = 3_600_000;
const TIMEOUT_SECONDS = 8;

/** What the browser keeps, encrypted, between leaving for the provider and coming back. */
export const attemptSchema = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });
export type Attempt = z.infer<typeof attemptSchema>;

type OidcSettings = NonNullable<Settings['oidc']>;

export class IdentityProvider {
  readonly #settings: OidcSettings;
  readonly #clock: Clock;
  readonly #redirectUri: string;
  #found: { configuration: Promise<Configuration>; until: number } | null = null;

  constructor(settings: OidcSettings, publicUrl: string, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#redirectUri = publicUrl + CALLBACK_PATH;
  }

  /** The host, as people know it: "accounts.example.com". */
  get name(): string {
    return new URL(this.#settings.issuer).host;
  }

  /** Where to send the browser, and what it must bring back. Throws {@link AdminError} when the provider cannot be used. */
  async begin(): Promise<{ url: URL; attempt: Attempt }> {
    const configuration = await this.#discover();
    const { buildAuthorizationUrl, calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } =
      await openid();
    const attempt = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: this.#scope(configuration),
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    });
    return { url, attempt };
  }

  /**
   * What the provider says of whoever came back with this query. Throws {@link AdminError} when the provider does not answer, or when
   * the answer does not belong to this attempt.
   */
  async finish(query: URLSearchParams, attempt: Attempt): Promise<Claims> {
    const configuration = await this.#discover();
    const { authorizationCodeGrant, fetchUserInfo } = await openid();
    const address = new URL(this.#redirectUri);
    for (const [name, value] of query) address.searchParams.append(name, value);
    try {
      const tokens = await authorizationCodeGrant(configuration, address, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error('it sent no ID token');
      if (!configuration.serverMetadata().userinfo_endpoint) return claims;
      return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub)), ...claims };
    } catch (error) {
      throw new AdminError(
        `Signing in with ${this.name} did not work: ${reasonOf(error)}.`,
        'Try again. If it stays so, check OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and what the client may do at the provider.',
        { cause: error },
      );
    }
  }

  /** Whether the provider can be reached and used. Throws {@link AdminError}. Returns the address to register with it. */
  async check(): Promise<{ redirectUri: string }> {
    this.#found = null;
    await this.#discover();
    return { redirectUri: this.#redirectUri };
  }

  /** Asks once for many; a failure is not kept. */
  async #discover(): Promise<Configuration> {
    const now = this.#clock.now().getTime();
    if (!this.#found || now >= this.#found.until) {
      this.#found = { configuration: this.#ask(), until: now + KEPT_MS };
    }
    const { configuration } = this.#found;
    try {
      return await configuration;
    } catch (error) {
      if (this.#found?.configuration === configuration) this.#found = null;
      throw new AdminError(
        `The identity provider at ${this.#settings.issuer} cannot be used: ${reasonOf(error)}.`,
        'Check OIDC_ISSUER (exactly as the provider writes its issuer) and that this machine may connect to it. The one-time link of `opentrain-plugin console` works without it.',
        { cause: error },
      );
    }
  }

  async #ask(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const { allowInsecureRequests, ClientSecretBasic, ClientSecretPost, discovery, None, ...client } = await openid();
    const execute = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
    const found = await discovery(new URL(issuer), clientId, undefined, None(), { execute, timeout: TIMEOUT_SECONDS });
    const server = found.serverMetadata();
    // Absent means client_secret_basic (OpenID Connect Discovery 1.0, section 3).
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const withSecret = methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost;
    const configuration = new client.Configuration(
      server,
      clientId,
      {},
      clientSecret ? withSecret(clientSecret) : None(),
    );
    configuration.timeout = TIMEOUT_SECONDS;
    for (const change of [...execute, client.enableNonRepudiationChecks]) change(configuration);
    return configuration;
  }

  /** Claims other than the address are behind scopes of their own at many providers. */
  #scope(configuration: Configuration): string {
    const { admins, viewers } = this.#settings;
    const asksForClaims = [...readPeople(admins), ...readPeople(viewers)].some((entry) => 'claim' in entry);
    const offered = configuration.serverMetadata().scopes_supported ?? [];
    const more = ['profile', 'groups'].filter((scope) => asksForClaims && offered.includes(scope));
    return ['openid', 'email', ...more].join(' ');
  }
}

const refusalSchema = z.object({ error: z.string(), error_description: z.string().optional() });
/** The same in the header WWW-Authenticate, as openid-client reads it. */
const challengeSchema = z.object({ cause: z.tuple([z.object({ parameters: refusalSchema })]).rest(z.unknown()) });

/** What a failure of openid-client is about: the provider's own words, or the cause under a general message. */
function reasonOf(error: unknown): string {
  const refusal = refusalSchema.safeParse(error).data ?? challengeSchema.safeParse(error).data?.cause[0].parameters;
  if (refusal) return [refusal.error, refusal.error_description].filter(Boolean).join(', ').slice(0, 300);
  const cause = error instanceof Error ? error.cause : undefined;
  const inner = cause instanceof Error ? (cause.cause instanceof Error ? cause.cause : cause) : undefined;
  return [messageOf(error), inner ? messageOf(inner) : ''].filter(Boolean).join(': ').replace(/\.+$/, '').slice(0, 300);
}
