/**
 * Hostile trainers call whatever a member may call, in a seeded order, while hires, ends and syncs go on; on a real Label Studio,
 * with the real plugin and the sandbox. `red-team-run.ts` is the command, `red-team-verdict.ts` what must be true afterwards.
 */
import { pino } from 'pino';
import { z } from 'zod';
import { openToolDatabase } from '../../adapters/sql/open-tool-database.ts';
import type { PluginContext } from '../../plugin/context.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { seededRandom } from '../../plugin/dev/sandbox/ids.ts';
import { openPlugin } from '../../plugin/service/open.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { LabelStudioSession } from '../support/label-studio-session.ts';
import type { StoreKind } from '../support/store.ts';
import { testWorld } from '../support/worlds.ts';
import { memberCalls, type Raid } from './member-api.ts';
import { callOperation, describedOperations, type Operation } from './member-fuzz.ts';
import { accept, endsFor, hire, join, type Keys, keysOf, type Person, STOLEN } from './red-team-people.ts';
import { judge } from './red-team-verdict.ts';

const HOSTILE = ['mallory', 'trudy', 'oscar'];
const HONEST = ['honest', 'grace'];
const TASKS = 200;
/** After so many steps every kind of event has happened once more. */
export const STEPS_A_CYCLE = 24;
/** Seconds for one honest label. */
export const LEAD_TIME = 5;
const REMOVAL_PATIENCE_MS = 30_000;

export interface RedTeamOptions {
  /** Where both the tool and the plugin keep their data. */
  database: StoreKind;
  /** How long the storm is. */
  length: { seconds: number } | { steps: number };
  seed: number;
  progress: (line: string) => void;
}

/** Runs it. Returns what is wrong afterwards: nothing when the plugin held. */
export async function runRedTeam(options: RedTeamOptions): Promise<string[]> {
  await using closing = new AsyncDisposableStack();
  const { database, progress } = options;
  const world = closing.adopt(await testWorld({ tool: 'label-studio', database }), (one) => one.close());
  const plugin = closing.adopt(await world.start(), (one) => one.stop('SIGKILL').then(() => undefined));
  const settings = loadSettings({ environment: world.environment });
  const { context } = closing.adopt(await openPlugin(settings, { log: pino({ level: 'silent' }) }), (one) =>
    one.close(),
  );
  const storm = await Storm.begin(world, context, options);
  await storm.rage();
  const isShort = 'steps' in options.length;
  const failures = [...storm.failures, ...(await judge(storm, { isShort, progress }))];
  if (plugin.process.exitCode !== null) failures.push(`the plugin ended with ${plugin.process.exitCode}`);
  if (failures.length > 0) progress(plugin.log().slice(-4_000));
  return failures;
}

export class Storm {
  readonly world: World;
  /** The plugin's parts, for what an admin does beside the running `start`. */
  readonly context: PluginContext;
  readonly jobId: string;
  readonly projectId: string;
  readonly honest: Person[] = [];
  readonly hostile: Person[] = [];
  /** Their contracts ended while it raged. */
  readonly gone: Person[] = [];
  /** Hired after somebody else had made an account under their Work Email. */
  readonly victims: string[] = [];
  /** What the hostile made under a victim's Work Email. */
  readonly stolen: Keys[] = [];
  /** Accounts that the hostile made for themselves. */
  readonly extra: Keys[] = [];
  /** Ids of the annotations that each honest trainer made. */
  readonly made = new Map<string, number[]>();
  readonly failures: string[] = [];
  calls = 0;
  readonly #options: RedTeamOptions;
  readonly #random: () => number;
  #operations: Operation[] = [];

  private constructor(
    { world, context }: { world: World; context: PluginContext },
    options: RedTeamOptions,
    { jobId, projectId }: { jobId: string; projectId: string },
  ) {
    this.world = world;
    this.context = context;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.jobId = jobId;
    this.projectId = projectId;
  }

  static async begin(world: World, context: PluginContext, options: RedTeamOptions): Promise<Storm> {
    const admin = await adminOf(world);
    const { projectId } = await admin.createProject('Red team', texts());
    const { id: jobId } = world.sandbox.control.createJob({
      title: 'Red team',
      paymentType: 'PAY_PER_LABEL',
      fundedVolume: 1_000_000,
    });
    const linked = await world.command('link', projectId, jobId);
    if (linked.exitCode !== 0) throw new Error(linked.errors);
    const storm = new Storm({ world, context }, options, { jobId, projectId });
    const joinAll = (names: readonly string[]) => Promise.all(names.map((name) => join(world, jobId, name)));
    const [operations, honest, hostile] = await Promise.all([
      describedOperations(admin),
      joinAll(HONEST),
      joinAll(HOSTILE),
    ]);
    storm.#operations = operations;
    storm.honest.push(...honest);
    storm.hostile.push(...hostile);
    return storm;
  }

  #pick<Item>(items: readonly Item[]): Item | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }

  /** One honest label and one hostile call after the other, and now and then a larger event. */
  async rage(): Promise<void> {
    const { length } = this.#options;
    const startedAt = performance.now();
    const isOver = (step: number): boolean =>
      'steps' in length ? step >= length.steps : performance.now() - startedAt >= length.seconds * 1000;
    const events: Record<number, () => Promise<unknown>> = {
      3: () => this.#stealFromTheNext(),
      9: () => this.#makeAnother(),
      15: () => this.#endOne(),
      21: () => this.world.command('sync'),
    };
    for (let step = 0; !isOver(step); step += 1) {
      const tasks = await this.tasks();
      if (tasks.length < TASKS / 4) await this.#addTasks();
      const worker = this.#pick(this.honest);
      const [task, strike] = [this.#pick(tasks) ?? 0, this.#strike(tasks)];
      await Promise.all([worker ? this.label(worker, task) : undefined, strike]);
      await events[step % STEPS_A_CYCLE]?.();
      if (step % 200 === 199) this.#options.progress(`${step + 1} steps, ${this.calls} hostile calls`);
    }
  }

  async label(worker: Person, task: number): Promise<void> {
    const answer = await worker.session.tryAnnotating(task, { labels: ['good'], leadTime: LEAD_TIME });
    if (answer.status !== 201) return;
    const { id } = z.object({ id: z.number() }).parse(answer.data);
    this.made.set(worker.email, [...(this.made.get(worker.email) ?? []), id]);
  }

  async #addTasks(): Promise<void> {
    const admin = await adminOf(this.world);
    await admin.http.post(
      `/api/projects/${this.projectId}/import`,
      texts().map((text) => ({ text })),
    );
  }

  async #strike(tasks: readonly number[]): Promise<void> {
    const actor = this.#pick(this.hostile);
    const victim = this.#pick(this.honest);
    if (!actor || !victim) return;
    this.calls += 1;
    const raid: Raid = {
      member: actor.session,
      baseUrl: this.world.tool.baseUrl,
      projectId: this.projectId,
      task: this.#pick(tasks) ?? 0,
      annotation: this.#pick(this.made.get(victim.email) ?? []) ?? 0,
      ownId: actor.id,
      honestId: victim.id,
      address: `extra.${this.calls}@example.com`,
      password: STOLEN,
    };
    const operation = this.#random() < 0.4 ? this.#pick(this.#operations) : undefined;
    const call = operation
      ? callOperation(operation, raid, this.#random)
      : (this.#pick(memberCalls)?.run(raid) ?? Promise.resolve());
    await call.catch(() => undefined);
  }

  /** Makes an account under an address through the invite link, with every key to it; null when the tool refuses. */
  async #makeUnder(email: string): Promise<Keys | null> {
    const { tool } = this.world;
    const actor = this.#pick(this.hostile);
    const signUp = memberCalls.find(({ name }) => name === 'sign up with the invite link');
    const raid = { baseUrl: tool.baseUrl, projectId: this.projectId, task: 0, annotation: 0, ownId: 0, honestId: 0 };
    if (actor)
      await signUp?.run({ ...raid, member: actor.session, address: email, password: STOLEN }).catch(() => undefined);
    const session = await LabelStudioSession.signIn(tool.baseUrl, email, STOLEN);
    return session && keysOf(session, email, STOLEN);
  }

  /** Somebody takes the address of a colleague who is hired right after, and makes every key; the colleague accepts. */
  async #stealFromTheNext(): Promise<void> {
    const name = `victim.${this.victims.length}`;
    const email = `${name}@opentrain.work`;
    const keys = await this.#makeUnder(email);
    if (!keys) return void this.failures.push(`nobody could sign up as ${email}: nothing was attacked`);
    this.stolen.push(keys);
    hire(this.world, this.jobId, name);
    this.victims.push(email);
    await accept(this.world, email);
  }

  async #makeAnother(): Promise<void> {
    const keys = await this.#makeUnder(`another.${this.extra.length}@example.com`);
    if (keys) this.extra.push(keys);
  }

  /** Somebody joins, makes every key, and their contract ends: nothing opens any more, however long they try. */
  async #endOne(): Promise<void> {
    const person = await join(this.world, this.jobId, `leaver.${this.gone.length}`);
    this.world.sandbox.control.endContract(person.contractId);
    this.gone.push(person);
    if (!(await endsFor(this.world.tool.baseUrl, [person.keys], REMOVAL_PATIENCE_MS)))
      this.failures.push(`${person.email} is still in after the end of the contract`);
  }

  tasks(): Promise<number[]> {
    return this.ids('SELECT id FROM task WHERE project_id = $1', [Number(this.projectId)]);
  }

  /** By the database: an odd `lead_time` makes Label Studio's own list of tasks answer 500 to everybody. */
  async ids(sql: string, parameters: readonly (number | string | boolean)[]): Promise<number[]> {
    const database = openToolDatabase(this.world.tool.databaseUrl);
    try {
      const rows = z.array(z.object({ id: z.coerce.number() })).parse(await database.query(sql, parameters));
      return rows.map(({ id }) => id);
    } finally {
      await database.close();
    }
  }
}

function texts(): string[] {
  return Array.from({ length: TASKS }, (_, index) => `Text ${index}`);
}

function adminOf({ tool: { baseUrl, adminEmail, adminPassword } }: World): Promise<LabelStudioSession> {
  return LabelStudioSession.mustSignIn(baseUrl, adminEmail, adminPassword);
}
