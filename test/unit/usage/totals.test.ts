import { expect } from 'chai';
import { change, isEmpty } from '../../../plugin/usage/totals.ts';

describe('Totals', () => {
  it('are empty when no field is more than zero', () => {
    expect(isEmpty({ seconds: null, tasks: 0, labels: 0 })).to.equal(true);
    for (const field of ['seconds', 'tasks', 'labels']) {
      expect(isEmpty({ seconds: 0, tasks: 0, labels: null, [field]: 1 }), field).to.equal(false);
    }
  });

  it('change by what was added, by what was taken away, and by nothing known where neither side knows', () => {
    const before = { seconds: null, tasks: 5, labels: null };
    const after = { seconds: 60, tasks: null, labels: null };
    expect(change(before, after)).to.deep.equal({ seconds: 60, tasks: -5, labels: null });
    expect(change({ ...before, tasks: 5 }, { ...after, tasks: 7 })).to.include({ tasks: 2 });
  });
});
