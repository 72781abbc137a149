// The last step of the build: what is not TypeScript (pages, styles) goes beside the compiled code.
import { cpSync, rmSync, statSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const built = join(root, 'dist');
for (const folder of ['plugin', 'adapters']) {
  cpSync(join(root, folder), join(built, folder), {
    recursive: true,
    filter: (path) => statSync(path).isDirectory() || !['.ts', '.mjs'].includes(extname(path)),
  });
}
rmSync(join(built, 'test'), { recursive: true, force: true });
