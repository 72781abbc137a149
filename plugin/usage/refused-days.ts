/** The days that OpenTrain refused, as pages and reports show them. */
import type { PluginContext } from '../context.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import { allRefusals } from './usage-refusals.ts';

export interface RefusalStatus {
  contractId: string;
  title: string | null;
  trainerId: string;
  day: string;
  message: string;
  requestId: string | null;
  at: number;
}

/** Days that OpenTrain refused, with its words. */
export async function readRefusals(
  { database }: PluginContext,
  contracts: readonly ContractRow[],
): Promise<RefusalStatus[]> {
  const titles = new Map(contracts.map((row) => [row.id, row.title]));
  return (await allRefusals(database)).map((row) => ({
    contractId: row.contract_id,
    title: titles.get(row.contract_id) ?? null,
    trainerId: row.trainer_id,
    day: row.work_date,
    message: row.message,
    requestId: row.request_id,
    at: row.at,
  }));
}
