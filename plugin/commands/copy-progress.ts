/** A progress bar for copies of a store, in a terminal; nothing when piped. */
import { Presets, SingleBar } from 'cli-progress';
import type { CopyOptions } from '../store/copy-store.ts';

/** Draws a bar on standard error while rows are copied. */
export function copyProgress(): CopyOptions {
  if (!process.stderr.isTTY) return {};
  const bar = new SingleBar(
    { format: 'Copying {bar} {value}/{total} rows', stream: process.stderr },
    Presets.shades_classic,
  );
  let isDrawn = false;
  return {
    progress(done, total) {
      if (!isDrawn) bar.start(total, 0);
      isDrawn = true;
      bar.update(done);
      if (done >= total) bar.stop();
    },
  };
}
