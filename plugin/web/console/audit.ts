/** The audit log: everything done to anybody's access, newest first. */
import { Router } from 'express';
import { latestAudit } from '../../audit/audit-log.ts';
import { findTrainer } from '../../mirror/trainers.ts';
import type { Console } from './console.ts';
import { pageOf, queryText } from './paging.ts';

const PATH = '/console/audit';
/** As many as an admin will page through; older ones stay in the store. */
const LATEST = 2_000;

/** The route /console/audit. */
export function audit(console: Console): Router {
  const router = Router();
  const { database } = console.context;
  router.get('/', async (request, response) => {
    const trainerId = queryText(request, 'trainer');
    const rows = await latestAudit(database, { limit: LATEST, ...(trainerId ? { trainerId } : {}) });
    console.page(request, response, 'audit', {
      title: 'Audit log',
      section: PATH,
      trainer: trainerId
        ? { id: trainerId, name: (await findTrainer(database, trainerId))?.display_name ?? null }
        : null,
      ...pageOf(request, PATH, rows),
    });
  });
  return router;
}
