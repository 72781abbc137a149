/** Counts what the client could not read of OpenTrain's answers, for `status` and `doctor`. */
import type { Logger } from 'pino';
import { CONTRACT_DRIFT, count } from '../audit/counters.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Drift, OnDrift } from '../platform/drift.ts';
import type { Database } from '../store/database.ts';

/** To be told of each drift; one that cannot be counted is logged only. */
export function watchDrift(parts: { database: Database; clock: Clock; log: Logger }): OnDrift {
  return (drift) => {
    count(parts.database, CONTRACT_DRIFT, driftText(drift), parts.clock.now()).catch((error: unknown) => {
      parts.log.error({ error: messageOf(error) }, 'contract drift could not be counted');
    });
  };
}

function driftText({ call, path, expected }: Drift): string {
  return `${call}: ${path}: ${expected}`;
}
