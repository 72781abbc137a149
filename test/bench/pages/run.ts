/**
 * Every page of the console, /metrics and `status` on the big store: time and size, beside the page of settings, which reads nothing.
 * Tells time, size, CPU of the process and the longest block of the event loop. Parameter: `sqlite` or `postgres`; both when absent.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Router } from 'express';
import { z } from 'zod';
import { setThreshold } from '../../../plugin/budget/threshold-rows.ts';
import { readStatus } from '../../../plugin/status/status.ts';
import { statusText } from '../../../plugin/status/text.ts';
import { createApp } from '../../../plugin/web/app.ts';
import { addSession } from '../../../plugin/web/console/session-rows.ts';
import { copyOfStore, storeKinds } from '../../support/store.ts';
import { duration, report } from '../report.ts';
import { BIG, dayBefore } from '../scale/fill.ts';
import { filledStore, type ScaleWorld, scaleWorld } from '../scale/world.ts';

const WARM_ROUNDS = 2;
const ROUNDS = 9;
const BASELINE = '/console/settings';
const DEEP_PAGE = 1_000;
const LARGEST_PAGE = 200_000;

const otherDays = `other_from=${dayBefore(Date.now(), 45)}&other_until=${dayBefore(Date.now(), 31)}`;

const pages = [
  BASELINE,
  '/console',
  '/console/trainers',
  '/console/trainers?q=t9999',
  '/console/trainers?state=active&page=100',
  '/console/trainers/t77',
  '/console/projects',
  '/console/budgets',
  '/console/budgets?page=100',
  '/console/budgets/c1',
  '/console/usage',
  '/console/usage?days=365',
  `/console/usage?by=entry&from=${dayBefore(Date.now(), 1)}&until=${dayBefore(Date.now(), 1)}`,
  '/console/usage?by=project',
  '/console/usage?by=contract',
  '/console/usage?by=trainer&days=90',
  ...['day', 'contract', 'trainer', 'project'].map((by) => `/console/usage?by=${by}&${otherDays}`),
  '/console/deliveries',
  `/console/deliveries?page=${DEEP_PAGE}`,
  '/console/deliveries?failing=1',
  '/console/queue',
  '/console/audit',
  '/console/audit?trainer=t77',
  '/console/remove-everybody',
  '/connect',
  '/metrics',
];

interface Measured {
  ms: number;
  /** Of this process, with the database where that is SQLite: a busy machine does not change it. */
  cpuMs: number;
  blockedMs: number;
  bytes: number;
}

const addressSchema = z.object({ port: z.number() });

async function measure(work: () => Promise<number>): Promise<Measured> {
  const rounds: Measured[] = [];
  for (let warm = 0; warm < WARM_ROUNDS; warm += 1) await work();
  for (let round = 0; round < ROUNDS; round += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
    const bytes = await work();
    const ms = performance.now() - startedAt;
    delay.disable();
    const { user, system } = process.cpuUsage(cpuBefore);
    rounds.push({
      ms,
      bytes,
      cpuMs: (user + system) / 1_000,
      blockedMs: Number.isFinite(delay.max) ? delay.max / 1e6 : 0,
    });
  }
  const sorted = rounds.toSorted((a, b) => a.ms - b.ms);
  const median = sorted[Math.floor(ROUNDS / 2)];
  if (!median) throw new Error('nothing was measured');
  return median;
}

/** Every trainer has worked today. */
async function workToday({ context: { database }, size }: ScaleWorld): Promise<void> {
  const now = Date.now();
  const day = dayBefore(now, 0);
  await database.raw(
    `INSERT INTO usage_days (contract_id, trainer_id, work_date, total_seconds, tasks_completed, labels_completed, accepted_at)
     SELECT contract_id, trainer_id, '${day}', 600, 10, 10, ${now} FROM contract_trainers
     JOIN contracts ON contracts.id = contract_id WHERE status = 'active'`,
  );
  await database.raw(
    `INSERT INTO usage_job_days (job_id, work_date, total_seconds, tasks_completed, labels_completed)
     SELECT job_id, work_date, SUM(total_seconds), SUM(tasks_completed), SUM(labels_completed) FROM usage_days
     JOIN contracts ON contracts.id = contract_id WHERE work_date = '${day}' GROUP BY job_id, work_date`,
  );
  const sums = { total_seconds: 600 * size.trainers, tasks_completed: 10 * size.trainers };
  await database('usage_day_totals').insert({
    ...{ work_date: day, trainers: size.trainers, labels_completed: 10 * size.trainers },
    ...sums,
  });
}

/** Thresholds that a few budgets have passed. */
async function watchBudgets({ context }: ScaleWorld): Promise<void> {
  await setThreshold(context, null, { usedPercent: 90, daysLeft: 7 }, 'bench');
}

async function serve({ context }: ScaleWorld) {
  const webhooks = Router();
  const app = createApp(context, { webhooks, ready: async () => ({ ready: true, why: '' }) });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cookie = randomBytes(16).toString('base64url');
  const createdAt = new Date();
  const times = { createdAt, expiresAt: new Date(createdAt.getTime() + 3_600_000) };
  await addSession(context.database, cookie, { role: 'admin', actor: 'bench' }, times);
  const { port } = addressSchema.parse(server.address());
  return {
    async read(path: string): Promise<number> {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie: `console=${cookie}` } });
      const { length } = Buffer.from(await response.arrayBuffer());
      if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      return length;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const asked = process.argv.slice(2);
for (const kind of storeKinds.filter((candidate) => asked.length === 0 || asked.includes(candidate))) {
  console.error(`${kind}: filling the store`);
  const filled = await filledStore(kind, BIG);
  const world = await scaleWorld(await copyOfStore(kind, filled.url), BIG);
  await filled.remove();
  await workToday(world);
  await watchBudgets(world);
  let baseline = Number.NaN;
  const told = (what: string, { ms, cpuMs, blockedMs, bytes }: Measured, limitMs: number): void => {
    if (what === BASELINE) baseline = ms;
    const isPage = what.startsWith('/c');
    const measured = `${duration(ms)}, ${(bytes / 1_000).toFixed(0)} kB; CPU ${duration(cpuMs)}, longest block ${duration(blockedMs)}`;
    const words = isPage ? `≤ ${limitMs} ms, ≤ ${LARGEST_PAGE / 1_000} kB` : `≤ ${limitMs} ms`;
    const goal = { words, isMet: ms <= limitMs && (!isPage || bytes <= LARGEST_PAGE) };
    const beside = `${duration(baseline)} (${BASELINE})`;
    report(`${kind}: ${what}`, measured, { baseline: beside, ratio: ms / baseline, goal });
  };
  for (const path of pages) {
    // A server each: the limit of requests a minute is the server's.
    const server = await serve(world);
    told(path, await measure(() => server.read(path)), path === '/metrics' ? 50 : 100);
    server.close();
  }
  const text = async (): Promise<number> => statusText(await readStatus(world.context, 'attention'), 'UTC').length;
  told('status, without the start of its process', await measure(text), 200);
  await world.close();
}
