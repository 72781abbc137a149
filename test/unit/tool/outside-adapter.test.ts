import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { AccountExists, ToolRefused, ToolUnable, ToolUnavailable } from '../../../adapters/errors.ts';
import { loadAdapter } from '../../../plugin/tool/load-adapter.ts';

/** Plain JavaScript that imports nothing of ours, as docs/adapters.md shows it. */
const source = `
  const fail = (name, more) => async () => {
    throw Object.assign(new Error('the reason'), { name, ...more });
  };
  export default {
    name: 'elsewhere',
    createAdapter: async () => ({
      describe: fail('ToolUnavailable'),
      listProjects: fail('ToolRefused', { remedy: 'the way out' }),
      tally: fail('ToolUnable', { capability: 'tally', remedy: 'the way out' }),
      createMember: fail('AccountExists'),
    }),
  };`;

const options = {
  ...{ baseUrl: 'http://127.0.0.1:1', publicUrl: 'http://127.0.0.1:1', apiToken: 'x', databaseUrl: undefined },
  log: pino({ level: 'silent' }),
};

/** One that was written before `endKeys` and `listJoined` were asked for. */
const older = `
  export default {
    name: 'older',
    createAdapter: async () => ({
      describe: async () => ({
        product: 'Elsewhere',
        version: '1',
        capabilities: {
          accessLevel: 'project', restore: true, closeAccount: true, setPassword: true,
          tally: true, seconds: true, regions: false, notices: true,
        },
        remedies: {},
      }),
    }),
  };`;

describe('an adapter from outside of this repository', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'adapter-'));
    await writeFile(join(folder, 'my-adapter.mjs'), source);
    await writeFile(join(folder, 'older-adapter.mjs'), older);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is understood by the names of its errors, without importing anything from here', async () => {
    const module = await loadAdapter(join(folder, 'my-adapter.mjs'));
    expect(module.name).to.equal('elsewhere');
    const adapter = await module.createAdapter(options);
    const nothing = { projectIds: [], from: new Date(0), until: new Date(0), offsets: [], maxSecondsPerAnnotation: 1 };
    const member = { email: 'a@opentrain.work', displayName: 'A', password: 'x', places: [] };
    const thrown = async (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
    expect(await thrown(adapter.describe()))
      .to.be.instanceOf(ToolUnavailable)
      .and.not.instanceOf(ToolRefused);
    expect(await thrown(adapter.listProjects()))
      .to.be.instanceOf(ToolRefused)
      .and.include({ remedy: 'the way out' });
    expect(await thrown(adapter.tally(nothing)))
      .to.be.instanceOf(ToolUnable)
      .and.include({ capability: 'tally' });
    expect(await thrown(adapter.createMember(member))).to.be.instanceOf(AccountExists);
    expect(adapter.listJoined, 'a method that may be left out').to.equal(undefined);
    await adapter.renewInvite?.();
  });

  it('that was written before a capability is taken as unable to do it', async () => {
    const adapter = await (await loadAdapter(join(folder, 'older-adapter.mjs'))).createAdapter(options);
    const { capabilities } = await adapter.describe();
    expect(capabilities).to.include({ endKeys: false, setPassword: true });
  });
});
