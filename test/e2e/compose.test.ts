/**
 * The services of compose.yaml without Docker, by the steps of deploy/README.md: the Dockerfile's image, PostgreSQL, Label Studio and
 * Caddy as processes, under the names, addresses and environments that compose.yaml gives them. Takes root.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Child, follow } from '../support/child.ts';
import { steps } from '../support/compose/story.ts';
import { type BuiltImage, buildImage } from '../support/dockerfile.ts';

const repository = resolve(import.meta.dirname, '../..');
const STORY = join(repository, 'test/support/compose/story.ts');
/** What it mounts, makes networks of and starts is gone with its first process, which is the story. */
const OWN_NAMESPACES = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];

if (process.getuid?.() === 0)
  describe('the services of compose.yaml', function () {
    this.timeout(600_000);
    let folder = '';
    let image: BuiltImage | undefined;
    let story: Child | undefined;

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'plugin-compose-'));
      // PostgreSQL and Caddy run as an ordinary user.
      chmodSync(folder, 0o755);
      image = await buildImage(repository, join(repository, '.cache'));
      const file = join(folder, 'image.json');
      writeFileSync(file, JSON.stringify(image));
      const { PATH = '', HOME = '/root' } = process.env;
      const words = [...OWN_NAMESPACES, process.execPath, STORY, file, folder];
      story = follow(spawn('unshare', words, { env: { PATH, HOME }, stdio: ['ignore', 'pipe', 'pipe'] }));
    });

    after(async () => {
      story?.process.kill('SIGKILL');
      await story?.ended;
      image?.root.remove();
      rmSync(folder, { recursive: true, force: true });
    });

    for (const { title } of steps) it(title, () => story?.line(title));
  });
