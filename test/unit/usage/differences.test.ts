import { expect } from 'chai';
import { type Comparison, differences, lowers } from '../../../plugin/usage/differences.ts';
import type { Totals } from '../../../plugin/usage/totals.ts';

const day = (totals: Totals, date = '2031-05-01') => ({ contractId: 'c', trainerId: 't', day: date, totals });
const some: Totals = { seconds: 60, tasks: 2, labels: 3 };
const none: Totals = { seconds: 0, tasks: 0, labels: 0 };

function changes(change: Partial<Comparison>) {
  return differences({
    tallied: [],
    accepted: [],
    refused: [],
    uncertain: [],
    recognisable: new Set(['t']),
    retryRefused: false,
    knowsSeconds: true,
    ...change,
  }).map(({ now, before, uncertain }) => ({ now, before, uncertain }));
}

describe('What differs from what OpenTrain accepted', () => {
  it('is nothing when both say the same, or when there was never any work', () => {
    expect(changes({ tallied: [day(some)], accepted: [day(some)] })).to.deep.equal([]);
    expect(changes({ tallied: [day(none)] })).to.deep.equal([]);
    expect(changes({ accepted: [day(none)] })).to.deep.equal([]);
  });

  it('is what was tallied, where it is new or changed', () => {
    expect(changes({ tallied: [day(some)] })).to.deep.equal([{ before: null, now: some, uncertain: false }]);
    const now = { ...some, labels: 4 };
    expect(changes({ tallied: [day(now)], accepted: [day(some)] })).to.deep.equal([
      { before: some, now, uncertain: false },
    ]);
  });

  it('is zero for a day whose work was deleted, but not for a trainer whom we could not see', () => {
    expect(changes({ accepted: [day(some)] })).to.deep.equal([{ before: some, now: none, uncertain: false }]);
    expect(changes({ accepted: [day(some)], recognisable: new Set() })).to.deep.equal([]);
  });

  it('ignores a field that the tool does not know: OpenTrain keeps what it holds', () => {
    expect(changes({ tallied: [day({ ...some, seconds: null })], accepted: [day(some)] })).to.deep.equal([]);
    const withoutSeconds = { ...some, seconds: null };
    expect(changes({ accepted: [day(withoutSeconds)] })).to.deep.equal([
      { before: withoutSeconds, now: { ...none, seconds: null }, uncertain: false },
    ]);
  });

  it('always includes a day whose last call was cut off, even when all its work is gone since', () => {
    const uncertain = [day(some)];
    expect(changes({ tallied: [day(some)], accepted: [day(some)], uncertain })).to.have.length(1);
    expect(changes({ uncertain })).to.deep.equal([{ before: null, now: none, uncertain: true }]);
    expect(changes({ uncertain, knowsSeconds: false })).to.deep.equal([
      { before: null, now: { ...none, seconds: null }, uncertain: true },
    ]);
  });

  it('leaves out an entry that was refused until it changes or refused ones are tried again', () => {
    const refused = [day(some)];
    expect(changes({ tallied: [day(some)], refused })).to.deep.equal([]);
    expect(changes({ tallied: [day({ ...some, tasks: 1 })], refused })).to.have.length(1);
    expect(changes({ tallied: [day(some)], refused, retryRefused: true })).to.have.length(1);
  });

  it('knows a change that takes accepted work away', () => {
    const change = (before: Totals | null, now: Totals) => ({ ...day(some), before, now, uncertain: false });
    expect(lowers(change(some, { ...some, labels: 2 }))).to.equal(true);
    expect(lowers(change(some, { ...some, labels: 4, seconds: null }))).to.equal(false);
    expect(lowers(change(null, some))).to.equal(false);
  });

  it('is told in the order of the days', () => {
    const dates = ['2031-05-02', '2031-05-01', '2031-05-03', '2031-05-01'];
    const tallied = dates.map((date, index) => ({ ...day(some, date), contractId: `c${index}` }));
    const sent = differences({
      tallied,
      accepted: [],
      refused: [],
      uncertain: [],
      recognisable: new Set(['t']),
      retryRefused: false,
      knowsSeconds: true,
    });
    expect(sent.map((change) => change.contractId)).to.deep.equal(['c1', 'c3', 'c0', 'c2']);
  });
});
