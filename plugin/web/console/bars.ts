/** A chart that needs no scripts: one bar a value, as boxes of an SVG of 100 by 40. */

const WIDTH = 100;
const HEIGHT = 40;
/** Of the room of a bar, so much is left free. */
const GAP = 0.2;

export interface Bar {
  x: string;
  y: string;
  width: string;
  height: string;
}

/** The bars of these values; the highest, or another value, is as high as the chart. */
export function bars(values: readonly number[], top = Math.max(...values)): Bar[] {
  const highest = Math.max(1, top);
  const room = WIDTH / Math.max(1, values.length);
  return values.map((value, index) => {
    const height = (Math.max(0, value) / highest) * HEIGHT;
    return {
      x: (index * room).toFixed(2),
      y: (HEIGHT - height).toFixed(2),
      width: (room * (1 - GAP)).toFixed(2),
      height: height.toFixed(2),
    };
  });
}
