import { expect } from 'chai';
import type { TallyRow } from '../../../adapters/tool.ts';
import type { ContractRow } from '../../../plugin/mirror/contracts.ts';
import type { TrainerRow } from '../../../plugin/mirror/trainers.ts';
import { assign, type Facts, isRecognisable, termOf } from '../../../plugin/usage/attribution.ts';
import { dayTotals } from '../../../plugin/usage/day-totals.ts';
import { keyOf, type Totals } from '../../../plugin/usage/totals.ts';
import { contractRow as contract, linkRow as link } from '../../support/usage-rows.ts';

const at = (day: string, time = '12:00:00Z'): number => Date.parse(`${day}T${time}`);

function trainer(id: string, change: Partial<TrainerRow> = {}): TrainerRow {
  return {
    id,
    display_name: id,
    country: null,
    profile_url: null,
    work_email: `${id}@opentrain.work`,
    refused_email: null,
    tool_user_id: null,
    updated_at: 0,
    ...change,
  };
}

function row(day: string, change: Partial<TallyRow> = {}): TallyRow {
  return {
    projectId: 'P',
    toolUserId: '7',
    email: 'ada@opentrain.work',
    day,
    tasks: 2,
    annotations: 3,
    regions: 9,
    seconds: 60,
    cappedAnnotations: 0,
    cappedSeconds: 0,
    ...change,
  };
}

function facts(change: Partial<Facts>): Facts {
  const contracts = change.contracts ?? [contract('c1', 'A')];
  return {
    contracts,
    contractTrainers: contracts.map(({ id }) => ({ contract_id: id, trainer_id: 'ada' })),
    trainers: [trainer('ada')],
    links: [link('l1', 'P', 'A')],
    timezone: 'UTC',
    today: '2031-05-20',
    ...change,
  };
}

/** The contract of each row. */
const owners = (rows: TallyRow[], known: Facts) => assign(rows, known).map(({ contractId }) => contractId);
const totals = (rows: TallyRow[], known: Facts, frozen: Map<string, Totals> = new Map()) =>
  Object.fromEntries(
    [...dayTotals(assign(rows, known), frozen).days.values()].map((day) => [
      `${day.contractId} ${day.day}`,
      day.totals,
    ]),
  );

describe('Attribution', () => {
  it('recognises a trainer by the id in the tool before the e-mail, and nobody else', () => {
    const trainers = [trainer('ada', { tool_user_id: '7' }), trainer('ben')];
    const contracts = [contract('c1', 'A')];
    const known = facts({ contracts, trainers });
    const rows = [
      row('2031-05-01', { email: 'ben@opentrain.work' }),
      row('2031-05-01', { toolUserId: '8', email: 'Ada@OpenTrain.work' }),
      row('2031-05-01', { toolUserId: '9', email: 'admin@example.com' }),
      row('2031-05-01', { toolUserId: '9', email: null }),
    ];
    expect(assign(rows, known).map(({ trainerId }) => trainerId)).to.deep.equal(['ada', 'ada', null, null]);
  });

  it('gives an account that two trainers share to the same one of them, whatever their order', () => {
    for (const ids of [
      ['ada', 'ben'],
      ['ben', 'ada'],
    ]) {
      const trainers = ids.map((id) => trainer(id, { tool_user_id: '7', work_email: 'ada@opentrain.work' }));
      const known = facts({ trainers });
      const rows = [row('2031-05-01'), row('2031-05-01', { toolUserId: '8' })];
      expect(assign(rows, known).map(({ trainerId }) => trainerId)).to.deep.equal(['ada', 'ada']);
    }
  });

  it('can recognise a trainer by either the account or the Work Email', () => {
    const known = [
      trainer('ada'),
      trainer('ada', { tool_user_id: '7' }),
      trainer('ada', { tool_user_id: '7', work_email: null }),
      trainer('ada', { work_email: null }),
    ];
    expect(known.map(isRecognisable)).to.deep.equal([true, true, true, false]);
  });

  it('takes the day on which an end was seen only for a contract that has ended', () => {
    const until = (change: Partial<ContractRow>) => termOf(contract('c1', 'A', change), 'UTC').until;
    const seen = at('2031-05-03');
    expect(until({ status: 'ended', ended_seen_at: seen })).to.equal('2031-05-03');
    expect(until({ status: 'active', ended_seen_at: seen })).to.equal(until({ status: 'active' }));
    expect(until({ status: 'ended', ended_seen_at: null })).to.equal(until({ status: 'active' }));
  });

  it('takes both ends of a contract, and no day outside', () => {
    const contracts = [contract('c1', 'A', { start_date: '2031-05-02', end_date: '2031-05-03T10:00:00Z' })];
    const days = ['2031-05-01', '2031-05-02', '2031-05-03', '2031-05-04'];
    expect(
      owners(
        days.map((day) => row(day)),
        facts({ contracts }),
      ),
    ).to.deep.equal([null, 'c1', 'c1', null]);
  });

  it('takes the days of both instants in the time zone of usage', () => {
    const known = (timezone: string) =>
      facts({
        contracts: [
          contract('c1', 'A', { start_date: '2031-05-02T02:00:00.000Z', end_date: '2031-05-03T20:00:00.000Z' }),
        ],
        timezone,
      });
    const days = ['2031-05-01', '2031-05-02', '2031-05-03', '2031-05-04'].map((day) => row(day));
    expect(owners(days, known('America/Los_Angeles'))).to.deep.equal(['c1', 'c1', 'c1', null]);
    expect(owners(days, known('Asia/Tokyo'))).to.deep.equal([null, 'c1', 'c1', 'c1']);
    expect(owners(days, known('UTC'))).to.deep.equal([null, 'c1', 'c1', null]);
  });

  it('ends a contract without an end date on the day on which its end was seen', () => {
    const contracts = [contract('c1', 'A', { status: 'ended', ended_seen_at: at('2031-05-03') })];
    expect(owners([row('2031-05-03'), row('2031-05-04')], facts({ contracts }))).to.deep.equal(['c1', null]);
  });

  it('lets a day that is still in the future in UTC wait', () => {
    expect(totals([row('2031-05-20'), row('2031-05-21')], facts({}))).to.have.keys('c1 2031-05-20');
  });

  it('gives a day that two contracts could claim to the one that started last, then was created last, then by id', () => {
    const contracts = [
      contract('c1', 'A', { end_date: '2031-05-10' }),
      contract('c2', 'A', { start_date: '2031-05-10', end_date: '2031-05-12' }),
      contract('c3', 'A', { start_date: '2031-05-12', created_at: 5 }),
      contract('c4', 'A', { start_date: '2031-05-12', created_at: 9 }),
      contract('c5', 'A', { start_date: '2031-05-12', created_at: 9 }),
    ];
    const days = ['2031-05-09', '2031-05-10', '2031-05-11', '2031-05-12'];
    expect(
      owners(
        days.map((day) => row(day)),
        facts({ contracts }),
      ),
    ).to.deep.equal(['c1', 'c2', 'c2', 'c5']);
  });

  it('asks when a contract started before it asks when it was created', () => {
    const contracts = [
      contract('c1', 'A', { start_date: '2031-05-01', created_at: 9 }),
      contract('c2', 'A', { start_date: '2031-05-02', created_at: 5 }),
    ];
    for (const ordered of [contracts, contracts.toReversed()]) {
      expect(owners([row('2031-05-03')], facts({ contracts: ordered }))).to.deep.equal(['c2']);
    }
  });

  it('sums all projects of the job, each in the label unit of its own link', () => {
    const links = [
      link('l1', 'P', 'A'),
      link('l2', 'Q', 'A', { label_unit: 'regions', provisioning_mode: 'MANAGED_ADAPTER' }),
    ];
    const rows = [row('2031-05-01'), row('2031-05-01', { projectId: 'Q' }), row('2031-05-01', { projectId: 'Z' })];
    expect(totals(rows, facts({ links }))).to.deep.equal({ 'c1 2031-05-01': { seconds: 120, tasks: 4, labels: 12 } });
  });

  it('leaves out what the tool does not know', () => {
    const rows = [row('2031-05-01', { seconds: null, regions: null })];
    const links = [link('l1', 'P', 'A', { label_unit: 'regions' })];
    expect(totals(rows, facts({ links }))).to.deep.equal({
      'c1 2031-05-01': { seconds: null, tasks: 2, labels: null },
    });
  });

  describe('when a project is re-pointed to another job', () => {
    const contracts = [contract('a', 'A'), contract('b', 'B')];
    const moved = [
      link('l1', 'P', 'A', { created_at: at('2031-05-05'), removed_at: at('2031-05-10', '08:00:00Z') }),
      link('l2', 'P', 'B', { created_at: at('2031-05-10', '08:00:01Z') }),
    ];

    it('keeps old work with the old job, gives the day itself to the new one, and older work to the first', () => {
      const days = ['2031-05-01', '2031-05-09', '2031-05-10', '2031-05-11'];
      expect(
        owners(
          days.map((day) => row(day)),
          facts({ contracts, links: moved }),
        ),
      ).to.deep.equal(['a', 'a', 'b', 'b']);
    });

    it('leaves the day itself with the old job for a trainer who has no contract on the new one', () => {
      const known = facts({ contracts: [contract('a', 'A')], links: moved });
      expect(owners([row('2031-05-10'), row('2031-05-11')], known)).to.deep.equal(['a', null]);
    });

    it('takes off the new job what the old one was paid for that day and can no longer give back', () => {
      const frozen = new Map([
        [keyOf({ contractId: 'a', trainerId: 'ada', day: '2031-05-10' }), { seconds: 40, tasks: 1, labels: 2 }],
      ]);
      const known = facts({ contracts, links: moved });
      expect(totals([row('2031-05-10'), row('2031-05-11')], known, frozen)).to.deep.equal({
        'b 2031-05-10': { seconds: 20, tasks: 1, labels: 1 },
        'b 2031-05-11': { seconds: 60, tasks: 2, labels: 3 },
      });
    });

    it('gives the days of a gap between two links to the later one', () => {
      const gap = [
        link('l1', 'P', 'A', { removed_at: at('2031-05-10') }),
        link('l2', 'P', 'B', { created_at: at('2031-05-15') }),
      ];
      const days = ['2031-05-10', '2031-05-11', '2031-05-15'];
      expect(
        owners(
          days.map((day) => row(day)),
          facts({ contracts, links: gap }),
        ),
      ).to.deep.equal(['a', 'b', 'b']);
    });

    it('treats the same job linked again as if nothing had happened, but counts old days in their old unit', () => {
      const again = [
        link('l1', 'P', 'A', { removed_at: at('2031-05-10'), label_unit: 'regions' }),
        link('l2', 'P', 'A', { created_at: at('2031-05-12') }),
      ];
      expect(totals([row('2031-05-10'), row('2031-05-11')], facts({ links: again }))).to.deep.equal({
        'c1 2031-05-10': { seconds: 60, tasks: 2, labels: 9 },
        'c1 2031-05-11': { seconds: 60, tasks: 2, labels: 3 },
      });
    });

    it('names the other contract that could claim a day which two links share, and never the same one twice', () => {
      const others = (links: Facts['links'], known: Facts['contracts']) =>
        assign([row('2031-05-10')], facts({ contracts: known, links })).map((one) => one.otherContractIds);
      expect(others(moved, contracts)).to.deep.equal([['a']]);
      const again = moved.map((one) => ({ ...one, job_id: 'A' }));
      expect(others(again, contracts)).to.deep.equal([[]]);
    });

    it('counts a removed link up to the day of its removal in the time zone of usage', () => {
      const links = [link('l1', 'P', 'A', { removed_at: at('2031-05-10', '20:00:00Z') })];
      const known = facts({ links, timezone: 'Asia/Tokyo' });
      expect(owners([row('2031-05-11'), row('2031-05-12')], known)).to.deep.equal(['c1', null]);
    });
  });

  it('clamps a day to 86,400 seconds and says where, and how much the cap for an annotation took off', () => {
    const rows = [
      row('2031-05-01', { seconds: 50_000, cappedAnnotations: 2, cappedSeconds: 500 }),
      row('2031-05-01', { projectId: 'Q', seconds: 40_000 }),
    ];
    const { days, cuts } = dayTotals(
      assign(rows, facts({ links: [link('l1', 'P', 'A'), link('l2', 'Q', 'A')] })),
      new Map(),
    );
    expect([...days.values()].map((day) => day.totals.seconds)).to.deep.equal([86_400]);
    expect(cuts).to.deep.equal([
      {
        trainerId: 'ada',
        projectId: 'P',
        day: '2031-05-01',
        cappedAnnotations: 2,
        cappedSeconds: 500,
        clampedSeconds: 3_600,
      },
    ]);
  });
});
