/**
 * Connections to the tool that are used more than once. A tool may open a connection to its own database for each of ours, and then takes
 * some milliseconds longer for a request on a new one (`npm run bench gateway`).
 *
 * | an idle connection is | because                                                                                                   |
 * |-----------------------|-----------------------------------------------------------------------------------------------------------|
 * | not used for 250 ms   | Linux acknowledges late on one that is asked again at once: a server that sends an answer in two parts waits 40 ms |
 * | closed after 1.5 s    | the tool must not close it while a request is on its way: web servers keep one for 2 s (gunicorn) or longer |
 */
import { Agent } from 'node:http';
import { Socket } from 'node:net';

const REST_MS = 250;
const KEPT_MS = 1_500;
/** Each may cost the tool a thread and a connection to its database. */
const MOST_KEPT = 16;

export interface KeptFor {
  /** Milliseconds for which an idle connection is not used. */
  restMs?: number;
  /** Milliseconds after which an idle connection is closed. */
  keptMs?: number;
}

export class KeptConnections extends Agent {
  readonly #restMs: number;
  readonly #keptMs: number;

  constructor({ restMs = REST_MS, keptMs = KEPT_MS }: KeptFor = {}) {
    super({ keepAlive: true, maxFreeSockets: MOST_KEPT, scheduling: 'fifo' });
    this.#restMs = restMs;
    this.#keptMs = keptMs;
  }

  /** Node's client tells with "free" that a connection can be used again: its agent learns that after the rest. */
  override emit(event: string | symbol, ...details: unknown[]): boolean {
    const [socket] = details;
    if (event !== 'free' || !(socket instanceof Socket)) return super.emit(event, ...details);
    const endRest = restOf(socket);
    setTimeout(() => {
      endRest();
      super.emit(event, ...details);
    }, this.#restMs).unref();
    return true;
  }

  /** Called for a connection that is to be kept. Returns false for one that the tool closes too soon, as it has said. */
  override keepSocketAlive(socket: Socket): boolean {
    const isKept: unknown = super.keepSocketAlive(socket);
    if (isKept === false) return false;
    const { timeout = 0 } = socket;
    const left = this.#keptMs - this.#restMs;
    if (timeout === 0 || timeout > left) socket.setTimeout(left);
    return true;
  }
}

/** While it rests nobody else listens to a connection. Returns what ends that. */
function restOf(socket: Socket): () => void {
  const ignore = (): void => undefined;
  // Nobody asked for more: it would be taken for the beginning of the next answer.
  const giveUp = (): void => void socket.destroy();
  socket.on('error', ignore).on('data', giveUp);
  return () => socket.off('error', ignore).off('data', giveUp);
}
