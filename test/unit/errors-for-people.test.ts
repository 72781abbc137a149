import { expect } from 'chai';
import { ToolUnavailable } from '../../adapters/errors.ts';
import { AdminError } from '../../plugin/errors.ts';
import { forPeople } from '../../plugin/errors-for-people.ts';

const postgres = 'postgres://plugin:hunter22@db.example.com/plugin';
const told = (error: unknown, databaseUrl = postgres): unknown =>
  forPeople(
    {
      openTrain: { baseUrl: 'https://api.example.com' },
      tool: { baseUrl: 'http://label.example.com' },
      databaseUrl,
    },
    error,
  );
const failing = (message: string, details: object = {}): Error => Object.assign(new Error(message), details);

describe('an error as people read it', () => {
  const rows: [what: string, error: Error, message: string | RegExp, remedy: RegExp][] = [
    [
      'a mail server that refuses the password',
      failing('Invalid login: 535 5.7.8 Authentication failed', { code: 'EAUTH', command: 'AUTH PLAIN' }),
      'The mail server does not let us in: Invalid login: 535 5.7.8 Authentication failed.',
      /SMTP_URL.*percent-encoded/,
    ],
    [
      'a mail server that refuses the sender',
      failing('Mail command failed: 550 not yours.', { code: 'EENVELOPE', command: 'MAIL FROM' }),
      'The mail server refused the mail: Mail command failed: 550 not yours.',
      /MAIL_FROM/,
    ],
    [
      'a mail server that is not there',
      failing('getaddrinfo ENOTFOUND mail', { code: 'EDNS' }),
      'The mail server cannot be used: getaddrinfo ENOTFOUND mail.',
      /SMTP_URL/,
    ],
    [
      'a mail server that ends the conversation',
      failing('421 closing', { code: 'ECONNRESET', command: 'DATA' }),
      'The mail server cannot be used: 421 closing.',
      /SMTP_URL/,
    ],
    [
      'a store whose password is wrong',
      failing('password authentication failed for user "plugin"', { code: '28P01' }),
      /does not let plugin in/,
      /DATABASE_URL/,
    ],
    [
      'a store that the role may not connect to',
      failing('permission denied for database "plugin db"', { code: '42501' }),
      /may not connect/,
      /GRANT CONNECT ON DATABASE "plugin db" TO plugin;/,
    ],
    [
      'a store that does not exist',
      failing('database "plugin" does not exist', { code: '3D000' }),
      /database "plugin" does not exist/,
      /DATABASE_URL/,
    ],
    [
      'a store that nobody serves',
      failing('connect ECONNREFUSED 10.0.0.1:5432', { code: 'ECONNREFUSED' }),
      /ECONNREFUSED/,
      /DATABASE_URL/,
    ],
    [
      'a store whose connections are all taken',
      failing('Knex: Timeout acquiring a connection. The pool is probably full.', { name: 'KnexTimeoutError' }),
      /pool is probably full/,
      /DATABASE_URL/,
    ],
    [
      'a store that was cut off',
      failing('Connection terminated unexpectedly'),
      /Connection terminated/,
      /DATABASE_URL/,
    ],
    [
      'a store with a table that the role may not read',
      failing('permission denied for table contracts', { code: '42501' }),
      /may not do this: permission denied for table contracts/,
      /must own .*ALTER TABLE contracts OWNER TO plugin;/,
    ],
    [
      'a store that is a read replica',
      failing('cannot execute INSERT in a read-only transaction', { code: '25006' }),
      /read replica, where nothing can be changed/,
      /DATABASE_URL to the primary server/,
    ],
    [
      'a store without TLS',
      failing('The server does not support SSL connections'),
      /DATABASE_URL asks for TLS/,
      /sslmode/,
    ],
    [
      'a store whose certificate is not trusted',
      failing('self-signed certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
      /certificate of the database server/,
      /sslrootcert/,
    ],
    [
      'a tool that is away',
      new ToolUnavailable('connect ECONNREFUSED'),
      'The annotation tool cannot be reached at http://label.example.com: connect ECONNREFUSED.',
      /TOOL_BASE_URL/,
    ],
  ];
  for (const [what, error, message, remedy] of rows) {
    it(`tells ${what}, with the setting and without a secret`, () => {
      const answer = told(error);
      if (!(answer instanceof AdminError)) return expect.fail(`not for people: ${String(answer)}`);
      if (typeof message === 'string') expect(answer.message).to.equal(message);
      else expect(answer.message).to.match(message);
      expect(answer.remedy).to.match(remedy);
      expect(`${answer.message} ${answer.remedy}`).not.to.include('hunter22');
      expect(answer.cause).to.equal(error);
    });
  }

  it('leaves a bug as it is, and what was told for people already', () => {
    const bug = new TypeError('x is not a function');
    expect(told(bug)).to.equal(bug);
    const forThem = new AdminError('No.', 'Do this.');
    expect(told(forThem)).to.equal(forThem);
  });

  it('does not take the codes of another database for the SQLite store’s', () => {
    const error = failing('password authentication failed', { code: '28P01' });
    expect(told(error, 'sqlite:plugin.sqlite3')).to.equal(error);
  });
});
