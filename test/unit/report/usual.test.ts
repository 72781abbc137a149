import { expect } from 'chai';
import { labelsAnHour } from '../../../plugin/report/report-usual.ts';

describe('what is usual', () => {
  it('is labels an hour, and nothing where time is not known', () => {
    expect(labelsAnHour(30, 1_800)).to.equal(60);
    expect(labelsAnHour(30, 0)).to.equal(null);
    expect(labelsAnHour(30, null)).to.equal(null);
  });
});
