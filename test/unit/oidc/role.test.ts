import { expect } from 'chai';
import { type Claims, roleOf } from '../../../plugin/oidc/role.ts';

const lists = {
  admins: 'Ada@Example.com, groups=leads',
  viewers: 'vera@example.com,groups=labelling, ada@example.com',
};
const verified = (email: string, more: Claims = {}): Claims => ({ email, email_verified: true, ...more });

describe('the role of somebody who signed in with the identity provider', () => {
  const rows: [what: string, claims: Claims, result: string][] = [
    ['an admin by address', verified('ada@example.com'), 'admin'],
    ['an admin by address, in other capitals', verified('ADA@example.COM'), 'admin'],
    ['an admin by one of several groups', verified('eve@example.com', { groups: ['staff', 'leads'] }), 'admin'],
    ['a viewer by address', verified('vera@example.com'), 'viewer'],
    ['a viewer by a claim that is no list', verified('eve@example.com', { groups: 'labelling' }), 'viewer'],
    ['in both lists', verified('eve@example.com', { groups: ['labelling', 'leads'] }), 'admin'],
    ['in no list', verified('eve@example.com', { groups: ['lead', 'leads2'] }), 'not-listed'],
    ['a part of an address', verified('a@example.com'), 'not-listed'],
    ['a claim that an object inherits', verified('eve@example.com', { toString: undefined }), 'not-listed'],
    ['listed, not verified', { email: 'ada@example.com', email_verified: false }, 'unverified'],
    ['listed, nothing said of verification', { email: 'ada@example.com' }, 'unverified'],
    ['listed by group, not verified', { email: 'eve@example.com', groups: ['leads'] }, 'unverified'],
    ['verified as text', { email: 'ada@example.com', email_verified: 'true' }, 'admin'],
    ['without an address', { email_verified: true, groups: ['leads'] }, 'no-address'],
    ['an address with a line break', verified('ada@example.com\nroot@example.com'), 'no-address'],
    ['an address that is no text', { email: ['ada@example.com'], email_verified: true }, 'no-address'],
  ];
  for (const [what, claims, expected] of rows) {
    it(`${what}: ${expected}`, () => {
      const result = roleOf(claims, lists);
      expect('role' in result ? result.role : result.refused).to.equal(expected);
    });
  }

  it('is refused to everybody where the lists are empty', () => {
    const none = { admins: undefined, viewers: undefined };
    expect(roleOf(verified('ada@example.com'), none)).to.deep.equal({
      refused: 'not-listed',
      address: 'ada@example.com',
    });
  });
});
