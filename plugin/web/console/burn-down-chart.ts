/** What is left of a budget over time, as lines of an SVG of 100 by 40: told days, and the forecast. Pure. */

const WIDTH = 100;
const HEIGHT = 40;
const DAY_MS = 86_400_000;
/** A forecast far away would leave no room for what was. */
const SHORTEST_OUTLOOK_MS = 14 * DAY_MS;

export interface Left {
  /** Milliseconds since 1970 UTC. */
  at: number;
  left: number;
}

export interface BurnDownChart {
  /** Points of a polyline: what is left. */
  line: string;
  /** The same down to the ground, for its surface. */
  area: string;
  /** Points of the forecast's line; null: there is none. */
  forecast: string | null;
  /** The height at which the threshold of use is reached; null: none is set. */
  threshold: string | null;
  from: number;
  until: number;
  highest: number;
}

/**
 * The chart of these days, the oldest first; `fundedUntil` is when nothing is left by the forecast. `warnAt` is how much is left
 * when the threshold is reached. null: fewer than two points are known.
 */
export function burnDownChart(
  days: readonly Left[],
  { fundedUntil, warnAt }: { fundedUntil: number | null; warnAt: number | null },
): BurnDownChart | null {
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last || first === last) return null;
  const outlook = Math.max(SHORTEST_OUTLOOK_MS, last.at - first.at);
  const ends = fundedUntil !== null && fundedUntil > last.at && last.left > 0 ? fundedUntil : null;
  const until = ends === null ? last.at : Math.min(ends, last.at + outlook);
  const highest = Math.max(1, ...days.map(({ left }) => left));
  const x = (at: number): string => (((at - first.at) / Math.max(1, until - first.at)) * WIDTH).toFixed(2);
  const y = (left: number): string => (HEIGHT - (Math.max(0, left) / highest) * HEIGHT).toFixed(2);
  const line = days.map(({ at, left }) => `${x(at)},${y(left)}`).join(' ');
  const atEdge = ends === null ? 0 : last.left * (1 - (until - last.at) / (ends - last.at));
  return {
    line,
    area: `${x(first.at)},${HEIGHT} ${line} ${x(last.at)},${HEIGHT}`,
    forecast: ends === null ? null : `${x(last.at)},${y(last.left)} ${x(until)},${y(atEdge)}`,
    threshold: warnAt === null || warnAt > highest ? null : y(warnAt),
    ...{ from: first.at, until, highest },
  };
}
