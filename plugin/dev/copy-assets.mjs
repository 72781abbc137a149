// The last step of the build: what is not TypeScript (pages, styles) goes beside the compiled code.
import { cpSync, statSync } from 'node:fs';
import { dirname, extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const kit = join(root, 'plugin', 'dev');

for (const folder of ['plugin', 'adapters']) {
  cpSync(join(root, folder), join(root, 'dist', folder), {
    recursive: true,
    filter: (path) =>
      path !== kit &&
      !path.startsWith(kit + sep) &&
      (statSync(path).isDirectory() || !['.ts', '.mjs'].includes(extname(path))),
  });
}
