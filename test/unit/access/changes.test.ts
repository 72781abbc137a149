import { expect } from 'chai';
import { allowedBy, type Change } from '../../../plugin/access/changes.ts';

describe('ACCESS_POLICY', () => {
  const common = { trainerId: 'ann', places: ['*'], why: '' };
  const changes: Change[] = [
    { ...common, action: 'invite' },
    { ...common, action: 'remove', account: null, closeAccount: true },
    { ...common, action: 'cancel-invitation' },
    { ...common, action: 'keep' },
  ];
  const actions = (policy: 'sync' | 'grant-only' | 'observe') => allowedBy(policy, changes).map(({ action }) => action);

  it('sync lets every change through', () => {
    expect(actions('sync')).to.deep.equal(['invite', 'remove', 'cancel-invitation', 'keep']);
  });

  it('grant-only removes nobody', () => {
    expect(actions('grant-only')).to.deep.equal(['invite', 'cancel-invitation', 'keep']);
  });

  it('observe changes nothing', () => {
    expect(actions('observe')).to.deep.equal(['keep']);
  });
});
