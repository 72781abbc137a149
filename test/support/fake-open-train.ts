/** OpenTrain's usage endpoint in memory, as strict as the contract, for tests that need thousands of calls. */
import { pino } from 'pino';
import { OpenTrainClient } from '../../plugin/platform/client.ts';
import { OpenTrainRefused, OpenTrainUnavailable } from '../../plugin/platform/errors.ts';
import type { Budget, UsageEntry } from '../../plugin/platform/types.ts';

export interface HeldDay {
  contractId: string;
  trainerId: string;
  day: string;
  seconds: number | null;
  tasks: number | null;
  labels: number | null;
}

/** What happens to a call: `lost` takes effect but its answer never arrives. */
export type Fate = 'ok' | 'lost' | 'down' | { status: number };

export class FakeOpenTrain extends OpenTrainClient {
  /** What it holds, by contract, worker and day. */
  readonly held = new Map<string, HeldDay>();
  calls: { contractId: string; entries: UsageEntry[] }[] = [];
  today = '2031-05-20';
  /** Decides about each call before it is looked at. */
  fate: (contractId: string, entries: readonly UsageEntry[]) => Fate | Promise<Fate> = () => 'ok';
  /** Entries that are refused with 400 whatever they say. */
  refuses: (contractId: string, entry: UsageEntry) => boolean = () => false;
  isLinked: (contractId: string) => boolean = () => true;
  budgetOf: (contractId: string) => Budget | null = () => null;

  constructor() {
    super({ baseUrl: 'http://127.0.0.1:1', token: async () => 'none', log: pino({ level: 'silent' }) });
  }

  override async submitUsage(
    contractId: string,
    entries: UsageEntry[],
  ): Promise<{ accepted: number; budget: Budget | null }> {
    this.calls.push({ contractId, entries });
    const fate = await this.fate(contractId, entries);
    if (fate === 'down') throw new OpenTrainUnavailable('POST usage', 'it is down');
    if (typeof fate === 'object') throw this.#refusal(fate.status, 'the test says so');
    if (!this.isLinked(contractId)) throw this.#refusal(404, 'Contract not found');
    if (entries.length < 1 || entries.length > 100) throw this.#refusal(400, '1 to 100 entries');
    for (const entry of entries) this.#check(contractId, entry);
    for (const entry of entries) this.#store(contractId, entry);
    if (fate === 'lost') throw new OpenTrainUnavailable('POST usage', 'timeout of 15000ms exceeded');
    return { accepted: entries.length, budget: this.budgetOf(contractId) };
  }

  override async budget(contractId: string): Promise<Budget> {
    const budget = this.budgetOf(contractId);
    if (budget) return budget;
    throw this.#refusal(404, 'Contract not found');
  }

  #check(contractId: string, entry: UsageEntry): void {
    const counts = [entry.totalSeconds, entry.tasksCompleted, entry.labelsCompleted].filter(
      (value) => value !== undefined,
    );
    const isValid =
      /^\d{4}-\d{2}-\d{2}$/.test(entry.workDate) &&
      entry.workDate <= this.today &&
      counts.every((value) => Number.isInteger(value) && value >= 0) &&
      (entry.totalSeconds ?? 0) <= 86_400;
    if (!isValid || this.refuses(contractId, entry)) throw this.#refusal(400, `${entry.workDate} is not valid`);
  }

  #store(contractId: string, entry: UsageEntry): void {
    const trainerId = entry.workerOpentrainUserId ?? '';
    const key = JSON.stringify([contractId, trainerId, entry.workDate]);
    const before = this.held.get(key);
    this.held.set(key, {
      contractId,
      trainerId,
      day: entry.workDate,
      seconds: entry.totalSeconds ?? before?.seconds ?? null,
      tasks: entry.tasksCompleted ?? before?.tasks ?? null,
      labels: entry.labelsCompleted ?? before?.labels ?? null,
    });
  }

  #refusal(status: number, message: string): OpenTrainRefused {
    return new OpenTrainRefused({ call: 'POST usage', status, code: 'CODE', message, requestId: 'req-1' });
  }
}
