// The first step of the build: nothing of an earlier build may stay in the package.
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

rmSync(join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'dist'), { recursive: true, force: true });
