import { expect } from 'chai';
import fastCheck from 'fast-check';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { readUrl, writeUrl } from '../../../plugin/settings/url-credentials.ts';

const required = { TOOL_BASE_URL: 'http://127.0.0.1:8080', TOOL_API_TOKEN: 'a-token-of-the-tool' };

/** User and password as a library that follows the URL standard reads them. */
function credentials(text: string): [user: string, password: string, host: string] {
  const url = new URL(text);
  return [decodeURIComponent(url.username), decodeURIComponent(url.password), url.host];
}

describe('user and password of a URL', () => {
  const passwords = [
    'BKx/q+Zz9==',
    'a+b',
    'a#b',
    'a?b',
    'a/b#c?d',
    'p@ss',
    'p@ss/w',
    '100%',
    '%zz',
    'p:q',
    'ü/ö',
    '%2F',
  ];
  for (const password of passwords) {
    it(`are understood with the password ${password} as it was pasted`, () => {
      const environment = {
        ...required,
        SMTP_URL: `smtp://AKIA:${password}@email-smtp.eu-west-1.amazonaws.com:587`,
        MAIL_FROM: 'labels@example.com',
        TOOL_DATABASE_URL: `postgres://label:${password}@db.example.com:5432/label`,
      };
      const pasted = password === 'p@ss/w' ? null : loadSettings({ environment });
      if (!pasted) {
        expect(() => loadSettings({ environment })).to.throw(/SMTP_URL .*%2F.*/);
        return;
      }
      const meant = password === '%2F' ? '/' : password;
      expect(credentials(pasted.mail.smtpUrl ?? '')).to.deep.equal([
        'AKIA',
        meant,
        'email-smtp.eu-west-1.amazonaws.com:587',
      ]);
      expect(credentials(pasted.tool.databaseUrl ?? '')).to.deep.equal(['label', meant, 'db.example.com:5432']);
      expect(pasted.tool.databaseUrl).to.match(/5432\/label$/);
    });
  }

  it('are the same after writing and reading, whatever they hold', () => {
    const text = fastCheck.string({ unit: 'grapheme', minLength: 1 });
    const property = fastCheck.property(text, text, (user, password) => {
      const written = writeUrl({
        scheme: 'postgres',
        user,
        password,
        host: 'db',
        port: 5432,
        rest: '/x?sslmode=require',
      });
      const reading = readUrl(written);
      expect(reading).to.have.property('parts').that.deep.includes({ user, password, host: 'db', port: 5432 });
      expect(credentials(written)).to.deep.equal([user, password, 'db:5432']);
    });
    fastCheck.assert(property);
  });

  it('as pasted are either understood or refused, never changed', () => {
    const pasted = fastCheck
      .string({ unit: 'grapheme-ascii', minLength: 1 })
      .filter((text) => !/%[0-9a-f]{2}/i.test(text));
    const property = fastCheck.property(pasted, (password) => {
      const reading = readUrl(`smtp://user:${password}@smtp.example.com:2525`);
      if ('parts' in reading && reading.parts.rest === '') {
        expect(reading.parts).to.deep.include({ user: 'user', password, host: 'smtp.example.com', port: 2525 });
      }
    });
    fastCheck.assert(property, { numRuns: 2_000 });
  });

  it('leave queries alone', () => {
    const written = (text: string): string | null => {
      const reading = readUrl(text);
      return 'parts' in reading ? writeUrl(reading.parts) : null;
    };
    for (const text of [
      'postgres://u:p@h/db?sslmode=verify-full&sslrootcert=/etc/ssl/ca.pem',
      'smtp://127.0.0.1:2525?name=a@b',
      'postgres:///db?host=/var/run/postgresql',
      'postgres://u:p@[::1]:5432/db',
    ]) {
      expect(written(text)).to.equal(text);
    }
  });
});
