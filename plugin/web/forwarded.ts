/** X-Forwarded-For: how far it is believed, in the forms that proxies send it in, and from whom it comes without being believed. */
import { isIPv6 } from 'node:net';
import type { Express, RequestHandler } from 'express';
import { count, UNTRUSTED_PROXY } from '../audit/counters.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';

/** It is a hint for an admin: once a minute is enough. */
const NOTED_EVERY_MS = 60_000;

/** The header with addresses alone: Azure and IIS add ports, RFC 7239 brackets IPv6. */
export function withoutPorts(header: string): string {
  return header
    .split(',')
    .map((part) => {
      const text = part.trim().replaceAll('"', '');
      const [, inBrackets] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? [];
      if (inBrackets !== undefined) return inBrackets;
      return isIPv6(text) ? text : text.replace(/:\d+$/, '');
    })
    .join(', ');
}

/** Believes X-Forwarded-For as PLUGIN_TRUSTED_PROXIES says, and counts what comes from elsewhere. Comes before every route. */
export function readForwarded(app: Express, context: PluginContext): void {
  app.set('trust proxy', context.settings.plugin.trustedProxies);
  app.use(forwardedFor(context, app.get('trust proxy fn')));
}

function forwardedFor(context: PluginContext, isTrusted: (address: string, hop: number) => boolean): RequestHandler {
  const { database, clock, log } = context;
  let notedAt = Number.NEGATIVE_INFINITY;
  return (request, _response, next) => {
    const header = request.headers['x-forwarded-for'];
    if (typeof header !== 'string') return next();
    request.headers['x-forwarded-for'] = withoutPorts(header);
    const address = request.socket.remoteAddress ?? '';
    const now = clock.now();
    if (!isTrusted(address, 0) && now.getTime() - notedAt >= NOTED_EVERY_MS) {
      notedAt = now.getTime();
      const failed = (error: unknown) => log.warn({ error: messageOf(error) }, 'an untrusted proxy could not be noted');
      count(database, UNTRUSTED_PROXY, address.replace(/^::ffff:/, ''), now).catch(failed);
    }
    next();
  };
}
