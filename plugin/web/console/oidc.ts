/** Signing in to the console with the OpenID Connect provider of OIDC_ISSUER. */
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import type { PluginContext } from '../../context.ts';
import { AdminError, messageOf } from '../../errors.ts';
import { type Attempt, attemptSchema, IdentityProvider } from '../../oidc/provider.ts';
import { type RoleResult, roleOf } from '../../oidc/role.ts';
import type { Settings } from '../../settings/settings.ts';
import { methodNotAllowed, type Problem, problemPage } from '../problems.ts';
import type { Views } from '../render.ts';
import { ConsoleCookie } from './cookies.ts';
import { type Sessions, SIGN_IN_PATH } from './session.ts';

/** From leaving for the provider to coming back. */
const ATTEMPT_LIFETIME_MS = 10 * 60_000;
const PURPOSE = 'sign-in attempt';
const keptSchema = attemptSchema.extend({ until: z.number() });

const TRY_AGAIN = { href: SIGN_IN_PATH, label: 'Try again' };
const LINK_WORKS = 'The one-time link that `opentrain-plugin console` prints works as well.';

/** The routes /console/oidc and /console/oidc/callback; none without OIDC_ISSUER. */
export function oidcRoutes(context: PluginContext, views: Views, sessions: Sessions): Router {
  const router = Router();
  const { oidc } = context.settings;
  if (!oidc) return router;
  const parts: Parts = {
    context,
    views,
    sessions,
    oidc,
    provider: new IdentityProvider(oidc, context.settings.plugin.publicUrl, context.clock),
    // What the provider must send back is kept by the browser that left for it, so that nobody is signed in by another's answer.
    cookie: new ConsoleCookie(context.settings, 'console-sign-in'),
  };
  router.get('/oidc', begin(parts));
  router.get('/oidc/callback', finish(parts));
  router.all(['/oidc', '/oidc/callback'], methodNotAllowed(views, ['GET']));
  return router;
}

interface Parts {
  context: PluginContext;
  views: Views;
  sessions: Sessions;
  oidc: NonNullable<Settings['oidc']>;
  provider: IdentityProvider;
  cookie: ConsoleCookie;
}

function begin(parts: Parts): RequestHandler {
  const { context, provider, cookie } = parts;
  return async (_request, response) => {
    try {
      const { url, attempt } = await provider.begin();
      const kept = { ...attempt, until: context.clock.now().getTime() + ATTEMPT_LIFETIME_MS };
      cookie.set(response, context.keys.encrypt(JSON.stringify(kept), PURPOSE), ATTEMPT_LIFETIME_MS);
      response.redirect(302, url.href);
    } catch (error) {
      failed(parts, response, error);
    }
  };
}

function finish(parts: Parts): RequestHandler {
  const { provider, cookie, sessions, oidc } = parts;
  return async (request, response) => {
    const attempt = attemptOf(parts, request);
    cookie.clear(response);
    if (!attempt) {
      return refuse(parts, response, 400, {
        message:
          'This return from the identity provider does not belong to a sign-in that this browser began, or it took too long.',
        remedy: 'Begin once more.',
      });
    }
    try {
      const query = new URL(request.originalUrl, 'http://unused').searchParams;
      const result = roleOf(await provider.finish(query, attempt), oidc);
      if ('refused' in result) return notLetIn(parts, response, result);
      await sessions.begin(request, response, { role: result.role, actor: `console ${result.address}` });
    } catch (error) {
      failed(parts, response, error);
    }
  };
}

/** What this browser kept when it left for the provider; null when it has nothing, or nothing that is ours. */
function attemptOf({ context, cookie }: Parts, request: Request): Attempt | null {
  const kept = cookie.read(request);
  if (!kept) return null;
  try {
    const attempt = keptSchema.parse(JSON.parse(context.keys.decrypt(kept, PURPOSE)));
    return attempt.until > context.clock.now().getTime() ? attempt : null;
  } catch {
    return null;
  }
}

function notLetIn(parts: Parts, response: Response, result: Extract<RoleResult, { refused: string }>): void {
  const { context, provider } = parts;
  context.log.warn({ address: result.address, refused: result.refused }, 'somebody was not let in to the console');
  const { name } = provider;
  const words: Record<typeof result.refused, { message: string; remedy: string }> = {
    'no-address': {
      message: `${name} did not tell your mail address.`,
      remedy: `Whoever looks after ${name} must let this client read the scope \`email\`. ${LINK_WORKS}`,
    },
    unverified: {
      message: `${name} has not verified the address ${result.address}.`,
      remedy: `Verify the address at ${name}, then sign in again. ${LINK_WORKS}`,
    },
    'not-listed': {
      message: `You are signed in at ${name} as ${result.address}, who may not see this console.`,
      remedy: `Ask whoever runs the plugin to add you to OIDC_ADMINS or OIDC_VIEWERS, or sign in as somebody else.`,
    },
  };
  refuse(parts, response, 403, words[result.refused]);
}

function failed(parts: Parts, response: Response, error: unknown): void {
  if (!(error instanceof AdminError)) throw error;
  parts.context.log.error({ error: messageOf(error) }, 'signing in with the identity provider failed');
  refuse(parts, response, 502, { message: error.message, remedy: error.remedy });
}

function refuse({ views }: Parts, response: Response, status: number, problem: Omit<Problem, 'title'>): void {
  problemPage(views, response, status, { title: 'You are not signed in', action: TRY_AGAIN, ...problem });
}
