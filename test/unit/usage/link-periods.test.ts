import { expect } from 'chai';
import { claimants, linkPeriods } from '../../../plugin/usage/link-periods.ts';
import { linkRow } from '../../support/usage-rows.ts';

const at = (day: string): number => Date.parse(`${day}T12:00:00Z`);

function periods(...links: ReturnType<typeof linkRow>[]) {
  return (linkPeriods(links, 'UTC').get('P') ?? []).map(({ link, from, until }) => [link.id, from, until]);
}

describe('The periods of a project’s links', () => {
  const first = (change = {}) => linkRow('l1', 'P', 'A', { created_at: at('2031-05-01'), ...change });
  const second = (change = {}) => linkRow('l2', 'P', 'B', { created_at: at('2031-05-10'), ...change });

  it('have no first day for the oldest, and no last day for a live one', () => {
    expect(periods(first())).to.deep.equal([['l1', null, null]]);
    expect(periods(first({ removed_at: at('2031-05-05') }))).to.deep.equal([['l1', null, '2031-05-05']]);
  });

  it('share the day on which a live link was followed by another', () => {
    expect(periods(second(), first())).to.deep.equal([
      ['l2', '2031-05-10', null],
      ['l1', null, '2031-05-10'],
    ]);
  });

  it('leave no gap after a removal, and end at the successor for a later removal', () => {
    expect(periods(first({ removed_at: at('2031-05-05') }), second())).to.deep.equal([
      ['l2', '2031-05-06', null],
      ['l1', null, '2031-05-05'],
    ]);
    expect(periods(first({ removed_at: at('2031-05-20') }), second())).to.deep.equal([
      ['l2', '2031-05-10', null],
      ['l1', null, '2031-05-10'],
    ]);
  });

  it('are in the order of the ids where two links were made in the same instant', () => {
    const same = { created_at: at('2031-05-01') };
    for (const links of [
      [first(same), second(same)],
      [second(same), first(same)],
    ]) {
      expect(periods(...links).map(([id]) => id)).to.deep.equal(['l2', 'l1']);
    }
  });

  it('claim the days from the first to the last, both included', () => {
    const known = linkPeriods([first(), second({ removed_at: at('2031-05-20') })], 'UTC').get('P') ?? [];
    const claiming = (day: string) => claimants(known, day).map(({ id }) => id);
    expect(claiming('2031-05-09')).to.deep.equal(['l1']);
    expect(claiming('2031-05-10')).to.deep.equal(['l2', 'l1']);
    expect(claiming('2031-05-20')).to.deep.equal(['l2']);
    expect(claiming('2031-05-21')).to.deep.equal([]);
  });
});
