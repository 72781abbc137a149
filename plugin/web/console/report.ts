/** The nightly report of any day, as it would be mailed now; nothing is sent. */
import { type Request, type Response, Router } from 'express';
import { AdminError } from '../../errors.ts';
import { forPeople } from '../../errors-for-people.ts';
import { type NightlyReport, nightlyReport } from '../../report/report.ts';
import { reportCsv } from '../../report/report-csv.ts';
import { reportHtml, reportSubject } from '../../report/report-text.ts';
import { urgent } from '../../status/problems.ts';
import { readStatus } from '../../status/status.ts';
import { addDays, type Day, dayOf, isDay } from '../../usage/days.ts';
import type { Console } from './console.ts';
import { queryText } from './paging.ts';

const PATH = '/console/report';
/** The mail has its own styles and nothing else: no script runs in it, and it loads nothing. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation-by-user-activation; frame-ancestors 'self'";

/** The routes below /console/report. */
export function report(console: Console): Router {
  const router = Router();
  router.use(console.onlyAdmins);
  router.get('/', async (request, response) => {
    const day = dayOfRequest(console, request);
    const made = await reportOf(console, request, response, day);
    if (!made) return;
    const { report: settings } = console.context.settings;
    console.page(request, response, 'report', {
      ...{ title: 'Report', section: PATH, day, subject: reportSubject(made, console.views.format) },
      ...{ to: settings.to, isMailed: console.context.mailer !== null },
      ...{ dayBefore: addDays(day, -1), dayAfter: addDays(day, 1), latest: lastDay(console) },
    });
  });
  router.get('/mail', async (request, response) => {
    const made = await reportOf(console, request, response, dayOfRequest(console, request));
    if (!made) return;
    response.set({
      'Content-Security-Policy': MAIL_POLICY,
      'X-Frame-Options': 'SAMEORIGIN',
      'Cache-Control': 'no-store',
    });
    response.type('html').send(reportHtml(made, console.views.format));
  });
  router.get('/csv', async (request, response) => {
    const day = dayOfRequest(console, request);
    const made = await reportOf(console, request, response, day);
    if (made) response.attachment(`labels-${day}.csv`).type('text/csv').send(reportCsv(made));
  });
  return router;
}

async function reportOf(
  console: Console,
  request: Request,
  response: Response,
  day: Day,
): Promise<NightlyReport | null> {
  const { context } = console;
  try {
    return await nightlyReport(context, day, { actions: urgent(await readStatus(context)) });
  } catch (error) {
    const told = forPeople(context.settings, error);
    if (!(told instanceof AdminError)) throw error;
    console.problem(request, response, 409, told.message, told.remedy);
    return null;
  }
}

/** Yesterday where the address names no day. */
function dayOfRequest(console: Console, request: Request): Day {
  const day = queryText(request, 'day');
  return isDay(day) ? day : addDays(lastDay(console), -1);
}

function lastDay({ context }: Console): Day {
  return dayOf(context.clock.now(), context.settings.usage.timezone);
}
