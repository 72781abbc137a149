import { expect } from 'chai';
import fastCheck from 'fast-check';
import { ToolRefused } from '../../../adapters/errors.ts';
import { readPostgresUrl } from '../../../adapters/sql/postgres-url.ts';

const read = (url: string) => readPostgresUrl(url, 'TOOL_DATABASE_URL');
const asIs = fastCheck.string({ minLength: 1, unit: fastCheck.constantFrom(...'aZ09#/?@:%& \'"\\$[]{}+=;é') });

describe('the address of a PostgreSQL database', () => {
  const cases: [string, Record<string, unknown>][] = [
    ['postgres://ada:pw@db:6432/label', { host: 'db', port: 6432, user: 'ada', password: 'pw', database: 'label' }],
    ['postgresql://db', { host: 'db', port: 5432 }],
    ['postgres:///label', { host: 'localhost', port: 5432, database: 'label' }],
    ['postgres://ada@[::1]:5433/x', { host: '::1', port: 5433, user: 'ada', database: 'x' }],
    [
      'postgres://ada@%2Fvar%2Frun%2Fpostgresql/x',
      { host: '/var/run/postgresql', port: 5432, user: 'ada', database: 'x' },
    ],
    [
      'postgres://ada@/x?host=/var/run/postgresql',
      { host: '/var/run/postgresql', port: 5432, user: 'ada', database: 'x' },
    ],
    ['postgres://a:p%23w@db/x', { host: 'db', port: 5432, user: 'a', password: 'p#w', database: 'x' }],
    ['postgres://a:p#w@db/x', { host: 'db', port: 5432, user: 'a', password: 'p#w', database: 'x' }],
    ['postgres://a:100%@db/x', { host: 'db', port: 5432, user: 'a', password: '100%', database: 'x' }],
    ['postgres://a:p/w?@b@db/x', { host: 'db', port: 5432, user: 'a', password: 'p/w?@b', database: 'x' }],
    [
      'postgres://a:p@db/x?options=-c%20search_path%3Dtool',
      { host: 'db', port: 5432, user: 'a', password: 'p', database: 'x', options: '-c search_path=tool' },
    ],
    [
      'postgres://a:p@db/x?application_name=me@home',
      { host: 'db', port: 5432, user: 'a', password: 'p', database: 'x' },
    ],
    ['postgres://a@db/x?sslmode=disable', { host: 'db', port: 5432, user: 'a', database: 'x', ssl: false }],
  ];
  for (const [url, address] of cases) {
    it(`is read from ${url}`, () => expect(read(url)).to.deep.equal(address));
  }

  it('gives back every user and password that was percent-encoded', () => {
    fastCheck.assert(
      fastCheck.property(asIs, asIs, (user, password) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@db.example.com:5432/x`;
        expect(read(url)).to.include({ user, password, host: 'db.example.com', database: 'x' });
      }),
    );
  });

  it('gives back every password that was written as it is, unless it reads as percent-encoded', () => {
    fastCheck.assert(
      fastCheck.property(asIs, (password) => {
        // `@host?name=` reads as an address with a parameter.
        fastCheck.pre(!/%[\da-f]{2}/i.test(password) && !/@.*\?\w+=/.test(password));
        expect(read(`postgres://ada:${password}@db.example.com:5432/x`)).to.include({
          user: 'ada',
          password,
          database: 'x',
        });
      }),
    );
  });

  it('means by each sslmode what libpq means', () => {
    const checked = (query: string) => {
      const { ssl } = read(`postgres://a@db/x?${query}`);
      return typeof ssl === 'object' ? ssl.rejectUnauthorized : ssl;
    };
    expect(checked('')).to.equal(undefined);
    expect(checked('sslmode=require')).to.equal(false);
    expect(checked('sslmode=no-verify')).to.equal(false);
    expect(checked('sslmode=verify-ca')).to.equal(true);
    expect(checked('sslmode=verify-full')).to.equal(true);
    expect(checked('ssl=true')).to.equal(true);
    expect(checked(`sslmode=require&sslrootcert=${encodeURIComponent(import.meta.filename)}`)).to.equal(true);
  });

  const refused = [
    'mysql://a:secret@db/x',
    'postgres://a:secret@db:port/x',
    'postgres://a:secret@db:5432/x/y',
    'postgres://a:secret@db/x?sslmode=prefer',
    'postgres://a:secret@db/x?sslmode=verify-full&sslrootcert=/no/such/file',
  ];
  for (const url of refused) {
    it(`refuses ${url} without telling the password`, () => {
      expect(() => read(url))
        .to.throw(ToolRefused)
        .satisfies((error: ToolRefused) => !`${error.message} ${error.remedy}`.includes('secret'));
    });
  }
});
