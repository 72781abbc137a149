/** The last page: what every step came to, and the button that writes the answers and begins the normal service. */
import { Router } from 'express';
import { AdminError, messageOf } from '../../errors.ts';
import { steps } from '../../setup/steps.ts';
import type { Views } from '../render.ts';
import type { SetupParts } from './app.ts';
import type { SetupSession } from './session.ts';

export function finishPages(parts: SetupParts, views: Views, session: SetupSession): Router {
  const { progress } = parts;
  const router = Router();
  let isUnderWay = false;
  const page = (problem: { problem: string; remedy: string } | null) => ({
    steps: steps.map((step) => ({
      ...step,
      isDone: progress.isDone(step),
      isCurrent: false,
      result: progress.resultOf(step) ?? null,
    })),
    missing: progress.next ?? null,
    file: parts.file,
    formToken: session.formToken('setup'),
    problem,
  });
  router.get('/setup/finish', (_request, response) => views.page(response, 'setup/finish', page(null)));
  router.post('/setup/finish', async (_request, response) => {
    if (progress.next || isUnderWay) return response.redirect(303, '/setup');
    isUnderWay = true;
    try {
      const { signInUrl } = await parts.finish();
      views.page(response, 'setup/done', { signInUrl, file: parts.file });
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      views.page(response, 'setup/finish', page({ problem: messageOf(error), remedy: error.remedy }), 409);
    } finally {
      isUnderWay = false;
    }
  });
  return router;
}
