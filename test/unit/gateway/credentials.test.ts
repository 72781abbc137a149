import { expect } from 'chai';
import {
  credentialsOf,
  readCookies,
  renewedCredential,
  withoutCredentials,
  writeCookies,
} from '../../../plugin/gateway/credentials.ts';

const rule = {
  cookies: ['sessionid'],
  headers: ['authorization', 'x-api-key'],
  path: '/whoami',
  read: () => null,
  changedBy: [],
};

describe('credentials of a request', () => {
  it('are its session and each header of its own: the tool may look at any of them', () => {
    const headers = { cookie: 'a=1; sessionid=s; csrftoken=c', authorization: 'Token t', 'x-api-key': 'k' };
    expect(credentialsOf(headers, rule).map(({ headers: shown }) => shown)).to.deep.equal([
      { cookie: 'sessionid=s' },
      { authorization: 'Token t' },
      { 'x-api-key': 'k' },
    ]);
  });

  it('have one reading of cookies: odd names go, of two with one name the last stays', () => {
    const read = readCookies('sessionid=one; \tsessionid =two;session id=three; =x; y; b="q=1"');
    expect(writeCookies(read)).to.equal('sessionid=two; b="q=1"');
  });

  it('are all taken from what is passed on for nobody', () => {
    const headers = { cookie: 'sessionid=s; csrftoken=c', authorization: 'x', 'x-api-key': 'k', accept: '*/*' };
    expect(withoutCredentials(headers, rule)).to.deep.equal({ cookie: 'csrftoken=c', accept: '*/*' });
    expect(withoutCredentials({ cookie: 'sessionid=s' }, rule)).to.deep.equal({});
  });

  it('may be renewed by an answer', () => {
    const renewed = renewedCredential(['csrftoken=c; Path=/', 'sessionid=new; HttpOnly; Path=/'], rule);
    expect(renewed?.key).to.equal('cookie sessionid=new');
    expect(renewedCredential(['csrftoken=c'], rule)).to.equal(null);
    expect(renewedCredential(['sessionid=""; Max-Age=0'], rule), 'a session that ended').to.equal(null);
  });
});
