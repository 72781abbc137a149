import { expect } from 'chai';
import { isSameTool, type TokenAccount } from '../../../adapters/label-studio/same-tool.ts';

const account: TokenAccount = {
  id: 1,
  email: 'owner@example.com',
  organizationId: 1,
  organizationCreatedAt: new Date('2031-01-01T00:00:00Z'),
};

describe('whether the database is the one of the Label Studio at hand', () => {
  const rows: { what: string; inDatabase: TokenAccount | null; same: boolean }[] = [
    { what: 'the same in all', inDatabase: account, same: true },
    { what: 'no such account', inDatabase: null, same: false },
    { what: 'another id', inDatabase: { ...account, id: 2 }, same: false },
    { what: 'another address', inDatabase: { ...account, email: 'other@example.com' }, same: false },
    { what: 'another organization', inDatabase: { ...account, organizationId: 2 }, same: false },
    {
      what: 'an organization made at another time',
      inDatabase: { ...account, organizationCreatedAt: new Date('2031-01-01T00:00:02Z') },
      same: false,
    },
    {
      what: 'the same time, written less exactly',
      inDatabase: { ...account, organizationCreatedAt: new Date('2031-01-01T00:00:00.999Z') },
      same: true,
    },
    { what: 'no time to compare', inDatabase: { ...account, organizationCreatedAt: null }, same: true },
  ];
  for (const { what, inDatabase, same } of rows) {
    it(`${what}: ${same ? 'yes' : 'no'}`, () => {
      expect(isSameTool(account, inDatabase)).to.equal(same);
    });
  }
});
