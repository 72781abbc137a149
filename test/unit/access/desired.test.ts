import { expect } from 'chai';
import { type Desired, type DesiredInput, desiredAccess, endOf } from '../../../plugin/access/desired.ts';

const NOW = 1_000_000;
const GRACE = 600_000;

const link = (project: string, change: Partial<DesiredInput['links'][number]> = {}) => ({
  job_id: 'job',
  project_id: project,
  owner: 'this tool' as const,
  project_state: 'exists' as const,
  provisioning_mode: 'PARTNER_WEBHOOK',
  removed_at: null,
  not_linked_since: null,
  ...change,
});

function desired(change: Partial<DesiredInput>) {
  const access = desiredAccess({
    contracts: [{ id: 'contract', job_id: 'job', status: 'active' }],
    links: [link('1')],
    assignments: [{ trainer_id: 'ann', contract_id: 'contract' }],
    holds: [],
    accessLevel: 'project',
    graceMs: GRACE,
    now: NOW,
    ...change,
  });
  return Object.fromEntries([...access].map(([trainer, places]) => [trainer, Object.fromEntries(places)]));
}

const granted = { value: 'granted' };

describe('desired access', () => {
  it('is every live linked project of every active contract, for each of its trainers', () => {
    const contracts = [
      { id: 'one', job_id: 'job', status: 'active' as const },
      { id: 'two', job_id: 'other', status: 'active' as const },
    ];
    const links = [link('1'), link('2'), link('3', { job_id: 'other' }), link('4', { job_id: 'third' })];
    const assignments = [
      { trainer_id: 'ann', contract_id: 'one' },
      { trainer_id: 'ann', contract_id: 'two' },
      { trainer_id: 'bob', contract_id: 'one' },
    ];
    expect(desired({ contracts, links, assignments })).to.deep.equal({
      ann: { 1: granted, 2: granted, 3: granted },
      bob: { 1: granted, 2: granted },
    });
  });

  it('is the whole tool where a membership covers everything', () => {
    expect(desired({ accessLevel: 'tool', links: [link('1'), link('2')] })).to.deep.equal({ ann: { '*': granted } });
  });

  it('is nothing at once when the contract ended, whatever its links', () => {
    const contracts = [{ id: 'contract', job_id: 'job', status: 'ended' as const }];
    expect(desired({ contracts, links: [link('1'), link('2', { removed_at: NOW - 1 })] })).to.deep.equal({});
  });

  it('holds a link that was removed within the grace, until the grace ends', () => {
    const removed_at = NOW - 1000;
    expect(desired({ links: [link('1', { removed_at })] })).to.deep.equal({
      ann: { 1: { value: 'grace', until: removed_at + GRACE } },
    });
  });

  it('is nothing in the moment the grace ends', () => {
    expect(desired({ links: [link('1', { removed_at: NOW - GRACE })] })).to.deep.equal({});
    expect(desired({ links: [link('1', { removed_at: NOW })], graceMs: 0 })).to.deep.equal({});
  });

  it('is granted when a link was re-pointed: removed, then created again', () => {
    expect(desired({ links: [link('1', { removed_at: NOW - 1000 }), link('1')] })).to.deep.equal({
      ann: { 1: granted },
    });
  });

  it('is held by a link that a reconnect left behind, until the contract ends or the admin takes the trainer out', () => {
    const left = link('1', { not_linked_since: NOW - 10 * GRACE });
    expect(desired({ links: [left] })).to.deep.equal({ ann: { 1: { value: 'held' } } });
    expect(desired({ links: [left, link('1')] })).to.deep.equal({ ann: { 1: granted } });
    expect(desired({ links: [left], holds: [{ trainer_id: 'ann', contract_id: 'contract' }] })).to.deep.equal({});
    expect(desired({ links: [{ ...left, removed_at: NOW - GRACE }] })).to.deep.equal({});
    const contracts = [{ id: 'contract', job_id: 'job', status: 'ended' as const }];
    expect(desired({ links: [left], contracts })).to.deep.equal({});
  });

  it('is granted by a live link of ours, whatever else is on the place; a live managed one alone leaves it managed', () => {
    const managed = link('1', { provisioning_mode: 'MANAGED_ADAPTER' });
    expect(desired({ links: [link('1'), managed, link('2')] })).to.deep.equal({
      ann: { 1: granted, 2: granted },
    });
    const whole = desired({ accessLevel: 'tool', links: [managed, link('2')] });
    expect(whole).to.deep.equal({ ann: { '*': granted } });
    const removed = link('1', { removed_at: NOW - 1000 });
    expect(desired({ links: [removed, managed] })).to.deep.equal({ ann: { 1: { value: 'managed', until: null } } });
    const contracts = [{ id: 'contract', job_id: 'job', status: 'ended' as const }];
    expect(desired({ contracts, links: [managed] })).to.deep.equal({});
  });

  it('treats a provisioning mode that it does not know as not ours', () => {
    expect(desired({ links: [link('1', { provisioning_mode: 'SOMETHING_NEW' })] })).to.deep.equal({
      ann: { 1: { value: 'managed', until: null } },
    });
  });

  it('lets a live link of ours win over a managed one that was removed, and that one over a removed one of ours', () => {
    const removed = { removed_at: NOW - 1000 };
    const managed = link('1', { provisioning_mode: 'MANAGED_ADAPTER', ...removed });
    expect(desired({ links: [managed, link('1')] })).to.deep.equal({ ann: { 1: granted } });
    expect(desired({ links: [managed, link('1', removed)] })).to.deep.equal({
      ann: { 1: { value: 'managed', until: NOW - 1000 + GRACE } },
    });
  });

  it('holds as long as the longer of two graces', () => {
    const links = [link('1', { removed_at: NOW - 5000 }), link('1', { removed_at: NOW - 1000 })];
    expect(desired({ links })).to.deep.equal({ ann: { 1: { value: 'grace', until: NOW - 1000 + GRACE } } });
  });

  const removed_at = NOW - 1000;
  const until = removed_at + GRACE;
  const strongestFirst: [string, ReturnType<typeof link>, Desired][] = [
    ['a live link of ours', link('1'), { value: 'granted' }],
    ['a live managed link', link('1', { provisioning_mode: 'MANAGED_ADAPTER' }), { value: 'managed', until: null }],
    ['a link whose project the tool does not know', link('1', { project_state: 'missing' }), { value: 'held' }],
    [
      'a removed managed link',
      link('1', { provisioning_mode: 'MANAGED_ADAPTER', removed_at }),
      { value: 'managed', until },
    ],
    ['a removed link of ours', link('1', { removed_at }), { value: 'grace', until }],
  ];
  for (const [index, [stronger, strong, value]] of strongestFirst.entries()) {
    for (const [weaker, weak] of strongestFirst.slice(index)) {
      it(`on one place, ${stronger} goes before ${weaker}`, () => {
        expect(desired({ links: [strong, weak] })).to.deep.equal({ ann: { 1: value } });
        expect(desired({ links: [weak, strong] })).to.deep.equal({ ann: { 1: value } });
      });
    }
  }

  it('of two removed managed links holds as long as the longer', () => {
    const managed = { provisioning_mode: 'MANAGED_ADAPTER' };
    const links = [link('1', { ...managed, removed_at: NOW - 5000 }), link('1', { ...managed, removed_at })];
    expect(desired({ links })).to.deep.equal({ ann: { 1: { value: 'managed', until } } });
    expect(desired({ links: links.toReversed() })).to.deep.equal({ ann: { 1: { value: 'managed', until } } });
  });

  it('ends by itself only where a grace or a removed managed link holds it', () => {
    expect(strongestFirst.map(([, , value]) => endOf(value))).to.deep.equal([
      ...Array(3).fill(Number.POSITIVE_INFINITY),
      ...[until, until],
    ]);
  });

  it('is nothing for a trainer whom the admin took out, until a new contract starts', () => {
    const holds = [{ trainer_id: 'ann', contract_id: 'contract' }];
    expect(desired({ holds })).to.deep.equal({});
    expect(desired({ holds, links: [link('1', { removed_at: NOW - 1 })] })).to.deep.equal({});
    const contracts = ['contract', 'new'].map((id) => ({ id, job_id: 'job', status: 'active' as const }));
    const assignments = contracts.map(({ id }) => ({ trainer_id: 'ann', contract_id: id }));
    expect(desired({ holds, contracts, assignments })).to.deep.equal({ ann: { 1: granted } });
  });

  it('leaves a managed place managed even for a trainer whom the admin took out', () => {
    const holds = [{ trainer_id: 'ann', contract_id: 'contract' }];
    const links = [link('1', { provisioning_mode: 'MANAGED_ADAPTER' })];
    expect(desired({ holds, links })).to.deep.equal({ ann: { 1: { value: 'managed', until: null } } });
  });

  it('ignores links without a job and contracts that it does not know', () => {
    expect(desired({ links: [link('1', { job_id: null })] })).to.deep.equal({});
    expect(desired({ assignments: [{ trainer_id: 'ann', contract_id: 'elsewhere' }] })).to.deep.equal({});
  });
});
