import { expect } from 'chai';
import fc from 'fast-check';
import type { DayChange } from '../../../plugin/usage/differences.ts';
import { type ChangesToSort, sortChanges } from '../../../plugin/usage/sort-changes.ts';

const change = (day: number, before: number | null, now: number, uncertain = false): DayChange => ({
  ...{ contractId: 'c', trainerId: 't', day: `2031-05-${String(day).padStart(2, '0')}`, uncertain },
  before: before === null ? null : { labels: before, tasks: before, seconds: before },
  now: { labels: now, tasks: now, seconds: now },
});
const recent = (labels: number) => [{ day: '2031-05-01', totals: { labels, tasks: labels, seconds: labels } }];
const sort = (changes: DayChange[], given: Partial<ChangesToSort> = {}) => {
  const sorted = sortChanges({
    ...{ changes, notMoved: changes, recent: recent(100), decisionOf: () => undefined, accept: false },
    ...given,
  });
  const days = (some: readonly DayChange[]): number[] => some.map(({ day }) => Number(day.slice(-2)));
  return {
    sendable: days(sorted.sendable),
    accepted: days(sorted.accepted),
    held: days(sorted.held),
    dropped: days(sorted.dropped),
  };
};
const [more, much, alsoMuch] = [change(1, 5, 9), change(2, 50, 0), change(3, 40, 0)];

describe('sorting the differences of a contract', () => {
  it('sends what becomes more, and holds what becomes less by much', () => {
    expect(sort([more, much])).to.deep.equal({ sendable: [1], accepted: [], held: [2], dropped: [] });
  });

  it('sends all when little becomes less', () => {
    expect(sort([more, change(2, 9, 0)]).sendable).to.deep.equal([1, 2]);
  });

  it('sends a day that another contract has now', () => {
    expect(sort([much, alsoMuch], { notMoved: [alsoMuch] }).sendable).to.deep.equal([2]);
  });

  it('sends everything when an admin accepts what is taken away, whatever was decided before', () => {
    for (const decision of ['accepted', 'dropped', 'held', undefined] as const) {
      const sorted = sort([more, much], { accept: true, decisionOf: () => decision });
      expect(sorted.sendable).to.deep.equal([1, 2]);
    }
  });

  it('sends only what was held before when an admin accepts what is held', () => {
    const decisionOf = (one: DayChange) => (one === much ? ('held' as const) : undefined);
    expect(sort([much, alsoMuch], { accept: 'held', decisionOf })).to.deep.equal({
      ...{ sendable: [2], accepted: [2], held: [3], dropped: [] },
    });
  });

  it('sends what was accepted, leaves what was dropped, and holds the rest', () => {
    const decisionOf = ({ day }: DayChange) =>
      day.endsWith('02') ? ('accepted' as const) : day.endsWith('03') ? ('dropped' as const) : undefined;
    expect(sort([much, alsoMuch, change(4, 30, 0)], { decisionOf })).to.deep.equal({
      ...{ sendable: [2], accepted: [2], held: [4], dropped: [3] },
    });
  });

  it('never drops a day that becomes more, nor one of which it is not known what OpenTrain holds', () => {
    const decisionOf = () => 'dropped' as const;
    expect(sort([more], { decisionOf }).sendable).to.deep.equal([1]);
    expect(sort([change(2, 9, 0, true)], { decisionOf }).sendable).to.deep.equal([2]);
  });

  it('puts each change into one place', () => {
    const changes = fc.array(fc.tuple(fc.option(fc.nat(90), { nil: null }), fc.nat(90), fc.boolean()), {
      maxLength: 20,
    });
    const decisions = fc.array(fc.constantFrom('accepted' as const, 'dropped' as const, 'held' as const, undefined), {
      minLength: 20,
      maxLength: 20,
    });
    fc.assert(
      fc.property(changes, decisions, fc.constantFrom(true, false, 'held' as const), (given, decided, accept) => {
        const all = given.map(([before, now, uncertain], index) => change(index + 1, before, now, uncertain));
        const sorted = sort(all, { accept, decisionOf: ({ day }) => decided[Number(day.slice(-2)) - 1] });
        const places = [...sorted.sendable, ...sorted.held, ...sorted.dropped].sort((a, b) => a - b);
        expect(places).to.deep.equal(all.map((_change, index) => index + 1));
        expect(sorted.sendable).to.include.members(sorted.accepted);
      }),
    );
  });
});
