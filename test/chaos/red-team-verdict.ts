/** What must be true when the storm of `red-team.ts` is over, whatever was called in it. */
import PQueue from 'p-queue';
import { z } from 'zod';
import { closeNewAccount, lookForNewAccounts } from '../../plugin/access/new-accounts.ts';
import { runSync } from '../../plugin/commands/sync.ts';
import { usageOf } from '../../plugin/dev/sandbox/state.ts';
import { openDatabase } from '../../plugin/store/database.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { LEAD_TIME, type Storm } from './red-team.ts';
import { endsFor, join, keysOf, openKeys, PASSWORD, type Person } from './red-team-people.ts';

const PATIENCE_MS = 30_000;
/** A sign-in is a second of work for Label Studio, and a long storm leaves dozens to try. */
const LOOKS_AT_ONCE = 4;
/** More than the brake lets through as a small correction. */
const WORK_TO_LOSE = 25;

const syncSchema = z.object({ problems: z.array(z.object({ contractId: z.string(), problem: z.string() })) });

/** Judges everything; what it finds wrong, in words. The short cut leaves the brake to `test/e2e/brake.test.ts`. */
export async function judge(
  storm: Storm,
  { isShort, progress }: { isShort: boolean; progress: (line: string) => void },
): Promise<string[]> {
  const failures: string[] = [];
  for (const part of [judgeTotals, ...(isShort ? [] : [judgeBrake]), judgeAccess, judgeJoined, judgeLife]) {
    failures.push(...(await part(storm).catch((error: Error) => [`${part.name}: ${error.message}`])));
  }
  const labels = [...storm.made.values()].reduce((sum, ids) => sum + ids.length, 0);
  const { calls, victims, extra, gone } = storm;
  progress(
    `${calls} hostile calls, ${labels} honest labels, ${victims.length} victims, ${extra.length} extra accounts, ${gone.length} ended in the storm`,
  );
  return failures;
}

function submitted({ world }: Storm, { contractId }: Person): { labels: number; seconds: number } {
  const sum = { labels: 0, seconds: 0 };
  for (const { labelsCompleted, totalSeconds } of usageOf(world.sandbox.state, contractId)) {
    sum.labels += labelsCompleted ?? 0;
    sum.seconds += totalSeconds ?? 0;
  }
  return sum;
}

/** Labels that an honest trainer made and that are still theirs, and the seconds of those that nobody else touched. */
async function ownWork(storm: Storm, { id, email }: Person): Promise<{ labels: number; seconds: number }> {
  const surviving = 'SELECT id FROM task_completion WHERE completed_by_id = $1 AND NOT was_cancelled';
  const all = new Set(await storm.ids(surviving, [id]));
  const untouched = new Set(await storm.ids(`${surviving} AND updated_by_id = $1`, [id]));
  const made = storm.made.get(email) ?? [];
  const count = (among: ReadonlySet<number>) => made.filter((one) => among.has(one)).length;
  return { labels: count(all), seconds: count(untouched) * LEAD_TIME };
}

async function judgeTotals(storm: Storm): Promise<string[]> {
  const failures: string[] = [];
  await runSync(storm.context, {});
  // What the storm took away may be held: an admin accepts it.
  const { exitCode, text } = await runSync(storm.context, { accept: true });
  if (exitCode !== 0) failures.push(`sync: ${text.slice(0, 400)}`);
  for (const person of storm.honest) {
    const [own, told] = [await ownWork(storm, person), submitted(storm, person)];
    if (own.labels !== told.labels || own.seconds !== told.seconds)
      failures.push(`${person.email} did ${JSON.stringify(own)}, and ${JSON.stringify(told)} was submitted`);
  }
  return failures;
}

/** One hostile trainer deletes everything: held until an admin accepts it, and then sent. */
async function judgeBrake(storm: Storm): Promise<string[]> {
  const { context, projectId, hostile } = storm;
  const [worker] = storm.honest;
  if (!worker) return ['nobody is honest'];
  const [task = 0] = await storm.tasks();
  for (let count = 0; count < WORK_TO_LOSE; count += 1) await storm.label(worker, task);
  await runSync(context, {});
  const before = submitted(storm, worker);
  const query = { id: 'delete_tasks_annotations', project: projectId };
  const all = { selectedItems: { all: true, excluded: [] } };
  await hostile[0]?.session.http.post('/api/dm/actions', all, { params: query });
  const own = await ownWork(storm, worker);
  const failures = own.labels === 0 ? [] : [`deleting everything left ${own.labels} labels`];
  const { json } = await runSync(context, { contract: worker.contractId });
  const { problems } = syncSchema.parse(json);
  if (!problems.some(({ problem }) => problem.includes('is held'))) failures.push('the loss of everything is not held');
  const held = submitted(storm, worker);
  if (held.labels !== before.labels) failures.push(`${before.labels} labels became ${held.labels} without a word`);
  await runSync(context, { accept: true, contract: worker.contractId });
  const after = submitted(storm, worker);
  if (after.labels !== 0) failures.push(`${after.labels} labels are left after the admin accepted the loss`);
  return failures;
}

async function judgeAccess(storm: Storm): Promise<string[]> {
  const { world, hostile, gone, stolen, victims, honest } = storm;
  const { baseUrl } = world.tool;
  const failures: string[] = [];
  // What they hold at their end: the keys of the storm may have replaced the first ones.
  const last = await Promise.all(hostile.map(({ session, email }) => keysOf(session, email, PASSWORD)));
  for (const { contractId } of hostile) world.sandbox.control.endContract(contractId);
  const queue = new PQueue({ concurrency: LOOKS_AT_ONCE });
  const looks: Promise<unknown>[] = [
    ...hostile.map(async ({ email, keys }) => {
      const rings = [keys, ...last.filter((ring) => ring.email === email)];
      if (!(await endsFor(baseUrl, rings, PATIENCE_MS))) failures.push(`${email} is still in`);
    }),
    ...[...gone.map((person) => person.keys), ...stolen].map((keys) =>
      queue.add(async () => {
        const open = await openKeys(baseUrl, keys);
        if (open.length > 0) failures.push(`keys of somebody without access open: ${open.join(', ')}`);
      }),
    ),
    ...[...victims, ...honest.map((person) => person.email)].map((email) =>
      queue.add(async () => {
        const session = await LabelStudioSession.signIn(baseUrl, email, PASSWORD);
        const self = (await session?.whoami())?.email;
        if (self !== email) failures.push(`${email} cannot sign in, or is ${self}`);
      }),
    ),
  ];
  await Promise.all(looks);
  return failures;
}

/** Every account that belongs to no trainer is listed; closing each of them ends every key to it. */
async function judgeJoined(storm: Storm): Promise<string[]> {
  const { world, context, extra } = storm;
  const failures: string[] = [];
  const listed = (await lookForNewAccounts(context)) ?? [];
  const strangers = "SELECT id FROM htx_user WHERE is_active AND email <> $1 AND email NOT LIKE '%@opentrain.work'";
  const expected = (await storm.ids(strangers, [world.tool.adminEmail])).map(String).sort();
  const found = listed.map(({ tool_user_id }) => tool_user_id).sort();
  if (found.join() !== expected.join())
    failures.push(`accounts of nobody: ${expected.join()}; listed: ${found.join()}`);
  for (const { email } of extra)
    if (!listed.some(({ name }) => name === email)) failures.push(`${email} is not listed`);
  const mine = listed.filter(({ name }) => extra.some(({ email }) => email === name));
  for (const { tool_user_id } of mine) {
    const reaches = await closeNewAccount(context, tool_user_id, 'red team');
    if (reaches.length > 0) failures.push(`${tool_user_id} can still ${reaches.map(({ what }) => what).join(', ')}`);
  }
  for (const keys of extra) {
    const open = await openKeys(world.tool.baseUrl, keys);
    if (open.length > 0) failures.push(`after it was closed: ${open.join(', ')}`);
  }
  return failures;
}

/** Nothing fails in the queue, the plugin is ready, and a new hire and their end go through. */
async function judgeLife(storm: Storm): Promise<string[]> {
  const { world, jobId } = storm;
  const failures: string[] = [];
  const last = await join(world, jobId, 'the.last');
  world.sandbox.control.endContract(last.contractId);
  if (!(await endsFor(world.tool.baseUrl, [last.keys], PATIENCE_MS))) failures.push(`${last.email} is still in`);
  const { status } = await fetch(`${world.pluginUrl}/readyz`);
  if (status !== 200) failures.push(`/readyz answers ${status}`);
  const store = openDatabase(world.environment.DATABASE_URL ?? '');
  try {
    const rows: { kind: string; key: string; last_error: string }[] = await store('queue_items')
      .whereNotNull('last_error')
      .select('kind', 'key', 'last_error');
    failures.push(...rows.map(({ kind, key, last_error }) => `${kind} ${key} fails: ${last_error}`));
  } finally {
    await store.destroy();
  }
  return failures;
}
