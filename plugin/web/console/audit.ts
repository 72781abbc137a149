/** The audit log: everything done to anybody's access, newest first. */
import { Router } from 'express';
import { auditList } from '../../audit/audit-log.ts';
import { findTrainer } from '../../mirror/trainers.ts';
import { causedBy } from '../../status/caused-by.ts';
import type { Console } from './console.ts';
import { queryText, readPage } from './paging.ts';

const PATH = '/console/audit';

/** The route /console/audit. */
export function audit(console: Console): Router {
  const router = Router();
  const { database } = console.context;
  router.get('/', async (request, response) => {
    const trainerId = queryText(request, 'trainer');
    const cause = queryText(request, 'cause');
    const query = { ...(trainerId ? { trainerId } : {}), ...(cause ? { cause } : {}) };
    console.page(request, response, 'audit', {
      title: 'Audit log',
      section: PATH,
      cause,
      caused: cause ? await causedBy(console.context, cause) : null,
      trainer: trainerId
        ? { id: trainerId, name: (await findTrainer(database, trainerId))?.display_name ?? null }
        : null,
      ...(await readPage(request, PATH, auditList(database, query))),
    });
  });
  return router;
}
