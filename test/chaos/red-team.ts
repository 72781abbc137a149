/**
 * Three hostile trainers call whatever a member may call, in a seeded order, while hires, ends and syncs go on:
 *   node plugin/dev/run.mjs test/chaos/red-team.ts --minutes 10 --seed 7
 * On a real Label Studio with PostgreSQL, the real plugin and the sandbox. Prints what went wrong; exits with 1 when anything did.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { openToolDatabase } from '../../adapters/sql/open-tool-database.ts';
import { linkIn } from '../../plugin/dev/demo/mailbox.ts';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import { submitForm } from '../../plugin/dev/demo/web-form.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { seededRandom } from '../../plugin/dev/sandbox/ids.ts';
import { usageOf } from '../../plugin/dev/sandbox/state.ts';
import { openDatabase } from '../../plugin/store/database.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import { testWorld } from '../support/worlds.ts';
import { memberCalls } from './member-api.ts';

const PASSWORD = 'seven purple lanterns';
const STOLEN = 'the intruder knows this one';
const HOSTILE = ['mallory', 'trudy', 'oscar'];

export interface RedTeamOptions {
  seconds: number;
  seed: number;
  progress: (line: string) => void;
}

interface Person {
  email: string;
  contractId: string;
  session: LabelStudioSession;
  id: number;
}

/** Runs it. Returns what is wrong afterwards: nothing when the plugin held. */
export async function runRedTeam(options: RedTeamOptions): Promise<string[]> {
  await using closing = new AsyncDisposableStack();
  const world = closing.adopt(await testWorld({ tool: 'label-studio', database: 'postgres' }), (one) => one.close());
  const plugin = closing.adopt(await world.start(), (one) => one.stop('SIGKILL').then(() => undefined));
  const raid = await RedTeam.begin(world, options);
  await raid.storm();
  const failures = await raid.judge();
  if (failures.length > 0) options.progress(plugin.log().slice(-4_000));
  return failures;
}

class RedTeam {
  readonly #world: World;
  readonly #options: RedTeamOptions;
  readonly #random: () => number;
  readonly #jobId: string;
  readonly #projectId: string;
  readonly #hostile: Person[] = [];
  readonly #victims: string[] = [];
  readonly #stolenTokens: string[] = [];
  readonly #made: number[] = [];
  #honest: Person | undefined;
  #count = 0;

  private constructor(world: World, options: RedTeamOptions, jobId: string, projectId: string) {
    this.#world = world;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#jobId = jobId;
    this.#projectId = projectId;
  }

  static async begin(world: World, options: RedTeamOptions): Promise<RedTeam> {
    const { adminEmail, adminPassword, baseUrl } = world.tool;
    const admin = await LabelStudioSession.mustSignIn(baseUrl, adminEmail, adminPassword);
    const texts = Array.from({ length: 200 }, (_, index) => `Text ${index}`);
    const { projectId } = await admin.createProject('Red team', texts);
    const { id: jobId } = world.sandbox.control.createJob({
      title: 'Red team',
      paymentType: 'PAY_PER_LABEL',
      fundedVolume: 100_000,
    });
    const linked = await world.command('link', projectId, jobId);
    if (linked.exitCode !== 0) throw new Error(linked.errors);
    const team = new RedTeam(world, options, jobId, projectId);
    team.#honest = await team.#join('honest');
    for (const name of HOSTILE) team.#hostile.push(await team.#join(name));
    return team;
  }

  #hire(name: string): { email: string; contractId: string } {
    const { control } = this.#world.sandbox;
    const email = `${name}@opentrain.work`;
    const { opentrainUserId: trainerId } = control.createTrainer({ displayName: name, workEmail: email });
    return { email, contractId: control.hire({ jobId: this.#jobId, trainerId }).id };
  }

  async #join(name: string): Promise<Person> {
    const { email, contractId } = this.#hire(name);
    const session = await this.#accept(email);
    return { email, contractId, session, id: (await session.whoami())?.id ?? 0 };
  }

  async #accept(email: string): Promise<LabelStudioSession> {
    const { mailbox, pluginUrl, tool } = this.#world;
    const page = await submitForm(linkIn(await mailbox.mailTo(email), pluginUrl), { password: PASSWORD });
    if (page.status !== 200) throw new Error(`${email} could not accept: ${page.text.slice(0, 300)}`);
    return LabelStudioSession.mustSignIn(tool.baseUrl, email, PASSWORD);
  }

  get #worker(): Person {
    if (!this.#honest) throw new Error('nobody is honest');
    return this.#honest;
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  async storm(): Promise<void> {
    const until = performance.now() + this.#options.seconds * 1000;
    for (let step = 0; performance.now() < until; step += 1) {
      const tasks = await this.#ids('SELECT id FROM task WHERE project_id = $1', Number(this.#projectId));
      const answer = await this.#worker.session.tryAnnotating(this.#pick(tasks) ?? 0, {
        labels: ['good'],
        leadTime: 5,
      });
      if (answer.status === 201) this.#made.push(z.object({ id: z.number() }).parse(answer.data).id);
      await this.#strike(tasks);
      if (step % 25 === 10) await this.#stealFromTheNext();
      if (step % 40 === 30) await this.#world.command('sync');
    }
  }

  async #strike(tasks: readonly number[]): Promise<void> {
    const actor = this.#pick(this.#hostile);
    const call = this.#pick(memberCalls);
    if (!actor || !call) return;
    this.#count += 1;
    await call
      .run({
        member: actor.session,
        baseUrl: this.#world.tool.baseUrl,
        projectId: this.#projectId,
        task: this.#pick(tasks) ?? 0,
        annotation: this.#pick(this.#made) ?? 0,
        ownId: actor.id,
        honestId: this.#worker.id,
        address: `extra.${this.#count}@example.com`,
        password: STOLEN,
      })
      .catch(() => undefined);
  }

  /** Somebody takes the address of a colleague who is hired right after, and makes a key; the colleague accepts. */
  async #stealFromTheNext(): Promise<void> {
    const { tool } = this.#world;
    const name = `victim.${this.#victims.length}`;
    const email = `${name}@opentrain.work`;
    const actor = this.#pick(this.#hostile);
    await actor?.session.http.post('/api/users/', { email, username: email, password: STOLEN });
    const stolen = await LabelStudioSession.signIn(tool.baseUrl, email, STOLEN);
    if (stolen) this.#stolenTokens.push(await stolen.personalToken());
    this.#hire(name);
    this.#victims.push(email);
    await this.#accept(email);
  }

  async judge(): Promise<string[]> {
    const { sandbox, tool, pluginUrl } = this.#world;
    const failures: string[] = [];
    for (const { contractId } of this.#hostile) sandbox.control.endContract(contractId);
    const isIn = async (email: string, password: string) =>
      (await LabelStudioSession.signIn(tool.baseUrl, email, password)) !== null;
    for (const { email, session } of this.#hostile) {
      const isOut = async () => (await session.whoami()) === null && !(await isIn(email, PASSWORD));
      await waitFor(`the removal of ${email}`, isOut, 30_000).catch(() => failures.push(`${email} is still in`));
    }
    for (const email of this.#victims) {
      if (await isIn(email, STOLEN)) failures.push(`the intruder signs in as ${email}`);
      if (!(await isIn(email, PASSWORD))) failures.push(`${email} cannot sign in`);
    }
    for (const token of this.#stolenTokens)
      if (await this.#worker.session.refresh(token)) failures.push('a stolen personal token still works');
    const { exitCode, errors } = await this.#world.command('sync', '--accept', '--contract', this.#worker.contractId);
    if (exitCode !== 0) failures.push(`sync: ${errors.slice(0, 400)}`);
    failures.push(...(await this.#judgeTotals()), ...(await this.#judgeQueue()));
    const { status } = await fetch(`${pluginUrl}/readyz`);
    if (status !== 200) failures.push(`/readyz answers ${status}`);
    this.#options.progress(
      `${this.#count} hostile calls, ${this.#made.length} honest labels, ${this.#victims.length} victims`,
    );
    return failures;
  }

  /** By the database: an odd `lead_time` makes Label Studio's own list of tasks answer 500 to everybody. */
  async #ids(sql: string, parameter: number): Promise<number[]> {
    const database = openToolDatabase(this.#world.tool.databaseUrl);
    try {
      const rows = z.array(z.object({ id: z.coerce.number() })).parse(await database.query(sql, [parameter]));
      return rows.map(({ id }) => id);
    } finally {
      await database.close();
    }
  }

  async #judgeTotals(): Promise<string[]> {
    const { id, contractId } = this.#worker;
    const surviving = 'SELECT id FROM task_completion WHERE completed_by_id = $1 AND NOT was_cancelled';
    const ids = new Set(await this.#ids(surviving, id));
    const own = this.#made.filter((made) => ids.has(made)).length;
    const told = usageOf(this.#world.sandbox.state, contractId).reduce(
      (sum, day) => sum + (day.labelsCompleted ?? 0),
      0,
    );
    return own === told ? [] : [`the honest trainer has ${own} labels, and ${told} were submitted`];
  }

  async #judgeQueue(): Promise<string[]> {
    const store = openDatabase(this.#world.environment.DATABASE_URL ?? '');
    try {
      const rows: { kind: string; key: string; last_error: string }[] = await store('queue_items')
        .whereNotNull('last_error')
        .select('kind', 'key', 'last_error');
      return rows.map(({ kind, key, last_error }) => `${kind} ${key} fails: ${last_error}`);
    } finally {
      await store.destroy();
    }
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
  });
  const progress = (line: string) => console.error(line);
  const failures = await runRedTeam({ seconds: Number(values.minutes) * 60, seed: Number(values.seed), progress });
  for (const failure of failures) console.log(`- ${failure}`);
  console.log(failures.length === 0 ? 'the plugin held' : `${failures.length} failures`);
  process.exit(failures.length === 0 ? 0 : 1);
}
