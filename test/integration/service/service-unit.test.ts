/** The unit in deploy/, as systemd itself reads it (Debian's package `systemd`; nothing of it runs). */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { debianProgram } from '../../support/debian-packages.ts';

const root = resolve(import.meta.dirname, '../../..');

describe('deploy/opentrain-plugin.service', () => {
  const analyze = debianProgram('/usr/bin/systemd-analyze');
  const unit = 'opentrain-plugin.service';
  let folder: string;

  const read = (...words: string[]) => {
    const isRoot = process.getuid?.() === 0;
    const [mode, env] = isRoot ? [[], process.env] : [['--user'], { ...process.env, ...ofOrdinaryUser() }];
    return spawnSync(analyze, [...mode, ...words, join(folder, unit)], { encoding: 'utf8', env });
  };
  // The system's mode makes /run/systemd where systemd does not run, which takes root; `--user` reads a unit by the same rules.
  const ofOrdinaryUser = () => ({
    ...{ HOME: folder, XDG_RUNTIME_DIR: folder },
    SYSTEMD_UNIT_PATH: `${dirname(debianProgram('/lib/systemd/system/basic.target'))}:`,
  });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'plugin-unit-'));
    const program = join(folder, 'opentrain-plugin');
    writeFileSync(program, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const text = readFileSync(join(root, 'deploy', unit), 'utf8');
    writeFileSync(join(folder, unit), text.replace('/usr/local/bin/opentrain-plugin', program));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is a unit that systemd takes without a warning', () => {
    const { status, stdout, stderr } = read('verify', '--man=no');
    const about = (stdout + stderr).split('\n').filter((line) => line.includes(unit));
    expect(about).to.deep.equal([]);
    expect(status, stderr).to.equal(0);
  });

  it('is exposed less than 3 of 10', () => {
    const { status, stdout, stderr } = read('security', '--offline=true', '--threshold=30', '--no-pager');
    expect(status, stdout + stderr).to.equal(0);
  });
});
