/** The parts of a running sandbox that the API and the control calls share. */
import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { DeliveryEngine } from './deliveries.ts';
import type { EventDesk } from './events.ts';
import type { Ids } from './ids.ts';
import type { State } from './state.ts';

export interface Platform {
  state: State;
  clock: Clock;
  ids: Ids;
  log: Logger;
  engine: DeliveryEngine;
  events: EventDesk;
}

/** Today in UTC by the sandbox's clock, as YYYY-MM-DD. */
export function todayInUtc(clock: Clock): string {
  return clock.now().toISOString().slice(0, 10);
}
