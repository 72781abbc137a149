/** Time is always asked of a clock, so that tests can turn it. */
export interface Clock {
  /** This moment. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
