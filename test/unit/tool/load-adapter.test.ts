import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AdminError } from '../../../plugin/errors.ts';
import { loadAdapter } from '../../../plugin/tool/load-adapter.ts';
import { thrownBy } from '../../support/thrown.ts';

describe('loading the adapter that TOOL_ADAPTER names', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'adapter-'));
  });
  after(() => rm(directory, { recursive: true }));

  const file = async (name: string, text: string) => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };

  it('finds ours by name', async () => {
    for (const name of ['label-studio', 'doccano']) {
      const adapter = await loadAdapter(name);
      expect(adapter.name).to.equal(name);
      expect(adapter.createAdapter).to.be.a('function');
    }
  });

  it('takes a file of somebody else’s', async () => {
    const path = await file('mine.mjs', 'export default { name: "mine", createAdapter: async () => ({}) };');
    const adapter = await loadAdapter(path);
    expect(adapter.name).to.equal('mine');
    expect(adapter).to.not.have.property('startLocalTool');
  });

  it('says what is wrong with a module that is no adapter', async () => {
    const path = await file('wrong.mjs', 'export default { name: "wrong" };');
    const error = await thrownBy(loadAdapter(path));
    if (!(error instanceof AdminError)) throw error;
    expect(error.message).to.include('default.createAdapter');
    expect(error.remedy).to.include('AdapterModule');
    const empty = await file('empty.mjs', 'export const nothing = 1;');
    expect(await thrownBy(loadAdapter(empty))).to.be.instanceOf(AdminError);
  });

  it('says which names there are when it finds nothing', async () => {
    for (const name of ['./not-there.js', 'no-such-package-at-all', 'toString']) {
      const error = await thrownBy(loadAdapter(name));
      if (!(error instanceof AdminError)) throw error;
      expect(error.remedy).to.include('label-studio').and.to.include('doccano');
    }
  });
});
