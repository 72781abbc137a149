/** A TCP proxy between two parts that can fail as networks and servers do: refuse, fall silent, cut connections half-way. */
import { connect, createServer, type Socket } from 'node:net';
import { z } from 'zod';

export type ProxyMode =
  /** Everything goes through. */
  | 'pass'
  /** Connections are closed at once, those that are open too. */
  | 'refuse'
  /** Nothing goes through and nothing is said; when this is over, such connections are closed. */
  | 'silent'
  /** Each connection is cut at a random moment: a request may have had its effect, and only the answer is lost. */
  | 'cut';

export interface FaultyProxy {
  port: number;
  mode: ProxyMode;
  setMode(mode: ProxyMode): void;
  /** The proxy's own ports towards the target, of the connections that are open: the target sees them as its clients. */
  targetPorts(): number[];
  close(): Promise<void>;
}

interface Pair {
  client: Socket;
  target: Socket;
  isHeld: boolean;
}

const LONGEST_UNTIL_CUT_MS = 250;

/** Starts it on a free port of 127.0.0.1, in front of a port of 127.0.0.1. `random` decides when connections are cut. */
export async function startFaultyProxy(targetPort: number, random: () => number): Promise<FaultyProxy> {
  const pairs = new Set<Pair>();
  let mode: ProxyMode = 'pass';
  const end = (pair: Pair): void => {
    pair.client.destroy();
    pair.target.destroy();
    pairs.delete(pair);
  };
  const treat = (pair: Pair): void => {
    if (mode === 'refuse' || (mode === 'pass' && pair.isHeld)) end(pair);
    if (mode === 'cut') setTimeout(() => end(pair), random() * LONGEST_UNTIL_CUT_MS);
    if (mode !== 'silent' || pair.isHeld) return;
    pair.isHeld = true;
    pair.client.unpipe().pause();
    pair.target.unpipe().pause();
  };
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    const pair: Pair = { client, target, isHeld: false };
    pairs.add(pair);
    for (const socket of [client, target]) {
      socket.on('error', () => end(pair));
      socket.on('close', () => end(pair));
    }
    client.pipe(target);
    target.pipe(client);
    treat(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  return {
    port,
    get mode() {
      return mode;
    },
    setMode(next) {
      mode = next;
      for (const pair of [...pairs]) treat(pair);
    },
    targetPorts: () => [...pairs].flatMap(({ target }) => target.localPort ?? []),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const pair of [...pairs]) end(pair);
      await closed;
    },
  };
}
