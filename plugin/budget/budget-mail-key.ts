/** The key of `budget-mail` work: one mail to one recipient about one crossing, so that each is sent and retried by itself. */

/** The recipient that stands for REPORT_TO. */
export const ADMIN = 'admin';

export interface BudgetMailKey {
  contractId: string;
  /** The entry of the budget's history that crossed. */
  historyId: number;
  /** A trainer id, or {@link ADMIN}. */
  recipient: string;
}

/** The key as text. */
export function budgetMailKey({ contractId, historyId, recipient }: BudgetMailKey): string {
  return [contractId, String(historyId), recipient].map(encodeURIComponent).join(':');
}

/** What a key says. Throws for a text that is no key. */
export function parseBudgetMailKey(key: string): BudgetMailKey {
  const [contractId, historyId, recipient] = key.split(':').map(decodeURIComponent);
  if (!contractId || !historyId || !recipient) throw new Error(`“${key}” names no budget mail`);
  return { contractId, historyId: Number(historyId), recipient };
}
