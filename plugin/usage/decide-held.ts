/** An admin's decision about held decreases: send them, or leave what OpenTrain accepted. */
import { recordAudit } from '../audit/audit-log.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { updateContract } from '../mirror/contracts.ts';
import { markDue } from '../queue/items.ts';
import { type Decision, heldDays, saveDecision } from './held-days.ts';

export interface Decided {
  contracts: number;
  days: number;
}

/**
 * Decides about what is held now: of these contracts, or of all. `accepted` days are sent while `start` runs; `dropped` ones stay as
 * OpenTrain accepted them until their count changes again. Throws {@link AdminError} when nothing is held.
 */
export async function decideHeld(
  context: PluginContext,
  decision: Decision,
  { contractIds, cause }: { contractIds?: readonly string[]; cause: string },
): Promise<Decided> {
  const { database, clock } = context;
  return database.transaction(async (transaction) => {
    const rows = (await heldDays(transaction, contractIds)).filter((row) => row.decision === null);
    const byContract = Map.groupBy(rows, (row) => row.contract_id);
    if (rows.length === 0) {
      throw new AdminError('Nothing is held that waits for a decision.', 'See `opentrain-plugin status`.');
    }
    const now = clock.now();
    await saveDecision(transaction, [...byContract.keys()], { decision, now });
    for (const [contractId, own] of byContract) {
      await updateContract(transaction, contractId, { usage_problem: null, usage_problem_at: null });
      const days = own.map((row) => `${row.work_date} of ${row.trainer_id}`).join(', ');
      const detail = `contract ${contractId}: ${days}`;
      const action = decision === 'accepted' ? 'accept-decrease' : 'drop-decrease';
      await recordAudit(transaction, { at: now, cause, action, detail });
      await markDue(transaction, { kind: 'usage', key: contractId, detail: { cause } }, now);
    }
    return { contracts: byContract.size, days: rows.length };
  });
}
