import { expect } from 'chai';
import type { AccessRow, AccessState } from '../../../plugin/access/access-rows.ts';
import { byProject, byTool } from '../../../plugin/access/fit-places.ts';

function row(place: string, state: AccessState, owned = true): AccessRow {
  return { trainer_id: 'ann', place, state, reason: null, remedy: null, adopted: false, owned, since: 1 };
}

const short = (rows: readonly AccessRow[] | null): string | undefined =>
  rows?.map(({ place, state }) => `${place} ${state}`).join(', ');

describe('records that speak of other places than the tool has', () => {
  it('become records of projects, in the same state, where the trainer should have some', () => {
    expect(short(byProject([row('*', 'active')], ['1', '2']))).to.equal('1 active, 2 active');
    expect(short(byProject([row('*', 'invited')], ['1']))).to.equal('1 invited');
    expect(short(byProject([row('*', 'active'), row('1', 'revoked')], ['1', '2']))).to.equal('1 active, 2 active');
  });

  it('stay for the plan to remove where the trainer should have none', () => {
    expect(byProject([row('*', 'active')], [])).to.equal(null);
    expect(byProject([row('1', 'active')], ['1'])).to.equal(null);
  });

  it('become one record of the whole tool, with the strongest state', () => {
    expect(short(byTool([row('1', 'revoked'), row('2', 'active')]))).to.equal('* active');
    expect(short(byTool([row('1', 'revoked'), row('2', 'invited'), row('3', 'blocked')]))).to.equal('* invited');
    expect(byTool([row('1', 'active', false), row('2', 'revoked')])?.[0]?.owned, 'ours once, ours to remove').to.equal(
      true,
    );
    expect(byTool([row('*', 'active')])).to.equal(null);
  });
});
