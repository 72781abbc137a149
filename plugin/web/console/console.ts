/** What every page of the console shares: its frame, its form token, and actions that say what came of them. */
import type { Request, RequestHandler, Response } from 'express';
import type { PluginContext } from '../../context.ts';
import { AdminError } from '../../errors.ts';
import { forPeople } from '../../errors-for-people.ts';
import type { RunningSettings } from '../../setup/running-settings.ts';
import { isFormToken, makeFormToken } from '../form-token.ts';
import { FORM_TOO_OLD } from '../forms.ts';
import type { Views } from '../render.ts';
import { navigation } from './navigation.ts';
import { postedToken, type Sessions } from './session.ts';

/** What an action did: shown on the page that it leads back to. The address only ever carries the key. */
const outcomes = {
  asked: 'It was asked for, and begins within seconds while `start` runs.',
  retried: 'It is due now, and will be tried within seconds while `start` runs.',
  invited: 'A new invitation was made; the one before no longer works.',
  removed: 'The trainer is out, and stays out until a new contract starts or you let them in again.',
  restored: 'Their contracts count again: they get their access back within seconds while `start` runs.',
  linked: 'The project is linked. Trainers under contract are invited within seconds.',
  relinked: 'All projects are linked again as before.',
  unlinked: 'The link was removed. Access that depended on it ends after the grace period.',
  leftToOther:
    'The link is another tool’s: access here that only it gave ends, and its work is no longer counted here.',
  unit: 'The label unit was changed. Days are counted anew with the next nightly run.',
  redelivered: 'OpenTrain sends every failed delivery again, within about five minutes.',
  closed: 'The account is closed, and every key to it was ended.',
  colleague: 'The account is known as a colleague’s, and is listed no more.',
  theirs: 'The account is recorded as this trainer’s.',
  accepted: 'Accepted: it is sent to OpenTrain within seconds while `start` runs.',
  dropped: 'Dropped: what OpenTrain accepted stays, until the count changes again.',
  database: 'The database is the tool’s from now on. Everything is counted anew; what that would take away is held.',
  threshold: 'The thresholds are kept. Who is past them is told on the overview, in the report and by an alert.',
  unchanged: 'Nothing was changed: every setting has that value already.',
  connected: 'The token was checked with OpenTrain and is kept encrypted.',
} as const;
export type OutcomeKey = keyof typeof outcomes;

export interface ConsolePage {
  title: string;
  /** The address of the page in the navigation. */
  section: string;
  [name: string]: unknown;
}

export class Console {
  readonly context: PluginContext;
  readonly views: Views;
  readonly sessions: Sessions;
  /** What settings are changed in; null where this process cannot go on with others by itself. */
  readonly runningSettings: RunningSettings | null;

  constructor(context: PluginContext, views: Views, sessions: Sessions, runningSettings: RunningSettings | null) {
    this.context = context;
    this.views = views;
    this.sessions = sessions;
    this.runningSettings = runningSettings;
  }

  /** Answers with a page of the console. */
  page(request: Request, response: Response, template: string, page: ConsolePage, status = 200): void {
    const frame = {
      navigation: navigation(page.section, this.mayChange(request)),
      mayChange: this.mayChange(request),
      outcome: Object.entries(outcomes).find(([key]) => key === request.query.done)?.[1] ?? null,
      formToken: makeFormToken(this.context.keys.console, this.#subject(request), this.context.clock.now()),
      policy: this.context.settings.accessPolicy,
    };
    this.views.page(response, `console/${template}`, { ...frame, ...page }, status);
  }

  /** Lets a posted form through only with the token of this session. Comes after `readForm`. */
  readonly requireToken: RequestHandler = (request, response, next) => {
    const { keys, clock } = this.context;
    if (isFormToken(keys.console, this.#subject(request), postedToken(request), clock.now())) return next();
    this.problem(request, response, 403, FORM_TOO_OLD, 'Go back, reload the page and try again.');
  };

  /** Whether who is signed in may change anything. Decides only what a page offers: {@link requireAdmin} decides what is done. */
  mayChange(request: Request): boolean {
    return this.sessions.of(request).role === 'admin';
  }

  /** Who is signed in, as the audit log names them. */
  actor(request: Request): string {
    return this.sessions.of(request).actor;
  }

  /** Refuses every request of a viewer that is not for reading, whatever its route. */
  readonly requireAdmin: RequestHandler = (request, response, next) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads || this.mayChange(request)) return next();
    const remedy =
      'Ask somebody who may: the role comes from OIDC_ADMINS, or from the link of `opentrain-plugin console`.';
    this.problem(request, response, 403, 'You are signed in as a viewer, who can change nothing.', remedy);
  };

  /** Refuses even reading: for pages whose only use is to change something, or that hold links for admins. */
  readonly onlyAdmins: RequestHandler = (request, response, next) => {
    if (this.mayChange(request)) return next();
    const remedy = 'Ask an admin: the role comes from OIDC_ADMINS, or from the link of `opentrain-plugin console`.';
    this.problem(request, response, 403, 'This page is for admins.', remedy);
  };

  /** A handler that does something and leads back to a page; what cannot be done is a page that says what to do. */
  action(run: (request: Request) => Promise<{ back: string; done: OutcomeKey }>): RequestHandler {
    return async (request, response) => {
      try {
        const { back, done } = await run(request);
        response.redirect(303, `${back}${back.includes('?') ? '&' : '?'}done=${done}`);
      } catch (error) {
        const told = forPeople(this.context.settings, error);
        if (!(told instanceof AdminError)) throw error;
        this.problem(request, response, 409, told.message, told.remedy);
      }
    };
  }

  /** A page of the console about something that cannot be done. */
  problem(request: Request, response: Response, status: number, message: string, remedy: string): void {
    const page: ConsolePage = { title: 'That did not work', section: '/console', message, remedy };
    this.page(request, response, 'problem', page, status);
  }

  #subject(request: Request): string {
    return `console ${this.sessions.of(request).id}`;
  }
}
