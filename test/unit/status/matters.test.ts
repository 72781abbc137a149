/** Every matter that "action required" can tell is told by a status that has everything wrong. */
import { expect } from 'chai';
import { matters } from '../../../plugin/status/matters.ts';
import { problemsOf } from '../../../plugin/status/problems.ts';
import { well, wrongs } from '../../support/wrong-statuses.ts';

describe('the matters of “action required”', () => {
  it('are none while all is well', () => {
    expect(problemsOf(well)).to.deep.equal([]);
  });

  it('are all that there are, each told by what is wrong, with a remedy', () => {
    const told = wrongs.flatMap((wrong) => problemsOf({ ...well, ...wrong }));
    expect([...new Set(told.map(({ matter }) => matter))].sort()).to.deep.equal([...matters].sort());
    for (const { what, remedy } of told) expect(remedy, what).to.have.length.greaterThan(10);
  });
});
