/** Places that are projects, and when the tool is asked at all. */
import { expect } from 'chai';
import type { AccessState } from '../../../plugin/access/access-rows.ts';
import type { Desired } from '../../../plugin/access/desired.ts';
import { differs, type Facts, type Situation } from '../../../plugin/access/plan.ts';
import { allCapabilities } from '../../support/model-tool.ts';
import {
  blocked,
  desiredAs,
  facts,
  granted,
  lost,
  member,
  plan,
  row,
  situation,
  without,
} from '../../support/plan-situations.ts';

describe('the plan, project by project', () => {
  const capabilities = { ...allCapabilities, accessLevel: 'project' as const };
  const wants = (...places: string[]): Map<string, Desired> => new Map(places.map((place) => [place, granted]));

  it('adopts the memberships that are there and grants the others', () => {
    const account = member({ places: ['1', '9'] });
    expect(plan({ desired: wants('1', '2'), account }, { capabilities })).to.deep.equal(['adopt 1', 'grant 2']);
  });

  it('grants a second project to somebody who is active on the first', () => {
    const given = { desired: wants('1', '2'), rows: [row({}, '1')], account: member({ places: ['1'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['grant 2', 'keep 1']);
  });

  it('removes one project and leaves the account open for the other', () => {
    const given = { desired: wants('2'), rows: [row({}, '1'), row({}, '2')], account: member({ places: ['1', '2'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['keep 2', 'remove 1']);
  });

  it('leaves the account open for a project that somebody else gave', () => {
    const given = { desired: wants(), rows: [row({}, '1')], account: member({ places: ['1', '9'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['remove 1']);
  });

  it('closes the account with the last project', () => {
    const given = { desired: wants(), rows: [row({}, '1'), row({}, '2')], account: member({ places: ['1', '2'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['remove 1+2 and close']);
  });

  it('leaves the account open for a managed project', () => {
    const desired = new Map<string, Desired>([['2', { value: 'managed', until: null }]]);
    const given = { desired, rows: [row({}, '1')], account: member({ places: ['1'] }) };
    expect(plan(given, { capabilities })).to.deep.equal(['keep 2', 'remove 1']);
  });

  it('needs no capability to grant a project to an open account', () => {
    const account = member({ places: [] });
    const given = { capabilities: { ...without('restore', 'setPassword'), accessLevel: 'project' as const } };
    expect(plan({ desired: wants('1'), account }, given)).to.deep.equal(['grant 1']);
  });

  it('blocks all projects as soon as one of them is not recorded as blocked for the same reason', () => {
    const rows = [{ ...blocked('no-work-email', false, 'give consent'), place: '1' }];
    const given = { desired: wants('1', '2'), rows, workEmail: null };
    expect(plan(given, { capabilities })).to.deep.equal(['block 1+2 no-work-email']);
  });

  it('keeps an account in nothing where another project is granted to it', () => {
    const rows = [row({ state: 'revoked' }, '1')];
    const given = { desired: wants('2'), rows, account: member({ places: [] }), interrupted: true };
    expect(plan(given, { capabilities })).to.deep.equal(['grant 2', 'keep 1']);
  });

  it('leaves an account in another project, which somebody else gave, as it is', () => {
    const given = { desired: wants(), rows: [row({ state: 'revoked' }, '1')], interrupted: true };
    expect(plan({ ...given, account: member({ places: ['9'] }) }, { capabilities })).to.deep.equal(['keep 1']);
  });

  const graces: [state: AccessState | null, removal: string][] = [
    ['active', 'remove 1'],
    ['invited', 'remove 1'],
    ['revoked', 'remove 1 and close'],
    [null, 'remove 1 and close'],
  ];
  for (const [state, removal] of graces) {
    it(`within the grace of a project where the record says ${state ?? 'nothing'}: ${removal}`, () => {
      const desired = new Map<string, Desired>([['2', { value: 'grace', until: 9 }]]);
      const rows = [row({}, '1'), ...(state === null ? [] : [row({ state }, '2')])];
      const given = { desired, rows, account: member({ places: ['1'] }) };
      expect(plan(given, { capabilities })).to.include(removal);
    });
  }
});

describe('whether the tool is asked', () => {
  const asked = (change: Partial<Situation>, given: Partial<Facts> = {}) => differs(situation(change), facts(given));

  it('not when record and desire agree', () => {
    expect(asked({ rows: [row()] })).to.equal(false);
    expect(asked({ rows: [row({ state: 'invited' })], invited: true })).to.equal(false);
    expect(asked({ desired: lost, rows: [row({ state: 'revoked' })] })).to.equal(false);
    expect(asked({ desired: lost })).to.equal(false);
    expect(asked({ desired: desiredAs({ value: 'grace', until: 9 }), rows: [row()] })).to.equal(false);
  });

  it('when they do not, or a change was interrupted', () => {
    expect(asked({})).to.equal(true);
    expect(asked({ desired: lost, rows: [row()] })).to.equal(true);
    expect(asked({ rows: [row()], interrupted: true })).to.equal(true);
    expect(asked({ rows: [row({ state: 'invited' })] })).to.equal(true);
  });

  it('never while OpenTrain is disconnected', () => {
    expect(asked({ desired: lost, rows: [row()] }, { connected: false })).to.equal(false);
  });

  it('about a partial removal only once accounts can be closed', () => {
    const given = { desired: lost, rows: [row({ state: 'revoked-partial' })] };
    expect(asked(given, { capabilities: without('closeAccount') })).to.equal(false);
    expect(asked(given)).to.equal(true);
  });
});
