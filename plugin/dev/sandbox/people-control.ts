/** Control: employers, jobs, trainers, contracts and their funding. */
import type { z } from 'zod';
import { crossings } from './budgets.ts';
import type * as inputs from './control-inputs.ts';
import type { Platform } from './platform.ts';
import { Problem } from './problem.ts';
import type { Contract, Job, Organization, Trainer } from './state.ts';
import { viewBudget } from './views.ts';

export interface PeopleControl {
  /** Another employer: its jobs cannot be linked by the default install. */
  createOrganization(input: z.input<typeof inputs.createOrganizationInput>): Organization;
  createJob(input: JobInput): Job;
  /** `workEmail` defaults to one made of the name; null for somebody who has none yet; any text is taken. */
  createTrainer(input: TrainerInput): Trainer;
  updateTrainer(
    trainerId: string,
    changes: { displayName?: string | undefined; workEmail?: string | null | undefined },
  ): Trainer;
  /** Hires: makes an active contract, funded by the job's first milestone, and emits `contract.started`. */
  hire(input: z.input<typeof inputs.hireInput>): Contract;
  /** Ends an active contract (now by default) and emits `contract.ended`. */
  endContract(contractId: string, options?: { endDate?: string | undefined }): Contract;
  /**
   * Rehires the trainer under the same contract id: an ended contract is active again from `startDate` on (now by default), and
   * `contract.started` is emitted. Usage and milestones stay.
   */
  reopenContract(contractId: string, options?: { startDate?: string | undefined }): Contract;
  /** Funds a milestone, which becomes the active one, and emits `milestone.funded`. */
  fundMilestone(contractId: string, funding: FundingInput): Contract;
  /**
   * Work done on OpenTrain itself: it uses up the budget without a report of ours. Emits the budget events of what it crosses;
   * `silent`: those get lost.
   */
  workFirstParty(contractId: string, work: FirstPartyWork): Contract;
  /** Leaves the contract without a hired trainer, so that usage is answered with 409. */
  removeTrainerFromContract(contractId: string): Contract;
}

export interface JobInput {
  title: string;
  paymentType?: Job['paymentType'] | undefined;
  fundedVolume?: number | undefined;
  fundedAmountUsd?: number | undefined;
  organizationId?: string | undefined;
}

export interface TrainerInput {
  displayName: string;
  workEmail?: string | null | undefined;
  country?: string | null | undefined;
}

export interface FirstPartyWork {
  seconds?: number | undefined;
  tasks?: number | undefined;
  labels?: number | undefined;
  silent?: boolean | undefined;
}

export interface FundingInput {
  volume: number;
  amountUsd?: number | undefined;
  name?: string | undefined;
}

/** The control calls on people and contracts of a running sandbox; each throws a {@link Problem} for an unknown id. */
export function createPeopleControl(platform: Platform): PeopleControl {
  const { state, ids } = platform;
  return {
    createOrganization: ({ name }) => {
      const organization: Organization = { id: ids.next('org'), name, featureEnabled: true };
      state.organizations.set(organization.id, organization);
      return organization;
    },
    createJob: (input) => {
      const job: Job = {
        id: ids.next('job'),
        organizationId: input.organizationId ?? state.defaultOrganizationId,
        title: input.title,
        paymentType: input.paymentType === undefined ? 'PAY_PER_HOUR' : input.paymentType,
        fundedVolume: input.fundedVolume ?? 0,
        fundedAmountUsd: input.fundedAmountUsd ?? 0,
      };
      state.jobs.set(job.id, job);
      return job;
    },
    createTrainer: (input) => createTrainer(platform, input),
    updateTrainer: (trainerId, { displayName, workEmail }) => {
      const trainer = known(state.trainers, trainerId, 'trainer');
      if (displayName !== undefined) trainer.displayName = displayName;
      if (workEmail !== undefined) trainer.workEmail = workEmail;
      return trainer;
    },
    hire: (input) => hire(platform, input),
    endContract: (contractId, { endDate } = {}) => endContract(platform, contractId, endDate),
    reopenContract: (contractId, { startDate } = {}) => {
      const contract = known(state.contracts, contractId, 'contract');
      if (contract.status === 'active') throw new Problem('CONFLICT', `Contract ${contractId} is active.`);
      Object.assign(contract, { status: 'active', startDate: startDate ?? instantOf(platform), endDate: null });
      platform.events.contractChanged('contract.started', contract);
      return contract;
    },
    fundMilestone: (contractId, funding) => {
      const contract = known(state.contracts, contractId, 'contract');
      addMilestone(platform, contract, funding);
      platform.events.budgetChanged('milestone.funded', contract);
      return contract;
    },
    workFirstParty: (contractId, work) => workFirstParty(platform, contractId, work),
    removeTrainerFromContract: (contractId) => {
      const contract = known(state.contracts, contractId, 'contract');
      contract.trainerId = null;
      return contract;
    },
  };
}

function endContract(platform: Platform, contractId: string, endDate: string | undefined): Contract {
  const { state, events } = platform;
  const contract = known(state.contracts, contractId, 'contract');
  if (contract.status === 'ended') throw new Problem('CONFLICT', `Contract ${contractId} has ended already.`);
  contract.status = 'ended';
  contract.endDate = endDate ?? instantOf(platform);
  events.contractChanged('contract.ended', contract);
  return contract;
}

function workFirstParty({ state, events }: Platform, contractId: string, work: FirstPartyWork): Contract {
  const contract = known(state.contracts, contractId, 'contract');
  const { seconds = 0, tasks = 0, labels = 0, silent = false } = work;
  const before = viewBudget(state, contract);
  const { firstParty } = contract;
  contract.firstParty = {
    seconds: firstParty.seconds + seconds,
    tasks: firstParty.tasks + tasks,
    labels: firstParty.labels + labels,
  };
  const crossed = silent ? [] : crossings(before, viewBudget(state, contract));
  for (const type of crossed) events.budgetChanged(type, contract);
  return contract;
}

function createTrainer({ state, ids }: Platform, { displayName, workEmail, country }: TrainerInput): Trainer {
  const opentrainUserId = ids.next('usr');
  const mailbox = displayName
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '.')
    .replaceAll(/^\.|\.$/g, '');
  const trainer: Trainer = {
    opentrainUserId,
    displayName,
    country: country ?? null,
    profileUrl: `https://app.opentrain.ai/trainers/${opentrainUserId}`,
    workEmail: workEmail === undefined ? `${mailbox}@opentrain.work` : workEmail,
  };
  state.trainers.set(opentrainUserId, trainer);
  return trainer;
}

function hire(platform: Platform, input: z.input<typeof inputs.hireInput>): Contract {
  const { state, ids, events } = platform;
  const job = known(state.jobs, input.jobId, 'job');
  const trainer = known(state.trainers, input.trainerId, 'trainer');
  const contract: Contract = {
    id: ids.next('ctr'),
    jobId: job.id,
    title: input.title ?? job.title,
    status: 'active',
    startDate: input.startDate ?? instantOf(platform),
    endDate: null,
    createdAt: instantOf(platform),
    trainerId: trainer.opentrainUserId,
    milestones: [],
    usage: new Map(),
    firstParty: { seconds: 0, tasks: 0, labels: 0 },
    lastUsageAt: null,
  };
  if (job.fundedVolume > 0)
    addMilestone(platform, contract, { volume: job.fundedVolume, amountUsd: job.fundedAmountUsd });
  state.contracts.set(contract.id, contract);
  events.contractChanged('contract.started', contract);
  return contract;
}

function addMilestone(
  { ids, state }: Platform,
  contract: Contract,
  { volume, amountUsd = 0, name }: FundingInput,
): void {
  contract.milestones.push({
    id: ids.next('ms'),
    name: name ?? `Milestone ${contract.milestones.length + 1}`,
    amountUsd,
    volume: hasVolume(state.jobs.get(contract.jobId)) ? volume : null,
    status: 'ACTIVE_FUNDED',
  });
}

function hasVolume(job: Job | undefined): boolean {
  return job?.paymentType === 'PAY_PER_HOUR' || job?.paymentType === 'PAY_PER_LABEL';
}

/** Now, as OpenTrain writes its dates: `2031-05-20T12:00:00.000Z`. */
function instantOf({ clock }: Pick<Platform, 'clock'>): string {
  return clock.now().toISOString();
}

function known<Value>(map: ReadonlyMap<string, Value>, id: string, what: string): Value {
  const value = map.get(id);
  if (value === undefined) throw new Problem('NOT_FOUND', `The sandbox has no ${what} ${id}.`);
  return value;
}
