import { expect } from 'chai';
import { type SandboxWorld, startSandboxWorld } from '../../support/sandbox-world.ts';

describe('Project links in the sandbox', () => {
  let world: SandboxWorld;
  let jobId: string;
  beforeEach(async () => {
    world = await startSandboxWorld();
    jobId = world.sandbox.control.createJob({ title: 'Label cats' }).id;
  });
  afterEach(() => world.close());

  const link = (body: unknown) => world.call('POST', '/project-links', body);

  it('are created with their defaults, listed newest first, read and deleted for good', async () => {
    const first = await link({ externalProjectId: '1', jobId });
    expect(first.status).to.equal(201);
    const { projectLink } = first.body;
    expect(projectLink.id).to.match(/^plink_/);
    expect(projectLink).to.deep.equal({
      id: projectLink.id,
      jobId,
      externalProjectId: '1',
      externalProjectName: null,
      externalProjectUrl: null,
      provisioningMode: 'PARTNER_WEBHOOK',
      createdAt: '2031-05-20T12:00:00.000Z',
    });
    await link({ externalProjectId: '2', externalProjectName: 'Dogs', provisioningMode: 'MANAGED_ADAPTER' });
    const listed = await world.call('GET', '/project-links');
    expect(listed.body.projectLinks.map((one) => one.externalProjectId)).to.deep.equal(['2', '1']);
    expect((await world.call('GET', `/project-links/${projectLink.id}`)).body).to.deep.equal({ projectLink });
    const deleted = await world.call('DELETE', `/project-links/${projectLink.id}`);
    expect(deleted.body).to.deep.equal({ projectLink, deleted: true });
    for (const method of ['GET', 'DELETE']) {
      expect((await world.call(method, `/project-links/${projectLink.id}`)).status).to.equal(404);
    }
  });

  it('are refused with 400 when a field is missing, too long or of the wrong kind', async () => {
    const refused = [
      {},
      { externalProjectId: '' },
      { externalProjectId: 7 },
      { externalProjectId: 'x'.repeat(201) },
      { externalProjectId: '1', externalProjectName: 'x'.repeat(301) },
      { externalProjectId: '1', externalProjectUrl: 'x'.repeat(2049) },
      { externalProjectId: '1', provisioningMode: 'OTHER' },
    ];
    for (const body of refused) {
      const { status, body: answer } = await link(body);
      expect([status, answer.code], JSON.stringify(body).slice(0, 60)).to.deep.equal([400, 'BAD_REQUEST']);
      expect(answer.details.issues).not.to.deep.equal([]);
    }
    const longest = { externalProjectId: 'x'.repeat(200), externalProjectName: 'x'.repeat(300) };
    expect((await link({ ...longest, externalProjectUrl: 'x'.repeat(2048) })).status).to.equal(201);
  });

  it("are refused with 404 for a job that is unknown or another employer's", async () => {
    const { id: organizationId } = world.sandbox.control.createOrganization({ name: 'Other' });
    const foreign = world.sandbox.control.createJob({ title: 'Theirs', organizationId });
    expect((await link({ externalProjectId: '1', jobId: 'job_unknown' })).status).to.equal(404);
    expect((await link({ externalProjectId: '1', jobId: foreign.id })).status).to.equal(404);
  });

  it('are refused with 409 for a project that is linked already, and over the limit', async () => {
    await link({ externalProjectId: '1', jobId });
    expect((await link({ externalProjectId: '1' })).body.code).to.equal('CONFLICT');
    world.sandbox.control.setLinkLimit(2);
    expect((await link({ externalProjectId: '2', jobId })).status).to.equal(201);
    expect((await link({ externalProjectId: '3', jobId })).body.code).to.equal('CONFLICT');
  });

  it('belong to one install: another employer sees none of them', async () => {
    const { body } = await link({ externalProjectId: '1', jobId });
    const { id: organizationId } = world.sandbox.control.createOrganization({ name: 'Other' });
    const { token } = world.sandbox.control.approve({ organizationId });
    expect((await world.call('GET', '/project-links', undefined, token)).body.projectLinks).to.deep.equal([]);
    expect((await world.call('GET', `/project-links/${body.projectLink.id}`, undefined, token)).status).to.equal(404);
    expect((await world.call('POST', '/project-links', { externalProjectId: '1' }, token)).status).to.equal(201);
    expect((await world.call('GET', '/installs/current')).status).to.equal(200);
  });
});

describe('Contracts in the sandbox', () => {
  let world: SandboxWorld;
  beforeEach(async () => {
    world = await startSandboxWorld();
  });
  afterEach(() => world.close());

  const list = async (query = '') => {
    const { status, body } = await world.call('GET', `/contracts${query}`);
    return { status, ids: body.contracts?.map((contract) => contract.id) };
  };

  it('are shown with the ids of all links on their job, also those that began before the link', async () => {
    const { control } = world.sandbox;
    const job = control.createJob({ title: 'Label cats' });
    const trainer = control.createTrainer({ displayName: 'Ada L.' });
    const contract = control.hire({ jobId: job.id, trainerId: trainer.opentrainUserId, title: 'Cats, part 1' });
    expect((await list()).ids).to.deep.equal([]);
    expect((await world.call('GET', `/contracts/${contract.id}/budget`)).status).to.equal(404);
    const links: string[] = [];
    for (const externalProjectId of ['1', '2']) {
      const { body } = await world.call('POST', '/project-links', { externalProjectId, jobId: job.id });
      links.push(body.projectLink.id);
    }
    const { body } = await world.call('GET', '/contracts');
    expect(contract.id).to.match(/^ctr_/);
    expect(body.contracts).to.deep.equal([
      {
        id: contract.id,
        status: 'active',
        jobId: job.id,
        title: 'Cats, part 1',
        startDate: '2031-05-20T12:00:00.000Z',
        endDate: null,
        createdAt: '2031-05-20T12:00:00.000Z',
        projectLinkIds: links,
      },
    ]);
  });

  it('are listed newest first, filtered by link and status, and an unknown link is a 404', async () => {
    const one = await world.hired();
    const two = await world.hired();
    world.sandbox.control.endContract(one.contractId, { endDate: '2031-05-21' });
    expect((await list()).ids).to.deep.equal([two.contractId, one.contractId]);
    expect((await list('?status=ended')).ids).to.deep.equal([one.contractId]);
    expect((await list('?status=active')).ids).to.deep.equal([two.contractId]);
    expect((await list(`?projectLinkId=${one.linkId}`)).ids).to.deep.equal([one.contractId]);
    expect((await list('?projectLinkId=plink_unknown')).status).to.equal(404);
    const { body } = await world.call('GET', '/contracts?status=ended');
    expect(body.contracts[0]).to.include({ status: 'ended', endDate: '2031-05-21' });
  });

  it('come at most 200 at a time and 50 by default, and other limits are a 400', async () => {
    const { jobId, trainerId } = await world.hired();
    for (let count = 0; count < 204; count += 1) world.sandbox.control.hire({ jobId, trainerId });
    expect((await list()).ids).to.have.length(50);
    expect((await list('?limit=200')).ids).to.have.length(200);
    expect((await list('?limit=1')).ids).to.have.length(1);
    for (const query of ['?limit=201', '?limit=0', '?limit=x', '?limit=1.5', '?limit=', '?status=open']) {
      expect((await list(query)).status, query).to.equal(400);
    }
  });

  it('disappear from the list and answer 404 when the last link of their job is deleted', async () => {
    const { contractId, linkId } = await world.hired();
    expect((await world.call('GET', `/contracts/${contractId}/participants`)).status).to.equal(200);
    await world.call('DELETE', `/project-links/${linkId}`);
    expect((await list()).ids).to.deep.equal([]);
    for (const what of ['participants', 'budget']) {
      expect((await world.call('GET', `/contracts/${contractId}/${what}`)).status).to.equal(404);
    }
    const usage = await world.call('POST', `/contracts/${contractId}/usage`, { entries: [{ workDate: '2031-05-01' }] });
    expect(usage.status).to.equal(404);
  });

  it('name their trainer as participant, without a Work Email where there is none', async () => {
    const { contractId, trainerId } = await world.hired();
    world.sandbox.control.updateTrainer(trainerId, { workEmail: null, displayName: 'A. L.' });
    const { body } = await world.call('GET', `/contracts/${contractId}/participants`);
    expect(body).to.deep.equal({
      contractId,
      participants: [
        {
          opentrainUserId: trainerId,
          displayName: 'A. L.',
          country: null,
          profileUrl: body.participants[0]?.profileUrl,
        },
      ],
    });
  });

  it('have a milestone without a volume when the price is fixed', async () => {
    const { control } = world.sandbox;
    const job = control.createJob({ title: 'Cats', paymentType: 'FIXED_PRICE', fundedVolume: 1, fundedAmountUsd: 50 });
    await world.call('POST', '/project-links', { externalProjectId: '1', jobId: job.id });
    const trainer = control.createTrainer({ displayName: 'Ada L.' });
    const { id } = control.hire({ jobId: job.id, trainerId: trainer.opentrainUserId });
    const { body } = await world.call('GET', `/contracts/${id}/budget`);
    expect(body).to.include({ paymentType: 'FIXED_PRICE', state: 'OK', consumedFraction: 0 });
    expect(body.activeMilestone).to.include({ volume: null, amountUsd: 50, status: 'ACTIVE_FUNDED' });
  });
});
