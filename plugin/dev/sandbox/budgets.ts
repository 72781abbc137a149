/** How a budget follows from funding and usage (contract: "Budget"). Pure: no state, no clock. */
import type { ApiBudget } from './schemas.ts';
import type { Milestone, PaymentType, UsageRecord } from './state.ts';

export const LOW_FRACTION = 0.8;
export const DEPLETED_FRACTION = 1;
const SECONDS_PER_HOUR = 3600;

export interface BudgetInput {
  contractId: string;
  paymentType: PaymentType | null;
  milestones: readonly Milestone[];
  usage: Iterable<UsageRecord>;
  firstParty: { seconds: number; tasks: number; labels: number };
  lastUsageAt: string | null;
}

/**
 * The budget of a contract. The newest milestone is the active one; funding is the sum of all. What is consumed is what was
 * reported and what was done on OpenTrain itself. The state follows the rounded
 * fraction, so that it can be checked against the numbers shown.
 */
export function computeBudget(input: BudgetInput): ApiBudget {
  const consumed = sumUsage(input.usage, input.firstParty);
  const fundedVolume = sum(input.milestones.map((milestone) => milestone.volume ?? 0));
  const volumes = { PAY_PER_HOUR: consumed.hours, PAY_PER_LABEL: consumed.labels, FIXED_PRICE: 0 };
  const consumedVolume = input.paymentType === null ? 0 : volumes[input.paymentType];
  const consumedFraction = fundedVolume > 0 ? Math.round((consumedVolume / fundedVolume) * 10_000) / 10_000 : 0;
  return {
    contractId: input.contractId,
    paymentType: input.paymentType,
    state: stateOf(consumedFraction),
    fundedVolume,
    fundedAmountUsd: sum(input.milestones.map((milestone) => milestone.amountUsd)),
    consumed,
    consumedVolume,
    remainingVolume: Math.max(0, fundedVolume - consumedVolume),
    consumedFraction,
    activeMilestone: input.milestones.at(-1) ?? null,
    lastUsageAt: input.lastUsageAt,
  };
}

/** Which thresholds the fraction crossed on its way up, in order; a jump over both is both. Nothing on the way down. */
export function crossings(
  before: Pick<ApiBudget, 'consumedFraction'>,
  after: Pick<ApiBudget, 'consumedFraction'>,
): ('milestone.budget_low' | 'milestone.budget_depleted')[] {
  const crossed = (threshold: number): boolean =>
    before.consumedFraction < threshold && after.consumedFraction >= threshold;
  return [
    ...(crossed(LOW_FRACTION) ? (['milestone.budget_low'] as const) : []),
    ...(crossed(DEPLETED_FRACTION) ? (['milestone.budget_depleted'] as const) : []),
  ];
}

function stateOf(fraction: number): ApiBudget['state'] {
  if (fraction >= DEPLETED_FRACTION) return 'DEPLETED';
  return fraction >= LOW_FRACTION ? 'LOW' : 'OK';
}

function sumUsage(usage: Iterable<UsageRecord>, firstParty: BudgetInput['firstParty']): ApiBudget['consumed'] {
  let { seconds, tasks, labels } = firstParty;
  for (const record of usage) {
    seconds += record.totalSeconds ?? 0;
    tasks += record.tasksCompleted ?? 0;
    labels += record.labelsCompleted ?? 0;
  }
  return { seconds, hours: seconds / SECONDS_PER_HOUR, labels, tasks };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
