import { expect } from 'chai';
import type { ConsoleRun } from '../../../plugin/queue/console-runs.ts';
import { firstSteps } from '../../../plugin/status/first-steps.ts';

type Known = Parameters<typeof firstSteps>[0];

const nothing: Known = {
  connection: { install: null, token: 'missing', endpoints: [], lastDeliveryAt: null },
  links: [],
  totals: { trainers: {}, queue: {} },
  mail: 'on',
};
const install = {
  id: 'ins_1',
  status: 'connected' as const,
  organizationId: 'org_1',
  scopes: [],
  piiConsent: true,
  connectedAt: 0,
  checkedAt: 0,
  disconnectedAt: null,
  disconnectedReason: null,
};
const endpoint = {
  id: 'we_1',
  url: 'https://plugin.example.com/webhooks/opentrain',
  checkedAt: 0,
  retiringUntil: null,
};
const connected: Known = {
  ...nothing,
  connection: { ...nothing.connection, install, token: 'store', endpoints: [{ ...endpoint, status: 'ACTIVE' }] },
};
const link = (standing: 'ours' | 'another tool'): Known['links'][number] => ({
  id: 'pl_1',
  jobId: 'job_1',
  projectId: '7',
  externalProjectId: '7',
  standing,
  isElsewhere: false,
  projectAskedAt: 0,
  projectName: 'Cats',
  projectUrl: null,
  provisioningMode: 'PARTNER_WEBHOOK',
  labelUnit: 'annotations',
  createdAt: 0,
  notLinkedSince: null,
});
const doctor = (isClean: boolean): ConsoleRun => ({
  id: 'run',
  kind: 'doctor',
  actor: 'the set-up',
  askedAt: 0,
  startedAt: 0,
  finishedAt: 1,
  done: 0,
  total: 0,
  result: { summary: '19 fine, 1 to look at.', isClean, changes: 0, columns: [], rows: [], more: 0 },
  error: null,
  remedy: null,
});
const done = (status: Known, run?: ConsoleRun): boolean[] => firstSteps(status, run).map(({ isDone }) => isDone);
const last = (status: Known) => firstSteps(status, undefined).at(-1);

describe('the first steps', () => {
  it('are all open on a fresh installation, each with what to do', () => {
    expect(done(nothing)).to.deep.equal([false, false, false, false, false]);
    for (const { what } of firstSteps(nothing, undefined)) expect(what).to.match(/\.$/);
  });

  it('tick off the connection and the endpoint, but not a disabled or a retiring one', () => {
    const withEndpoints = (...endpoints: Known['connection']['endpoints']): Known => ({
      ...connected,
      connection: { ...connected.connection, endpoints },
    });
    expect(done(connected)).to.deep.equal([true, true, false, false, false]);
    expect(done(withEndpoints({ ...endpoint, status: 'DISABLED' }))[1]).to.equal(false);
    expect(done(withEndpoints({ ...endpoint, status: 'ACTIVE', retiringUntil: 5 }))[1]).to.equal(false);
    const lost = { ...connected.connection, install: { ...install, status: 'disconnected' as const } };
    expect(done({ ...connected, connection: lost })[0]).to.equal(false);
  });

  it('tick off the doctor only when nothing is left, and show what it found', () => {
    expect(done(connected, doctor(true))[2]).to.equal(true);
    expect(done(connected, doctor(false))[2]).to.equal(false);
    expect(firstSteps(connected, doctor(false))[2]?.what).to.equal('19 fine, 1 to look at.');
  });

  it('tick off a link of this tool, not of another', () => {
    expect(done({ ...connected, links: [link('ours')] })[3]).to.equal(true);
    expect(done({ ...connected, links: [link('another tool')] })[3]).to.equal(false);
  });

  it('say how the invitation gets to the trainer, and that it is out', () => {
    expect(last(connected)?.what).to.include('a mail with a link to their Work Email');
    expect(last({ ...connected, mail: 'off' })?.what).to.include('which you pass on');
    expect(last({ ...connected, totals: { trainers: { invited: 1 }, queue: {} } })?.what).to.include(
      'One trainer is invited',
    );
  });

  it('are gone once a trainer has had access', () => {
    for (const state of ['active', 'revoked', 'revoked-partial'] as const) {
      expect(done({ ...connected, totals: { trainers: { [state]: 1, invited: 2 }, queue: {} } }), state).to.deep.equal(
        [],
      );
    }
  });
});
