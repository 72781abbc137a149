/** A running `start` tells the store that it runs, for `status` and the console. */
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { beat, endBeat, HEARTBEAT_EVERY_MS } from '../queue/heartbeats.ts';
import { manifest } from '../settings/manifest.ts';

/** Tells it now and every 15 s. Returns what ends that. A store that is away is told the next time. */
export async function startHeartbeat(context: PluginContext, owner: string): Promise<() => Promise<void>> {
  const { database, clock, log } = context;
  const process = { owner, version: manifest.version, startedAt: clock.now() };
  const tell = async (): Promise<void> => {
    try {
      await beat(database, process, clock.now());
    } catch (error) {
      log.debug({ error: messageOf(error) }, 'the heartbeat could not be written');
    }
  };
  await tell();
  const timer = setInterval(tell, HEARTBEAT_EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await endBeat(database, owner, clock.now()).catch(() => undefined);
  };
}
