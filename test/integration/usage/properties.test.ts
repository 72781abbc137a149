import { expect } from 'chai';
import fc from 'fast-check';
import { syncContracts } from '../../../plugin/usage/sync.ts';
import type { Fate } from '../../support/fake-open-train.ts';
import { recount } from '../../support/recount.ts';
import { storeKinds } from '../../support/store.ts';
import {
  addContract,
  addLink,
  addTrainer,
  resetUsageWorld,
  type UsageWorld,
  usageWorld,
} from '../../support/usage-world.ts';

const HOUR = 3_600_000;
const CAP = 3_600;
const index = fc.nat({ max: 1_000 });
const fate = fc.constantFrom<Fate[]>('ok', 'ok', 'ok', 'lost', 'down', { status: 404 }, { status: 409 });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('annotate' as const),
      who: index,
      where: index,
      count: fc.integer({ min: 1, max: 4 }),
      seconds: fc.integer({ min: 0, max: 9_000 }),
      hoursAgo: fc.integer({ min: 0, max: 50 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('edit' as const),
      which: index,
      seconds: fc.integer({ min: 0, max: 9_000 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), which: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('hire' as const),
      who: index,
      job: index,
      daysAgo: fc.integer({ min: -1, max: 3 }),
      open: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end' as const), which: index }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('relink' as const),
      where: index,
      job: fc.option(index),
      regions: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 30 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('sync' as const),
      kind: fc.constantFrom('recent', 'whole', 'one'),
      fates: fc.array(fate, { minLength: 1, maxLength: 4 }),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const timezones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin', 'Pacific/Apia'];
const jobs = ['job_a', 'job_b', 'job_c'];
const projects = ['1', '2', '3'];
const people = ['ada', 'ben', 'stranger'];

/** Plays random histories; keeps what OpenTrain can be held to. */
class History {
  readonly world: UsageWorld;
  readonly timezone: string;
  /** Every task that was ever worked on: `trainer day` → `project/task`. */
  readonly everWorked = new Map<string, Set<string>>();
  #number = 0;
  /** No call has failed so far. */
  #isCalm = true;

  constructor(world: UsageWorld, timezone: string) {
    this.world = {
      ...world,
      context: {
        ...world.context,
        settings: { ...world.context.settings, usage: { timezone, maxSecondsPerAnnotation: CAP, countBulk: false } },
      },
    };
    this.timezone = timezone;
  }

  get now(): number {
    return this.world.clock.time.getTime();
  }

  async start(): Promise<void> {
    const { database, clock } = this.world;
    await resetUsageWorld(this.world);
    clock.time = new Date('2031-03-28T09:00:00Z');
    await addTrainer(database, { id: 'ada', tool_user_id: 'user-ada' });
    await addTrainer(database, { id: 'ben' });
    for (const [position, project] of projects.entries()) await this.#link(project, jobs[position % 2] ?? null, false);
    await this.#hire('ada', 'job_a', 0, true);
    await this.#hire('ben', 'job_b', 2, false);
  }

  async play(step: Step): Promise<void> {
    const { tool, clock } = this.world;
    const pick = <Item>(items: readonly Item[], which: number): Item | undefined =>
      items[which % Math.max(1, items.length)];
    switch (step.do) {
      case 'annotate':
        for (let made = 0; made < step.count; made += 1)
          this.#annotate(pick(people, step.who) ?? '', pick(projects, step.where) ?? '', step);
        return;
      case 'edit': {
        const annotation = pick(tool.annotations, step.which);
        if (annotation) annotation.seconds = step.seconds;
        return;
      }
      case 'delete':
        tool.annotations = tool.annotations.filter((one) => one !== pick(tool.annotations, step.which));
        return;
      case 'hire':
        return this.#hire(pick(['ada', 'ben'], step.who) ?? '', pick(jobs, step.job) ?? '', step.daysAgo, step.open);
      case 'end':
        return this.#end(step.which);
      case 'relink':
        return this.#relink(
          pick(projects, step.where) ?? '',
          step.job === null ? null : (pick(jobs, step.job) ?? null),
          step.regions,
        );
      case 'wait':
        clock.time = new Date(this.now + step.hours * HOUR);
        return;
      case 'sync':
        return this.sync(step.kind, step.fates);
    }
  }

  #annotate(person: string, projectId: string, step: { seconds: number; hoursAgo: number }): void {
    this.#number += 1;
    const createdAt = new Date(this.now - step.hoursAgo * HOUR);
    const taskId = String(this.#number % 7);
    this.world.tool.annotations.push({
      projectId,
      taskId,
      toolUserId: `user-${person}`,
      email: `${person}@opentrain.work`,
      createdAt,
      seconds: step.seconds,
      regions: this.#number % 4,
    });
    const day = new Intl.DateTimeFormat('sv', { timeZone: this.timezone }).format(createdAt);
    const key = `${person} ${day}`;
    this.everWorked.set(key, (this.everWorked.get(key) ?? new Set()).add(`${projectId}/${taskId}`));
  }

  async #hire(trainerId: string, jobId: string, daysAgo: number, open: boolean): Promise<void> {
    this.#number += 1;
    const start = new Date(this.now - daysAgo * 24 * HOUR).toISOString();
    await addContract(this.world.database, {
      id: `ctr_${this.#number}`,
      job_id: jobId,
      trainerIds: [trainerId],
      created_at: this.now,
      start_date: open ? null : start.slice(0, daysAgo % 2 ? 10 : undefined),
    });
  }

  async #end(which: number): Promise<void> {
    const active = await this.world.database('contracts').where({ status: 'active' }).orderBy('id');
    const contract = active[which % Math.max(1, active.length)];
    if (!contract) return;
    const end_date = new Date(this.now).toISOString().slice(0, which % 2 ? 10 : undefined);
    await this.world
      .database('contracts')
      .where({ id: contract.id })
      .update({ status: 'ended', end_date, ended_seen_at: this.now });
  }

  async #link(projectId: string, jobId: string | null, regions: boolean): Promise<void> {
    this.#number += 1;
    await addLink(this.world.database, {
      id: `link_${String(this.#number).padStart(5, '0')}`,
      job_id: jobId,
      external_project_id: projectId,
      project_id: projectId,
      created_at: this.now,
      label_unit: regions ? 'regions' : 'annotations',
    });
  }

  async #relink(projectId: string, jobId: string | null, regions: boolean): Promise<void> {
    await this.world
      .database('project_links')
      .where({ external_project_id: projectId, removed_at: null })
      .update({ removed_at: this.now });
    // Creation and removal carry OpenTrain's clock: never the same instant.
    this.world.clock.time = new Date(this.now + 1_000);
    if (jobId !== null) await this.#link(projectId, jobId, regions);
  }

  async sync(kind: string, fates: readonly Fate[]): Promise<void> {
    const { openTrain, context, database, clock } = this.world;
    openTrain.today = clock.time.toISOString().slice(0, 10);
    const linked = new Set((await database('project_links').where({ removed_at: null })).map((link) => link.job_id));
    const contracts = await database('contracts').orderBy('id');
    openTrain.isLinked = (id) => linked.has(contracts.find((contract) => contract.id === id)?.job_id);
    let call = 0;
    openTrain.fate = () => fates[call++ % fates.length] ?? 'ok';
    const since = new Date(this.now - 24 * HOUR).toISOString().slice(0, 10);
    const one = contracts[this.#number % contracts.length]?.id ?? '';
    const options = { recent: { since }, one: { contractIds: [one] }, whole: {} }[kind];
    await syncContracts(context, { acceptLosses: true, ...options, cause: 'test' });
    this.#isCalm &&= fates.every((one) => one === 'ok');
    if (this.#isCalm) this.checkNothingTwice();
  }

  /** Nobody is ever paid for more tasks than they worked on, whatever was edited, deleted, moved or ended since. */
  checkNothingTwice(): void {
    const paid = Map.groupBy(this.world.openTrain.held.values(), ({ trainerId, day }) => `${trainerId} ${day}`);
    for (const [key, days] of paid) {
      const tasks = days.reduce((sum, day) => sum + (day.tasks ?? 0), 0);
      expect(tasks, `tasks of ${key}`).to.be.at.most(this.everWorked.get(key)?.size ?? 0);
    }
  }

  async check(): Promise<void> {
    const { openTrain, tool, database, clock } = this.world;
    const jobOf = new Map((await database('contracts')).map((contract) => [contract.id, contract.job_id]));
    const linked = new Set((await database('project_links').where({ removed_at: null })).map((link) => link.job_id));
    const isReportable = (contractId: string): boolean => linked.has(jobOf.get(contractId));
    const expected = await recount(database, tool.annotations, { timezone: this.timezone, cap: CAP, now: clock.time });
    const contested = new Set([...expected].filter(([, day]) => day.contested).map(([key]) => key));
    const exact = (
      days: Iterable<{
        contractId: string;
        trainerId: string;
        day: string;
        tasks: number | null;
        labels: number | null;
        seconds: number | null;
      }>,
    ) =>
      [...days]
        .filter(
          (day) => isReportable(day.contractId) && !contested.has([day.contractId, day.trainerId, day.day].join(' ')),
        )
        .filter((day) => day.tasks || day.labels || day.seconds)
        .map(
          ({ contractId, trainerId, day, tasks, labels, seconds }) =>
            `${contractId} ${trainerId} ${day}: ${tasks} ${labels} ${seconds}`,
        )
        .sort();
    expect(exact(openTrain.held.values())).to.deep.equal(exact(expected.values()));
    this.checkNothingTwice();
    const waiting = await database('contracts').where({ status: 'ended', final_submitted_at: null });
    for (const contract of waiting) if (isReportable(contract.id)) expect(contract, 'final count').to.equal(null);
  }
}

for (const kind of storeKinds) {
  describe(`Usage over random histories (${kind})`, function () {
    this.timeout(180_000);
    let world: UsageWorld;
    before(async () => {
      world = await usageWorld(kind);
    });
    after(() => world.close());

    it('ends with OpenTrain holding an independent recount, no day counted twice, and nothing left to send', async () => {
      const runs = Number(process.env.USAGE_PROPERTY_RUNS ?? (kind === 'sqlite' ? 50 : 15));
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...timezones),
          fc.boolean(),
          fc.array(step, { minLength: 5, maxLength: 45 }),
          async (timezone, calm, steps) => {
            const history = new History(world, timezone);
            await history.start();
            for (const next of steps)
              await history.play(calm && next.do === 'sync' ? { ...next, fates: ['ok'] } : next);
            await history.sync('whole', ['ok']);
            await history.check();
            const calls = world.openTrain.calls.length;
            await history.sync('whole', ['ok']);
            await history.sync('recent', ['ok']);
            expect(world.openTrain.calls.length, 'calls of a second sync').to.equal(calls);
          },
        ),
        { numRuns: runs },
      );
    });
  });
}
