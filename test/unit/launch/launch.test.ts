import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const launcher = new URL('../../../plugin/launch.cjs', import.meta.url).pathname;

describe('the launcher', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-launch-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function launch(node: string, ...options: string[]) {
    return spawnSync(node, [...options, launcher, 'start'], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
  }

  function expectOneSentence({ status, stdout, stderr }: ReturnType<typeof launch>, version: string): void {
    expect(stderr).to.match(/^opentrain-plugin needs Node 24 or newer, .*https:\/\/nodejs\.org.*ExecStart=.*\n$/);
    expect(stderr).to.include(`is Node ${version}`);
    expect(stdout).to.equal('');
    expect(status).to.equal(1);
  }

  for (const version of ['12.22.0', '18.0.0', '20.20.2', '23.11.1']) {
    it(`says what to do on Node ${version}, in one sentence`, () => {
      const older = join(folder, `node-${version}.cjs`);
      writeFileSync(older, `Object.defineProperty(process.versions, 'node', { value: '${version}' });`);
      expectOneSentence(launch(process.execPath, '--require', older), version);
    });
  }

  for (const program of ['/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path))) {
    const [, version = ''] = /^v(.+)$/m.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout) ?? [];
    const isOlder = Number(version.split('.')[0]) < 24;
    it(`${isOlder ? 'says it' : 'starts'} on ${program}, which is ${version} on this machine`, () => {
      if (isOlder) expectOneSentence(launch(program), version);
      else expect(spawnSync(program, [launcher, '--version'], { encoding: 'utf8' }).status).to.equal(0);
    });
  }

  it('can be read by Node 12', () => {
    expect(readFileSync(launcher, 'utf8')).not.to.match(/\?\.\w|\?\?|^await|\|\|=|#\w+\s*[;=(]/m);
  });
});
