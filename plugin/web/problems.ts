/** Answers for what is not there, not allowed, too much, or broken: a page that says what to do, never a stack trace. */
import { randomBytes } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import type { Views } from './render.ts';

export interface Problem {
  title: string;
  /** What happened. */
  message: string;
  /** What to do. */
  remedy: string;
  /** A link to the way on, below our address. */
  action?: { href: string; label: string };
  /** Found in the log beside the details. */
  errorId?: string;
}

/** A page about a problem. */
export function problemPage(views: Views, response: Response, status: number, problem: Problem): void {
  views.page(response, 'problem', problem, status);
}

export function tooManyRequests(views: Views): (response: Response) => void {
  const page = {
    title: 'Too many requests',
    message: 'Too many requests came from your address in a short time.',
    remedy: 'Wait a few minutes, then open the page again.',
  };
  return (response) => views.trainersPage(response, 'problem', page, 429);
}

export function notFound(views: Views): RequestHandler {
  return (_request, response) =>
    problemPage(views, response, 404, {
      title: 'Nothing is here',
      message: 'This address leads nowhere.',
      remedy: 'Check that the link was copied completely. If it came in a mail, open it from there again.',
    });
}

/** For a path that exists, but not with this method. */
export function methodNotAllowed(views: Views, allowed: readonly string[]): RequestHandler {
  return (_request, response) => {
    response.set('Allow', allowed.join(', '));
    problemPage(views, response, 405, {
      title: 'This cannot be done here',
      message: `This address only answers ${allowed.join(' and ')}.`,
      remedy: 'Open the page in a browser and use its buttons.',
    });
  };
}

const clientErrorSchema = z.object({ status: z.number().int().min(400).max(499) });

/** The last handler: what a client sent wrong is told, what broke on our side gets an id that the log has too. */
export function errorPage(context: Pick<PluginContext, 'log'>, views: Views): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const client = clientErrorSchema.safeParse(error);
    if (client.success) {
      return problemPage(views, response, client.data.status, {
        title: 'This could not be read',
        message: client.data.status === 413 ? 'What was sent is too large.' : 'What was sent cannot be read.',
        remedy: 'Open the page again and fill in the form as it is.',
      });
    }
    const errorId = randomBytes(4).toString('hex');
    // The route's pattern, not the address: that may hold somebody's one-time token.
    const route = `${request.method} ${request.baseUrl}${z.string().catch('').parse(request.route?.path)}`;
    const stack = error instanceof Error ? error.stack : undefined;
    context.log.error({ errorId, route, error: messageOf(error), stack }, 'a page failed');
    problemPage(views, response, 500, {
      title: 'Something went wrong',
      message: 'This page failed on our side; nothing you entered was at fault.',
      remedy: 'Try again in a few minutes. If it keeps failing, tell the team, with the number below.',
      errorId,
    });
  };
}
