/**
 * Refused requests: counted for `status` and /metrics, and attempts on what is not theirs written into the audit log. Trainers can ask
 * as often as they like, so counts are written together once a second, and the audit log takes one entry an hour for one trainer
 * and project, and so many an hour for all.
 */
import type { Logger } from 'pino';
import { recordAudit } from '../audit/audit-log.ts';
import { count } from '../audit/counters.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from '../store/database.ts';
import type { RefusalReason } from './decide.ts';
import { Remembered } from './remembered.ts';

const WRITE_AFTER_MS = 1_000;
const HOUR_MS = 3_600_000;
const MOST_ENTRIES_AN_HOUR = 200;
const MOST_PAIRS = 10_000;

/** What `status` and /metrics show refusals of this kind under. */
export function gatewayCounter(reason: RefusalReason): string {
  return `gateway refused: ${reason}`;
}

export interface Attempt {
  reason: RefusalReason;
  /** null for somebody who has not signed in. */
  trainerId: string | null;
  workEmail: string | null;
  projectId: string | null;
  /** "GET /api/projects/7" */
  what: string;
}

interface Parts {
  database: Database;
  clock: Clock;
  log: Logger;
}

export class Attempts {
  readonly #parts: Parts;
  readonly #entered: Remembered<true>;
  #tallies = new Map<RefusalReason, { times: number; lastAt: Date; lastDetail: string }>();
  #entries: Attempt[] = [];
  #hour = { began: 0, entries: 0 };
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#entered = new Remembered({ clock: parts.clock, forMs: HOUR_MS, most: MOST_PAIRS });
  }

  note(attempt: Attempt): void {
    const { reason, trainerId, what } = attempt;
    const times = (this.#tallies.get(reason)?.times ?? 0) + 1;
    const lastDetail = `${trainerId ?? 'nobody'}: ${what}`;
    this.#tallies.set(reason, { times, lastAt: this.#parts.clock.now(), lastDetail });
    if (this.#isNews(attempt)) this.#entries.push(attempt);
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_AFTER_MS).unref();
  }

  /** Writes what was noted; never rejects. What cannot be written is lost: the log has it. */
  async flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const [tallies, entries] = [this.#tallies, this.#entries];
    this.#tallies = new Map();
    this.#entries = [];
    const { database, clock, log } = this.#parts;
    for (const [reason, { times, lastDetail }] of tallies) {
      log.warn({ reason, times, detail: lastDetail }, 'the gateway refused requests');
    }
    try {
      await database.transaction(async (transaction) => {
        for (const [reason, { times, lastAt, lastDetail }] of tallies) {
          await count(transaction, gatewayCounter(reason), lastDetail, lastAt, times);
        }
        for (const { reason, trainerId, workEmail, projectId, what } of entries) {
          const common = { at: clock.now(), cause: 'gateway', action: 'refuse-request', detail: `${reason}: ${what}` };
          await recordAudit(transaction, { ...common, trainerId, workEmail, place: projectId });
        }
      });
    } catch (error) {
      log.error({ error: messageOf(error) }, 'refused requests could not be counted');
    }
  }

  #isNews({ reason, trainerId, projectId }: Attempt): boolean {
    if (reason !== 'foreign-project' && reason !== 'not-theirs') return false;
    const key = JSON.stringify([trainerId, reason, projectId]);
    const now = this.#parts.clock.now().getTime();
    if (now - this.#hour.began >= HOUR_MS) this.#hour = { began: now, entries: 0 };
    if (this.#entered.get(key) || this.#hour.entries >= MOST_ENTRIES_AN_HOUR) return false;
    this.#hour.entries += 1;
    this.#entered.set(key, true);
    return true;
  }
}
