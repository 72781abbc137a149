/** What happens on OpenTrain during the run: jobs with links, and trainers who are hired, whose contracts end, who are rehired. */
import type { Sandbox } from '../../plugin/dev/sandbox/sandbox.ts';

export interface HistoryOptions {
  sandbox: Sandbox;
  random: () => number;
  trainers: number;
  /** Events to bring about, one for each link of the job each time. */
  events: number;
  /** The tool's projects, one a link. */
  projectIds: readonly string[];
  /** Who is hired again for a job gets the contract of before, under its id. Else a new one. */
  reuseIds: boolean;
}

interface ChaosJob {
  jobId: string;
  projectIds: string[];
}

/** How often a step ends a contract where there is one to end; the rest hires. */
const ENDING_SHARE = 0.55;

export class History {
  readonly #options: HistoryOptions;
  readonly #jobs: ChaosJob[] = [];
  readonly #trainers: string[] = [];
  readonly #active = new Map<string, { contractId: string; jobId: string }[]>();
  readonly #hires = new Map<string, number>();
  #hired = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Makes the jobs; every third one is linked to two projects, so that each hire on it sends two events. */
  async begin(call: (path: string, body: unknown) => Promise<void>): Promise<void> {
    const { sandbox, projectIds, trainers } = this.#options;
    const left = [...projectIds];
    while (left.length > 0) {
      const links = left.splice(0, this.#jobs.length % 3 === 2 ? 2 : 1);
      const { id: jobId } = sandbox.control.createJob({
        title: `Job ${this.#jobs.length + 1}`,
        paymentType: 'PAY_PER_LABEL',
        fundedVolume: 1_000_000,
      });
      this.#jobs.push({ jobId, projectIds: links });
      for (const externalProjectId of links) await call('/project-links', { externalProjectId, jobId });
    }
    for (let index = 0; index < trainers; index += 1) {
      const { opentrainUserId } = sandbox.control.createTrainer({ displayName: `Trainer ${index}` });
      this.#trainers.push(opentrainUserId);
      this.#active.set(opentrainUserId, []);
    }
  }

  get contractEvents(): number {
    return this.#options.sandbox.state.events.filter(({ event }) => event.type.startsWith('contract.')).length;
  }

  get isOver(): boolean {
    return this.contractEvents >= this.#options.events;
  }

  /** One thing happens. */
  step(): void {
    const { random, sandbox } = this.#options;
    const newcomer = this.#trainers[this.#hired];
    if (newcomer !== undefined && random() < 0.6) {
      this.#hired += 1;
      this.#hire(newcomer);
      return;
    }
    const trainerId = this.#trainers[Math.floor(random() * Math.max(1, this.#hired))] ?? '';
    const active = this.#active.get(trainerId) ?? [];
    if (active.length > 0 && random() < ENDING_SHARE) {
      const [ending] = active.splice(Math.floor(random() * active.length), 1);
      if (ending) sandbox.control.endContract(ending.contractId);
      return;
    }
    this.#hire(trainerId);
  }

  #hire(trainerId: string): void {
    const { random, sandbox } = this.#options;
    const active = this.#active.get(trainerId) ?? [];
    const free = this.#jobs.filter(({ jobId }) => !active.some((contract) => contract.jobId === jobId));
    const job = free[Math.floor(random() * free.length)];
    if (!job) return;
    const { reuseIds } = this.#options;
    const ended = [...sandbox.state.contracts.values()].find(
      (contract) => contract.trainerId === trainerId && contract.jobId === job.jobId && contract.status === 'ended',
    );
    const { id: contractId } =
      reuseIds && ended
        ? sandbox.control.reopenContract(ended.id)
        : sandbox.control.hire({ jobId: job.jobId, trainerId });
    this.#hires.set(trainerId, (this.#hires.get(trainerId) ?? 0) + 1);
    active.push({ contractId, jobId: job.jobId });
  }

  /** Somebody who was hired at some time, and a project of a job that they have or had. */
  somebodyAtWork(): { email: string; projectId: string } | null {
    const { random, sandbox } = this.#options;
    const contracts = [...sandbox.state.contracts.values()];
    const contract = contracts[Math.floor(random() * contracts.length)];
    const projects = this.#jobs.find(({ jobId }) => jobId === contract?.jobId)?.projectIds ?? [];
    const projectId = projects[Math.floor(random() * projects.length)];
    const email = sandbox.state.trainers.get(contract?.trainerId ?? '')?.workEmail;
    return projectId && email ? { email, projectId } : null;
  }

  /** By e-mail of everybody who was ever hired: the projects that they should be in, sorted. */
  shouldHave(): Map<string, string[]> {
    const { sandbox } = this.#options;
    const access = new Map<string, string[]>();
    for (const { trainerId, jobId, status } of sandbox.state.contracts.values()) {
      const email = sandbox.state.trainers.get(trainerId ?? '')?.workEmail ?? '';
      const projects = access.get(email) ?? [];
      access.set(email, projects);
      if (status !== 'active') continue;
      for (const id of this.#jobs.find((job) => job.jobId === jobId)?.projectIds ?? []) {
        if (!projects.includes(id)) projects.push(id);
      }
    }
    for (const projects of access.values()) projects.sort();
    return access;
  }

  /** The jobs with their projects, for adding up work. */
  get jobs(): readonly ChaosJob[] {
    return this.#jobs;
  }

  hiresOf(email: string): number {
    const { sandbox } = this.#options;
    const trainer = [...sandbox.state.trainers.values()].find(({ workEmail }) => workEmail === email);
    return this.#hires.get(trainer?.opentrainUserId ?? '') ?? 0;
  }
}
