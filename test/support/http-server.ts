/** A server of a test on a free port of this machine. */
import type { Server } from 'node:net';

/** Listens and resolves with the address: "http://127.0.0.1:41234". */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no address');
  return `http://127.0.0.1:${address.port}`;
}
