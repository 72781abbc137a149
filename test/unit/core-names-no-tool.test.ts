import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '../..');
const isTool = (folder: string): boolean => readdirSync(join(root, 'adapters', folder)).includes('index.ts');

/** `label-studio` is also written “Label Studio”, `label_studio` and `LabelStudio`. */
const tools = readdirSync(join(root, 'adapters'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && isTool(entry.name))
  .map(({ name }) => ({ name, pattern: new RegExp(name.replaceAll('-', '[ _-]?'), 'i') }));

const core = ['plugin', 'migrations', 'adapters/tool.ts'].flatMap((place) => {
  const entry = join(root, place);
  if (place.endsWith('.ts')) return [entry];
  return (
    readdirSync(entry, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      // The development kit brings up real tools, each by its name.
      .filter((file) => !file.includes(join('plugin', 'dev')))
  );
});

describe('the core', () => {
  it('is looked through for the names of more than one tool', () => {
    expect(tools.map(({ name }) => name)).to.include.members(['doccano', 'label-studio']);
    expect(core.length).to.be.above(50);
  });

  for (const { name, pattern } of tools) {
    it(`does not name ${name} anywhere`, () => {
      expect(core.filter((file) => pattern.test(readFileSync(file, 'utf8')))).to.deep.equal([]);
    });
  }
});
