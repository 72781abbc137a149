/**
 * How long access takes, on a real Label Studio and the whole plugin: from a hire (OpenTrain sends `contract.started`) to the
 * mail server's acceptance of the invitation, and from an end (`contract.ended`) to the moment when the membership is gone and
 * the account closed. One trainer after the other, then all of them at once.
 *
 *     node plugin/run.mjs test/bench/access/run.ts [--trainers 50] [--database postgres|sqlite]
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import { linkIn } from '../../../plugin/dev/demo/mailbox.ts';
import { startPlugin } from '../../../plugin/dev/demo/plugin-process.ts';
import type { World } from '../../../plugin/dev/demo/world.ts';
import { acceptInvitation } from '../../../plugin/invitations/invitations.ts';
import { createLog } from '../../../plugin/log.ts';
import { openPlugin } from '../../../plugin/service/open.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { testWorld } from '../../support/worlds.ts';
import { duration, report } from '../report.ts';
import { busyTime, startTimingProxy, type TimingProxy, type ToolCall } from './timing-proxy.ts';

const PASSWORD = 'seven purple lanterns';

interface Sample {
  from: number;
  until: number;
}

interface Person {
  email: string;
  trainerId: string;
  contractId: string;
}

class Bench {
  readonly #world: World;
  readonly #proxy: TimingProxy;
  readonly #jobId: string;

  constructor(world: World, proxy: TimingProxy, jobId: string) {
    this.#world = world;
    this.#proxy = proxy;
    this.#jobId = jobId;
  }

  #create(name: string): Person {
    const email = `${name}@opentrain.work`;
    const { opentrainUserId } = this.#world.sandbox.control.createTrainer({ displayName: name, workEmail: email });
    return { email, trainerId: opentrainUserId, contractId: '' };
  }

  async hire(name: string): Promise<Person & Sample> {
    const person = this.#create(name);
    const from = performance.now();
    const { id } = this.#world.sandbox.control.hire({ jobId: this.#jobId, trainerId: person.trainerId });
    await this.#world.mailbox.mailTo(person.email, { timeoutMs: 120_000 });
    return { ...person, contractId: id, from, until: performance.now() };
  }

  /** Through the plugin's own function: the page's rate limit is for one visitor, not for fifty. */
  async join(people: readonly Person[]): Promise<void> {
    const { environment, mailbox, pluginUrl } = this.#world;
    const { context, close } = await openPlugin(loadSettings({ environment }), {
      log: createLog('silent'),
      mayCreateStore: true,
    });
    for (const { email } of people) {
      const token = new URL(linkIn(await mailbox.mailTo(email), pluginUrl)).pathname.split('/').at(-1) ?? '';
      const accepted = await acceptInvitation(context, token, PASSWORD);
      if (accepted.result !== 'done') throw new Error(`${email} could not join: ${accepted.reason}`);
    }
    await close();
  }

  async end({ contractId, email }: Person, closed: (email: string) => Promise<boolean>): Promise<Sample> {
    const from = performance.now();
    this.#world.sandbox.control.endContract(contractId);
    while (!(await closed(email))) await delay(4);
    return { from, until: performance.now() };
  }

  async expectNobodyIn(people: readonly Person[]): Promise<void> {
    for (const { email } of people) {
      if (await this.#world.people.signIn({ email, password: PASSWORD })) throw new Error(`${email} still signs in`);
    }
  }

  /** How long it took; one after the other also how much of that was not the tool's own time. */
  tell(what: string, samples: readonly Sample[], inTurn: boolean): void {
    const whole = samples.map(({ from, until }) => until - from);
    const measured = `p50 ${duration(quantile(whole, 0.5))}, p95 ${duration(quantile(whole, 0.95))}`;
    if (!inTurn) {
      const from = Math.min(...samples.map((sample) => sample.from));
      const until = Math.max(...samples.map((sample) => sample.until));
      const busy = busyTime(this.#proxy.calls, from, until);
      report(what, measured, {
        ...{ baseline: `${duration(busy)} (the tool was busy with our calls)`, ratio: (until - from) / busy },
      });
      return;
    }
    const tool = samples.map(({ from, until }) => busyTime(this.#proxy.calls, from, until));
    const baseline = `p95 ${duration(quantile(tool, 0.95))} (the tool's own calls)`;
    report(what, measured, { baseline, ratio: quantile(whole, 0.95) / quantile(tool, 0.95) });
  }

  calls(samples: readonly Sample[]): string {
    const within = this.#proxy.calls.filter((call) =>
      samples.some(({ from, until }) => call.until > from && call.from < until),
    );
    const kinds = Map.groupBy(within, ({ what }: ToolCall) => what);
    const lines = [...kinds].map(([what, calls]) => {
      const times = calls.map(({ from, until }) => until - from);
      return `      ${what}: ${calls.length} calls, p50 ${ms(quantile(times, 0.5))}, p95 ${ms(quantile(times, 0.95))}`;
    });
    return lines.join('\n');
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

async function inTurn<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

async function measure(world: World, trainers: number): Promise<void> {
  const proxy = await startTimingProxy(world.tool.baseUrl);
  const project = await world.people.createProject('Bench of access', 1);
  const { id: jobId } = world.sandbox.control.createJob({ title: 'Bench' });
  await world.command('link', project.id, jobId);
  const plugin = await startPlugin({ ...world.environment, TOOL_BASE_URL: proxy.url }, world.pluginUrl);
  const database = openToolDatabase(world.tool.databaseUrl);
  const closed = async (email: string): Promise<boolean> => {
    const rows = await database.query(
      `SELECT 1 FROM htx_user u JOIN organizations_organizationmember m ON m.user_id = u.id
       WHERE u.email = $1 AND u.is_active = $2 AND m.deleted_at IS NOT NULL`,
      [email, false],
    );
    return rows.length > 0;
  };
  const bench = new Bench(world, proxy, jobId);
  const names = (prefix: string): string[] =>
    Array.from({ length: trainers }, (_value, index) => `${prefix}${index + 1}`);
  try {
    await bench.hire('warm-up');
    const hires = await inTurn(names('turn'), (name) => bench.hire(name));
    await bench.join(hires);
    const ends = await inTurn(hires, (person) => bench.end(person, closed));
    await bench.expectNobodyIn(hires);
    bench.tell('a hire, until the mail server has the invitation', hires, true);
    console.error(bench.calls(hires));
    bench.tell('an end, until the last reach is closed', ends, true);
    console.error(bench.calls(ends));
    const burst = await Promise.all(names('burst').map((name) => bench.hire(name)));
    await bench.join(burst);
    const burstEnds = await Promise.all(burst.map((person) => bench.end(person, closed)));
    await bench.expectNobodyIn(burst);
    bench.tell(`${trainers} hires at once, until the mail server has the invitation`, burst, false);
    bench.tell(`${trainers} ends at once, until the last reach is closed`, burstEnds, false);
  } finally {
    await database.close();
    await plugin.stop('SIGTERM');
    await proxy.close();
  }
}

const { values } = parseArgs({
  options: { trainers: { type: 'string', default: '50' }, database: { type: 'string', default: 'postgres' } },
});
const world = await testWorld({
  tool: 'label-studio',
  database: values.database === 'sqlite' ? 'sqlite' : 'postgres',
});
try {
  console.error(`Label Studio and the plugin's store on ${values.database}`);
  await measure(world, Number(values.trainers));
} finally {
  await world.close();
}
