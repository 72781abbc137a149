import { expect } from 'chai';
import { lifeProblems } from '../../../plugin/status/life-problems.ts';

const MINUTE = 60_000;
const NOW = 1_800_000_000_000;
type Known = Parameters<typeof lifeProblems>[0];

const install = {
  ...{ id: 'inst_1', status: 'connected' as const, organizationId: 'org_1', scopes: [], piiConsent: true },
  ...{ connectedAt: 0, checkedAt: 0, disconnectedAt: null, disconnectedReason: null },
};
const link = {
  ...{ id: 'plink_1', jobId: 'job_1', projectId: '1', externalProjectId: '1', standing: 'ours' as const },
  ...{ projectAskedAt: 0, projectName: null, projectUrl: null, provisioningMode: 'PARTNER_WEBHOOK' },
  ...{ labelUnit: 'annotations' as const, createdAt: 0, notLinkedSince: null, isElsewhere: false },
};

function known(change: Partial<Known> = {}, life: Partial<Known['life']> = {}): Known {
  return {
    at: NOW,
    life: { running: 1, lastSeenAt: NOW, lastDone: { reconcile: NOW - MINUTE, sync: NOW - MINUTE }, ...life },
    links: [link],
    connection: { install, token: 'store', endpoints: [], lastDeliveryAt: null },
    counting: 'on',
    ...change,
  };
}

const told = (status: Known): string[] => lifeProblems(status).map(({ what }) => what);

describe('what looks like peace and is none', () => {
  it('is nothing while start runs, regular work is young, a project is linked and can be counted', () => {
    expect(told(known())).to.deep.equal([]);
  });

  it('no process runs: says since when', () => {
    const [problem] = lifeProblems(known({}, { running: 0, lastSeenAt: NOW - 5 * MINUTE }));
    expect(problem).to.include({ severity: 'urgent', since: NOW - 5 * MINUTE });
    expect(problem?.what).to.match(/^No `opentrain-plugin start` runs/);
    expect(told(known({}, { running: 0, lastSeenAt: null }))).to.have.length(1);
  });

  for (const [name, limit, words] of [
    ['sync', 40, 'Work was not counted for 41 minutes.'],
    ['reconcile', 75, 'OpenTrain was not read for 76 minutes.'],
  ] as const) {
    it(`${name} is overdue after ${limit} minutes`, () => {
      const aged = (minutes: number) => {
        const lastDone = { reconcile: NOW, sync: NOW, [name]: NOW - minutes * MINUTE };
        return known({}, { lastDone });
      };
      expect(told(aged(limit))).to.deep.equal([]);
      expect(told(aged(limit + 1))).to.deep.equal([words]);
      expect(told(aged(180))[0]).to.match(/for 3 hours\.$/);
    });
  }

  it('work that was never done is not overdue: the first start has just begun', () => {
    expect(told(known({}, { lastDone: { reconcile: null, sync: null } }))).to.deep.equal([]);
  });

  it('nothing is linked, or only projects of another tool', () => {
    expect(told(known({ links: [] }))[0]).to.match(/^No project is linked to a job/);
    expect(told(known({ links: [{ ...link, standing: 'another tool' }] }))[0]).to.match(/^No project is linked/);
  });

  it('work is counted for nobody without the tool’s database', () => {
    expect(told(known({ counting: 'off' }))).to.deep.equal([
      'Work is counted for nobody: TOOL_DATABASE_URL is not set.',
    ]);
  });

  it('without a connection only the missing process is told: the connection comes first', () => {
    const connection = { ...known().connection, install: null };
    expect(told(known({ connection, links: [] }))).to.deep.equal([]);
    expect(told(known({ connection, links: [] }, { running: 0 }))).to.have.length(1);
  });
});
