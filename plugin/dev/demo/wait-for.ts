/** Waits for a condition. */

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 20_000;

/** The first answer that is neither null, undefined nor false. Rejects, naming what was waited for, when none comes in time. */
export async function waitFor<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  patienceMs = PATIENCE_MS,
): Promise<NonNullable<Exclude<Value, false>>> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value as NonNullable<Exclude<Value, false>>;
    if (Date.now() > deadline) throw new Error(`${what}: did not happen within ${patienceMs / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
