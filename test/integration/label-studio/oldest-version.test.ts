/** The oldest Label Studio that is supported: everything about access works, and what stays open without its database is listed. */
import { expect } from 'chai';
import { pino } from 'pino';
import labelStudio from '../../../adapters/label-studio/index.ts';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { type ToolAdapter, WHOLE_TOOL } from '../../../adapters/tool.ts';
import { labelStudioPeople } from '../../../plugin/dev/local-tools/label-studio/people.ts';
import { startLocalLabelStudio } from '../../../plugin/dev/local-tools/label-studio/server.ts';

const OLDEST = '1.10.1';

describe(`Label Studio ${OLDEST}`, function () {
  this.timeout(600_000);
  let tool: LocalTool;
  const open = (databaseUrl: string | undefined): Promise<ToolAdapter> =>
    labelStudio.createAdapter({
      ...{ baseUrl: tool.baseUrl, publicUrl: tool.baseUrl, apiToken: tool.apiToken, databaseUrl },
      log: pino({ level: 'silent' }),
    });

  before(async () => {
    const options = {
      cacheDirectory: '.cache',
      database: 'sqlite',
      progress: () => undefined,
      version: OLDEST,
    } as const;
    tool = await startLocalLabelStudio(options);
  });
  after(() => tool?.stop());

  const member = {
    email: 'ada@opentrain.work',
    displayName: 'Ada L',
    password: 'correct horse 1',
    places: [WHOLE_TOOL],
  };

  it('lets a trainer in, removes them whole, and lets them in again', async () => {
    const adapter = await open(tool.databaseUrl);
    const { version, capabilities } = await adapter.describe();
    expect(version).to.match(/^1\.10\.1/);
    expect(capabilities).to.include({ closeAccount: true, restore: true, setPassword: true });
    const people = labelStudioPeople(tool);
    const project = await people.createProject('Oldest', 2);
    const { toolUserId } = await adapter.createMember(member);
    const trainer = await people.signIn(member);
    await trainer?.annotate(project.id, { seconds: 5 });
    const removal = { toolUserId, email: member.email, places: [WHOLE_TOOL], closeAccount: true };
    expect(await adapter.revoke(removal)).to.deep.equal([]);
    expect(await trainer?.reaches(project.id)).to.deep.equal([]);
    expect(await people.signIn(member)).to.equal(null);
    await adapter.grant({ toolUserId, email: member.email, places: [WHOLE_TOOL] });
    expect(await people.signIn(member)).to.not.equal(null);
    await adapter.close();
  });

  it('lists tasks, exports and annotating as what a removal without the database leaves open', async () => {
    const adapter = await open(undefined);
    const other = { ...member, email: 'grace@opentrain.work' };
    const { toolUserId } = await adapter.createMember(other);
    const people = labelStudioPeople(tool);
    const trainer = await people.signIn(other);
    const [project] = await adapter.listProjects();
    const left = await adapter.revoke({ toolUserId, email: other.email, places: [WHOLE_TOOL], closeAccount: true });
    expect(left.map(({ what }) => what)).to.include.members(['read tasks', 'export annotations', 'annotate']);
    // That is true: they still can.
    expect(await trainer?.annotate(project?.id ?? '', { seconds: 1 })).to.match(/^\d+$/);
    await adapter.close();
  });
});
