/** `POST /contracts/{id}/usage`: cumulative totals per (worker, day) (contract: "Contracts"). */
import { z } from 'zod';
import { crossings } from '../budgets.ts';
import { operation } from '../operations.ts';
import { type Platform, todayInUtc } from '../platform.ts';
import { Problem } from '../problem.ts';
import { submitUsageBody, type UsageEntryBody } from '../requests.ts';
import { type ApiBudget, budgetSchema } from '../schemas.ts';
import type { Contract, UsageRecord } from '../state.ts';
import { viewBudget } from '../views.ts';
import { linkedContract } from './contracts.ts';

/** Refuses the whole call when an entry is for a day to come or for somebody who is not on the contract. */
function checkEntries(entries: readonly UsageEntryBody[], trainerId: string, today: string): void {
  const issues = entries.flatMap((entry, index) => {
    const { workDate, workerOpentrainUserId = trainerId } = entry;
    const future =
      workDate > today ? [{ path: `entries.${index}.workDate`, message: `${workDate} is in the future` }] : [];
    const foreign =
      workerOpentrainUserId === trainerId
        ? []
        : [{ path: `entries.${index}.workerOpentrainUserId`, message: 'is not a participant of this contract' }];
    return [...future, ...foreign];
  });
  const [first] = issues;
  if (first !== undefined) throw new Problem('BAD_REQUEST', `${first.path}: ${first.message}`, { issues });
}

/** Stores one entry over what is there for its worker and day; what it leaves out stays. A later entry wins in one call. */
function storeEntry(contract: Contract, entry: UsageEntryBody, trainerId: string, reportedAt: string): void {
  const { workDate, workerOpentrainUserId = trainerId } = entry;
  const key = `${workerOpentrainUserId} ${workDate}`;
  const before: UsageRecord | undefined = contract.usage.get(key);
  contract.usage.set(key, {
    workerOpentrainUserId,
    workDate,
    totalSeconds: entry.totalSeconds ?? before?.totalSeconds ?? null,
    tasksCompleted: entry.tasksCompleted ?? before?.tasksCompleted ?? null,
    labelsCompleted: entry.labelsCompleted ?? before?.labelsCompleted ?? null,
    externalReportId: entry.externalReportId ?? before?.externalReportId ?? null,
    reportedAt,
  });
}

function submitUsage({ state, clock, events }: Platform, contract: Contract, entries: UsageEntryBody[]): ApiBudget {
  const { trainerId } = contract;
  if (trainerId === null) throw new Problem('CONFLICT', 'There is no hired trainer on this contract.');
  checkEntries(entries, trainerId, todayInUtc(clock));
  const before = viewBudget(state, contract);
  const reportedAt = clock.now().toISOString();
  for (const entry of entries) storeEntry(contract, entry, trainerId, reportedAt);
  contract.lastUsageAt = reportedAt;
  const after = viewBudget(state, contract);
  for (const type of crossings(before, after)) events.budgetChanged(type, contract);
  return after;
}

export const usageOperations = [
  operation({
    operationId: 'submitUsage',
    method: 'post',
    path: '/contracts/{contractId}/usage',
    scope: 'usage:write',
    summary: 'Report totals per worker and day; an entry replaces what is stored, omitted fields keep their values.',
    problems: {
      BAD_REQUEST: 'An entry is not valid, or there are more than 100; then nothing is stored.',
      NOT_FOUND: 'No such contract, or its job is not linked by this install.',
      CONFLICT: 'There is no hired trainer on the contract.',
    },
    body: submitUsageBody,
    response: z.strictObject({ contractId: z.string(), accepted: z.number().int(), budget: budgetSchema }),
    handle: (platform, { install }, { id, body }) => {
      const contract = linkedContract(platform, install, id);
      const budget = submitUsage(platform, contract, body.entries);
      return { contractId: id, accepted: body.entries.length, budget };
    },
  }),
];
