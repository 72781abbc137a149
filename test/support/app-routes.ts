/** The routes of express apps, from the calls that make their routers: also those that are only made with the first request. */
import { Router } from 'express';
import sinon from 'sinon';
import { z } from 'zod';

export interface WatchedRoutes {
  /** "/invitations/:token": every path that has a handler for this method, or one that answers whatever the method, unless `own`. */
  paths(method: 'get' | 'post', which?: 'own'): string[];
  stop(): void;
}

const routeSchema = z.object({ methods: z.record(z.string(), z.boolean()) });
const pathsSchema = z.union([z.string().transform((path) => [path]), z.array(z.string())]);

/** Watches every router that is made from now on. */
export function watchRoutes(): WatchedRoutes {
  const mounts = sinon.spy(Router.prototype, 'use');
  const routes = sinon.spy(Router.prototype, 'route');

  const below = (router: unknown, at: string, methods: readonly string[], known: ReadonlySet<unknown>): string[] => [
    ...routes.getCalls().flatMap(({ thisValue, args, returnValue }) => {
      const { methods: taken } = routeSchema.parse(returnValue);
      if (thisValue !== router || !methods.some((method) => taken[method])) return [];
      return pathsSchema.parse(args[0]).map((path) => joined(at, path));
    }),
    ...mounts.getCalls().flatMap(({ thisValue, args }) => {
      if (thisValue !== router) return [];
      const places = pathsSchema.catch(['']).parse(args[0]);
      const children = args.flat(Number.POSITIVE_INFINITY).filter((handler) => known.has(handler));
      return children.flatMap((child) => places.flatMap((place) => below(child, joined(at, place), methods, known)));
    }),
  ];

  return {
    paths(method, which) {
      const methods = which === 'own' ? [method] : [method, '_all'];
      const known = new Set<unknown>([...mounts.getCalls(), ...routes.getCalls()].map(({ thisValue }) => thisValue));
      const mounted = new Set<unknown>(mounts.getCalls().flatMap(({ args }) => args.flat(Number.POSITIVE_INFINITY)));
      // What is mounted nowhere is an app, or a router that a handler loads and calls: both are at the root.
      const roots = [...known].filter((router) => !mounted.has(router));
      return [...new Set(roots.flatMap((root) => below(root, '', methods, known)))].map((path) => path || '/');
    },
    stop() {
      mounts.restore();
      routes.restore();
    },
  };
}

function joined(at: string, path: string): string {
  return at + (path === '/' ? '' : path);
}
