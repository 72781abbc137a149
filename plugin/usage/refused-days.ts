/** The days that OpenTrain refused, as pages and reports show them. */
import type { StoreContext } from '../context.ts';
import { refusalsWithTitles } from './usage-refusals.ts';

export interface RefusalStatus {
  contractId: string;
  title: string | null;
  trainerId: string;
  day: string;
  message: string;
  requestId: string | null;
  at: number;
}

/** Days that OpenTrain refused, with its words; all of them, or the first ones. */
export async function readRefusals({ database }: StoreContext, limit?: number): Promise<RefusalStatus[]> {
  return (await refusalsWithTitles(database, limit)).map((row) => ({
    contractId: row.contract_id,
    title: row.title,
    trainerId: row.trainer_id,
    day: row.work_date,
    message: row.message,
    requestId: row.request_id,
    at: row.at,
  }));
}
