/** /healthz: the process answers. /readyz: it can serve (store reachable, migrations done). For load balancers and supervisors. */
import { Router } from 'express';

export interface Readiness {
  ready: boolean;
  /** What is missing, in words; what was checked when ready. */
  why: string;
}

/** The two routes; a readiness check that throws is "not ready". */
export function healthRoutes(ready: () => Promise<Readiness>): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.set('Cache-Control', 'no-store').json({ healthy: true });
  });
  router.get('/readyz', async (_request, response) => {
    const state = await ready().catch(() => ({ ready: false, why: 'it cannot be told' }));
    response
      .status(state.ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(state);
  });
  return router;
}
