/** Signing in to the console by a one-time link, and the sessions: a cookie whose hash we keep. */
import { randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { PluginContext } from '../../context.ts';
import { field, formToken, isOurForm, pathPart, readForm } from '../forms.ts';
import { methodNotAllowed, problemPage } from '../problems.ts';
import type { Views } from '../render.ts';
import { ConsoleCookie } from './cookies.ts';
import {
  addSession,
  type ConsolePerson,
  type ConsoleSessionRow,
  deleteSession,
  findSession,
  isTicketOpen,
  LINK_HOLDER,
  useTicket,
} from './session-rows.ts';

const SESSION_LIFETIME_MS = 12 * 3_600_000;

/** Begins signing in with the provider of OIDC_ISSUER. */
export const SIGN_IN_PATH = '/console/oidc';

const HOW_TO_SIGN_IN = 'Run `opentrain-plugin console` where the plugin runs, and open the link that it prints.';

/** Who is signed in, request by request. */
export class Sessions {
  readonly #context: PluginContext;
  readonly #views: Views;
  readonly #byRequest = new WeakMap<Request, ConsoleSessionRow>();
  readonly #cookie: ConsoleCookie;

  constructor(context: PluginContext, views: Views) {
    this.#context = context;
    this.#views = views;
    this.#cookie = new ConsoleCookie(context.settings, 'console');
  }

  /** The session of a request that {@link require} let through. */
  of(request: Request): ConsoleSessionRow {
    const session = this.#byRequest.get(request);
    if (!session) throw new Error('the route is not behind Sessions.require');
    return session;
  }

  /** Lets only signed-in requests through. */
  readonly require: RequestHandler = async (request, response, next) => {
    const { database, clock } = this.#context;
    const cookie = this.#cookie.read(request);
    const session = cookie ? await findSession(database, cookie, clock.now()) : undefined;
    if (!session) {
      return problemPage(this.#views, response, 401, {
        title: 'Sign in to the console',
        message: 'You are not signed in, or your session has ended.',
        ...this.#howToSignIn(),
      });
    }
    this.#byRequest.set(request, session);
    next();
  };

  /** GET shows a button and POST signs in: a program that only looks at links does not use the ticket up. */
  routes(credentials: RequestHandler): Router {
    const router = Router();
    router.get('/sign-in/:ticket', (request, response) => this.#showSignIn(pathPart(request, 'ticket'), response));
    router.post('/sign-in/:ticket', credentials, readForm, (request, response) => this.#signIn(request, response));
    router.all('/sign-in/:ticket', methodNotAllowed(this.#views, ['GET', 'POST']));
    return router;
  }

  /** Ends the session and forgets the cookie. */
  async signOut(request: Request, response: Response): Promise<void> {
    await deleteSession(this.#context.database, this.of(request).id);
    this.#cookie.clear(response);
    this.#views.page(response, 'problem', {
      title: 'You are signed out',
      message: 'This session of the console has ended.',
      ...this.#howToSignIn('To come back: '),
    });
  }

  async #showSignIn(ticket: string, response: Response): Promise<void> {
    const { database, clock } = this.#context;
    if (!(await isTicketOpen(database, ticket, clock.now()))) return this.#refuse(response);
    this.#views.page(response, 'console/sign-in', {
      title: 'Console of the OpenTrain plugin',
      action: `/console/sign-in/${encodeURIComponent(ticket)}`,
      formToken: formToken(this.#context, `sign-in ${ticket}`),
    });
  }

  async #signIn(request: Request, response: Response): Promise<void> {
    const { database, clock } = this.#context;
    const ticket = pathPart(request, 'ticket');
    const isOurs = isOurForm(this.#context, request, `sign-in ${ticket}`);
    const used = isOurs && (await useTicket(database, ticket, clock.now()));
    if (!used) return this.#refuse(response);
    await this.begin(request, response, LINK_HOLDER);
  }

  /** Begins a session of this person: sets its cookie, and leads to the overview. */
  async begin(request: Request, response: Response, person: ConsolePerson): Promise<void> {
    const { database, clock, log } = this.#context;
    const createdAt = clock.now();
    const cookie = randomBytes(32).toString('base64url');
    const expiresAt = new Date(createdAt.getTime() + SESSION_LIFETIME_MS);
    await addSession(database, cookie, person, { createdAt, expiresAt });
    log.info({ address: request.ip, role: person.role, actor: person.actor }, 'somebody signed in to the console');
    this.#cookie.set(response, cookie, SESSION_LIFETIME_MS);
    response.redirect(303, '/console');
  }

  #refuse(response: Response): void {
    problemPage(this.#views, response, 410, {
      title: 'This sign-in link no longer works',
      message: 'It works once, within ten minutes of being made.',
      ...this.#howToSignIn(),
    });
  }

  #howToSignIn(before = ''): { remedy: string; action?: { href: string; label: string } } {
    const { oidc } = this.#context.settings;
    if (!oidc) return { remedy: before + HOW_TO_SIGN_IN };
    const label = `Sign in with ${new URL(oidc.issuer).host}`;
    return { remedy: `${before}Use the button, or: ${HOW_TO_SIGN_IN}`, action: { href: SIGN_IN_PATH, label } };
  }
}

/** The field that a signed-in form carries its token in. */
export const FORM_FIELD = 'form';

/** The posted form token. */
export function postedToken(request: Request): string {
  return field(request, FORM_FIELD);
}
