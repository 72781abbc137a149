/** PgBouncer in transaction mode in front of the suite's PostgreSQL, with a pool so small that clients share connections. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { debianProgram } from './debian-packages.ts';
import { makeServerFolder, removeServerFolder, startProgram } from './server-program.ts';
import { postgresServer } from './store.ts';

export interface PgBouncer {
  /** The same database and role through PgBouncer. */
  through(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** Every role and database of the server is served: PgBouncer asks the server which roles there are. */
export async function startPgBouncer(): Promise<PgBouncer> {
  const folder = makeServerFolder('pgbouncer');
  const server = new URL(postgresServer);
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const users = join(folder, 'users.txt');
  writeFileSync(users, `"${server.username}" "${decodeURIComponent(server.password)}"\n`);
  writeFileSync(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port || '5432'}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
auth_user = ${server.username}
pool_mode = transaction
default_pool_size = 4
`,
  );
  const running = await startProgram({
    command: debianProgram('/usr/sbin/pgbouncer'),
    parameters: ['-q', file],
    port,
    folder,
  });
  return {
    through(databaseUrl) {
      const url = new URL(databaseUrl);
      url.host = `127.0.0.1:${port}`;
      return url.href;
    },
    async stop() {
      await running.stop();
      removeServerFolder(folder);
    },
  };
}
