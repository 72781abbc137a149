/**
 * Sends the days of one contract that differ, at most 100 a call, and records what OpenTrain accepted.
 *
 * Before a call its days are noted as being sent; they stay so until the answer is recorded. Whatever happens in between (a crash,
 * a time-out, another process sending the same day), such a day counts as uncertain and is sent again; totals replace what is
 * stored, so once more is harmless.
 *
 * A call with an entry that is not valid is refused as a whole (contract: "Usage"): it is halved until the bad entry stands alone and
 * is named, and the others are in.
 */
import { randomUUID } from 'node:crypto';
import { storeBudget } from '../budget/budgets.ts';
import type { PluginContext } from '../context.ts';
import { USAGE_ENTRIES_PER_CALL } from '../platform/client.ts';
import { OpenTrainRefused } from '../platform/errors.ts';
import type { Budget, UsageEntry } from '../platform/types.ts';
import type { Day } from './days.ts';
import type { DayChange } from './differences.ts';
import { change, isEmpty, keyOf, over, unknownTotals } from './totals.ts';
import { recordCorrections } from './usage-corrections.ts';
import {
  acceptedOnDays,
  beginSending,
  contestDays,
  endSending,
  keyColumns,
  saveAcceptedDays,
  totalsColumns,
  totalsOf,
  workDayOf,
} from './usage-days.ts';
import { deleteRefusals, saveRefusal } from './usage-refusals.ts';

export interface RefusedDay extends DayChange {
  /** OpenTrain's words, with its request id. */
  message: string;
}

export interface Sent {
  calls: number;
  acceptedDays: number;
  refused: RefusedDay[];
}

export interface Sending {
  contractId: string;
  /** The days that differ, oldest first. */
  changes: readonly DayChange[];
  /** A change of this day or an earlier one corrects what people were told. */
  reportedUntil: Day;
}

/**
 * Sends the days; returns what became of them. Throws {@link OpenTrainRefused} when the contract as a whole is refused (anything
 * but 400) and OpenTrainUnavailable; what was accepted until then is recorded.
 */
export async function submitDays(context: PluginContext, sending: Sending): Promise<Sent> {
  const sent: Sent = { calls: 0, acceptedDays: 0, refused: [] };
  for (let start = 0; start < sending.changes.length; start += USAGE_ENTRIES_PER_CALL) {
    await sendBatch(
      context,
      { ...sending, changes: sending.changes.slice(start, start + USAGE_ENTRIES_PER_CALL) },
      sent,
    );
  }
  return sent;
}

async function sendBatch(context: PluginContext, batch: Sending, sent: Sent): Promise<void> {
  const { contractId, changes } = batch;
  const sender = randomUUID();
  await beginSending(context.database, changes, sender);
  sent.calls += 1;
  let budget: Budget | null;
  try {
    ({ budget } = await context.openTrain.submitUsage(contractId, changes.map(entryOf)));
  } catch (error) {
    if (!(error instanceof OpenTrainRefused)) throw error;
    await forgetSending(context, batch, sender);
    if (error.status !== 400) throw error;
    await divide(context, batch, sent, error);
    return;
  }
  await recordAccepted(context, batch, sender, budget);
  sent.acceptedDays += changes.length;
}

function entryOf({ contractId, trainerId, day, now }: DayChange): UsageEntry {
  return {
    workDate: day,
    workerOpentrainUserId: trainerId,
    externalReportId: `${contractId}/${trainerId}/${day}`,
    ...(now.seconds === null ? {} : { totalSeconds: now.seconds }),
    ...(now.tasks === null ? {} : { tasksCompleted: now.tasks }),
    ...(now.labels === null ? {} : { labelsCompleted: now.labels }),
  };
}

async function divide(context: PluginContext, batch: Sending, sent: Sent, error: OpenTrainRefused): Promise<void> {
  const [only, second] = batch.changes;
  if (only && !second) {
    await saveRefusal(context.database, {
      ...keyColumns(only),
      ...totalsColumns(only.now),
      message: error.message,
      request_id: error.requestId,
      at: context.clock.now().getTime(),
    });
    sent.refused.push({ ...only, message: error.message });
    return;
  }
  const middle = Math.ceil(batch.changes.length / 2);
  await sendBatch(context, { ...batch, changes: batch.changes.slice(0, middle) }, sent);
  await sendBatch(context, { ...batch, changes: batch.changes.slice(middle) }, sent);
}

/** A refused call changed nothing at OpenTrain: only what was uncertain before it stays so. */
async function forgetSending(context: PluginContext, { contractId, changes }: Sending, sender: string): Promise<void> {
  await context.database.transaction(async (transaction) => {
    await endSending(transaction, contractId, sender);
    await contestDays(
      transaction,
      changes.filter(({ uncertain }) => uncertain),
    );
  });
}

async function recordAccepted(
  context: PluginContext,
  batch: Sending,
  sender: string,
  budget: Budget | null,
): Promise<void> {
  const { contractId, changes, reportedUntil } = batch;
  const now = context.clock.now();
  await context.database.transaction(async (transaction) => {
    const own = new Set((await endSending(transaction, contractId, sender)).map(keyOf));
    const [settled, contested] = [
      changes.filter((day) => own.has(keyOf(day))),
      changes.filter((day) => !own.has(keyOf(day))),
    ];
    await contestDays(transaction, contested);
    const stored = await acceptedOnDays(
      transaction,
      contractId,
      settled.map(({ day }) => day),
    );
    const before = new Map(stored.map((row) => [keyOf(workDayOf(row)), totalsOf(row)]));
    const after = settled.map((day) => ({ day, totals: over(before.get(keyOf(day)) ?? unknownTotals, day.now) }));
    const corrections = after.flatMap(({ day, totals }) => {
      const reported = before.get(keyOf(day));
      const difference = reported && change(reported, totals);
      if (!difference || isEmpty(difference) || day.day > reportedUntil) return [];
      const { seconds, tasks, labels } = difference;
      return [
        { ...keyColumns(day), at: now.getTime(), seconds_change: seconds, tasks_change: tasks, labels_change: labels },
      ];
    });
    await saveAcceptedDays(
      transaction,
      after.map(({ day, totals }) => ({ ...keyColumns(day), ...totalsColumns(totals), accepted_at: now.getTime() })),
    );
    await recordCorrections(transaction, corrections);
    await deleteRefusals(transaction, settled);
    if (budget) await storeBudget(transaction, { ...budget, contractId }, 'usage report', now);
  });
}
