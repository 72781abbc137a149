/** A PostgreSQL that wants TLS and a password: what each sslmode does, and what is said when it does not work. */
import { expect } from 'chai';
import { ToolRefused } from '../../../adapters/errors.ts';
import { openToolDatabase } from '../../../adapters/sql/open-tool-database.ts';
import { AdminError } from '../../../plugin/errors.ts';
import { openDatabase } from '../../../plugin/store/database.ts';
import { migrate } from '../../../plugin/store/migrate.ts';
import { postgresServer } from '../../support/store.ts';
import { thrownBy } from '../../support/thrown.ts';
import { startTlsPostgres, TLS_PASSWORD, type TlsPostgres } from '../../support/tls-postgres.ts';

describe('a PostgreSQL that wants TLS and a password', function () {
  this.timeout(60_000);
  let server: TlsPostgres;

  before(async () => {
    server = await startTlsPostgres();
  });
  after(() => server.stop());

  const url = (query: string, { host = 'localhost', password = encodeURIComponent(TLS_PASSWORD) } = {}): string =>
    `postgres://postgres:${password}@${host}:${server.port}/postgres${query}`;

  async function ask(address: string): Promise<unknown> {
    const database = openToolDatabase(address);
    try {
      return await database.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', []);
    } finally {
      await database.close();
    }
  }

  const accepted: [string, () => string][] = [
    ['sslmode=require, whoever signed it', () => url('?sslmode=require')],
    ['sslmode=no-verify', () => url('?sslmode=no-verify')],
    ['sslmode=verify-full with the authority', () => url(`?sslmode=verify-full&sslrootcert=${server.authority}`)],
    [
      'sslmode=verify-ca under another name',
      () => url(`?sslmode=verify-ca&sslrootcert=${server.authority}`, { host: '127.0.0.1' }),
    ],
    ['a password that is written as it is', () => url('?sslmode=require', { password: TLS_PASSWORD })],
  ];
  for (const [what, address] of accepted) {
    it(`is used with ${what}, by the tool's adapter and as our store`, async () => {
      expect(await ask(address())).to.deep.equal([{ ssl: true }]);
      const store = openDatabase(address());
      const { rows } = await store.raw('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
      expect(rows).to.deep.equal([{ ssl: true }]);
      await store.destroy();
    });
  }

  const refused: [string, () => string, RegExp, RegExp][] = [
    ['no sslmode', () => url(''), /no encryption/, /sslmode=require/],
    ['an unknown authority', () => url('?sslmode=verify-full'), /certificate/, /sslrootcert/],
    [
      'another authority',
      () => url(`?sslmode=require&sslrootcert=${server.otherAuthority}`),
      /certificate/,
      /sslrootcert/,
    ],
    [
      'another name',
      () => url(`?sslmode=verify-full&sslrootcert=${server.authority}`, { host: '127.0.0.1' }),
      /certificate/,
      /no-verify/,
    ],
    [
      'a wrong password',
      () => url('?sslmode=require', { password: 'wrong' }),
      /password authentication failed/,
      /password/,
    ],
    ['no password', () => url('?sslmode=require', { password: '' }), /asks for a password/, /USER:PASSWORD/],
    ['TLS where there is none', () => `${postgresServer}?sslmode=require`, /does not offer/, /sslmode/],
  ];
  for (const [what, address, message, remedy] of refused) {
    it(`refuses ${what} at once, with what to do`, async () => {
      const began = performance.now();
      const error = await thrownBy(ask(address()));
      if (!(error instanceof ToolRefused)) throw error;
      expect(error.message).to.match(message);
      expect(error.remedy)
        .to.match(remedy)
        .and.match(/TOOL_DATABASE_URL/);
      expect(performance.now() - began).to.be.lessThan(3_000);
    });
  }

  for (const [what, address, message, remedy] of refused.slice(0, 4)) {
    it(`refuses ${what} for our store as well, when it is migrated`, async () => {
      const store = openDatabase(address());
      const error = await thrownBy(migrate(store)).finally(() => store.destroy());
      if (!(error instanceof AdminError)) throw error;
      expect(error.message).to.match(message);
      expect(error.remedy)
        .to.match(remedy)
        .and.match(/DATABASE_URL/)
        .and.not.match(/TOOL_/);
    });
  }
});
