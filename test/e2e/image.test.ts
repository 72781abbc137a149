/** The Dockerfile's steps without Docker, and what they make: as its user, with nothing but its volume to write to. Takes root. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { waitFor } from '../../plugin/dev/demo/wait-for.ts';
import type { World } from '../../plugin/dev/demo/world.ts';
import { signalInside } from '../support/bare-root.ts';
import { type BuiltImage, buildImage } from '../support/dockerfile.ts';
import { testWorld } from '../support/worlds.ts';

const repository = resolve(import.meta.dirname, '../..');
const STARTS_WITHIN_MS = 60_000;

if (process.getuid?.() === 0)
  describe('the image of the Dockerfile', function () {
    this.timeout(600_000);
    let image: BuiltImage;
    let world: World;
    let running: ChildProcess | undefined;

    before(async () => {
      world = await testWorld({ tool: 'label-studio', database: 'postgres' });
      image = await buildImage(repository, join(repository, '.cache'));
    });
    after(async () => {
      running?.kill('SIGKILL');
      image?.root.remove();
      await world?.close();
    });

    const start = (command: readonly string[]): ChildProcess => {
      const { directory, environment, volumes } = image;
      const port = world.environment.PLUGIN_PORT ?? '';
      const { DATABASE_URL: _ours, ...settings } = world.environment;
      return image.root.spawn(command, {
        directory,
        environment: { ...environment, ...settings, PLUGIN_HOST: '127.0.0.1', PLUGIN_PORT: port },
        ordinaryUser: image.user !== 'root',
        onlyWritable: volumes,
      });
    };

    it('runs as an ordinary user and keeps its data in a volume', () => {
      expect(image).to.deep.include({ user: 'node', volumes: ['/data'] });
      expect(image.environment.DATABASE_URL).to.match(/^sqlite:\/data\//);
    });

    it('serves with a read-only root, is healthy, and ends with 0 when it is told to stop', async () => {
      running = start([...image.entrypoint, ...image.command]);
      const child = running;
      let log = '';
      child.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString('utf8');
      });
      await waitFor(
        'readiness',
        async () => {
          if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${log}`);
          return (await fetch(`${world.pluginUrl}/readyz`).catch(() => null))?.ok;
        },
        STARTS_WITHIN_MS,
      );
      expect(await exitCodeOf(start(image.healthCheck)), 'health check').to.equal(0);
      expect(await exitCodeOf(start(['sh', '-c', 'touch /app/x'])), 'the root is read-only').to.not.equal(0);
      const stopped = once(child, 'close');
      signalInside(child, 'SIGTERM');
      await stopped;
      expect(child.exitCode, log).to.equal(0);
      expect(await exitCodeOf(start(image.healthCheck)), 'health check afterwards').to.equal(1);
    });
  });

async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  await once(child, 'close');
  return child.exitCode;
}
