import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { runCommand } from '../../plugin/dev/demo/plugin-process.ts';
import { keepPrinted, leaksIn, readPrinted, secretsOf } from '../support/secret-watch.ts';

describe('the watch for secrets in what the plugin prints', () => {
  const secrets = secretsOf({
    TOOL_API_TOKEN: 'abcdef123456',
    TOOL_BASE_URL: 'http://tool.example.com',
    DATABASE_URL: 'postgres://role:p%40ssword@db.example.com/store',
  });

  it('knows the secret settings, and passwords in addresses', () => {
    expect(Object.fromEntries(secrets)).to.deep.equal({
      TOOL_API_TOKEN: 'abcdef123456',
      'the password in DATABASE_URL': 'p@ssword',
    });
  });

  it('finds each of them, and tokens that were made, without repeating them', () => {
    const text = `fine\ntoken abcdef123456\npassword p@ssword\nwhsec_${'a1'.repeat(12)}\neyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJlLXBhcnQ`;
    const leaks = leaksIn('start', secrets, text);
    expect(leaks.map(({ secret }) => secret)).to.deep.equal([
      'TOOL_API_TOKEN',
      'the password in DATABASE_URL',
      'a webhook secret',
      'a token of the tool or of a mailed link',
    ]);
    expect(leaks.map(({ line }) => line).join()).to.not.match(/abcdef123456|p@ssword|a1a1|eyJ/);
  });

  it('allows links that sign in where they are asked for', () => {
    const link = 'https://plugin.example.com/console/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmMifQ.c2lnbmF0dXJlLXBhcnQ';
    expect(leaksIn('console', secrets, link)).to.deep.equal([]);
    expect(leaksIn('doctor', secrets, link)).to.have.length(1);
  });

  it('collects what several processes found in one file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plugin-printed-'));
    const file = join(folder, 'printed.jsonl');
    expect(readPrinted(file)).to.deep.equal({ printed: 0, leaks: [] });
    keepPrinted(file);
    const before = readPrinted(file);
    const { output } = await runCommand(['--help'], { TOOL_API_TOKEN: 'opentrain-plugin' });
    keepPrinted(file);
    const { printed, leaks } = readPrinted(file);
    expect(printed - before.printed).to.be.at.least(output.length);
    expect(leaks.slice(before.leaks.length).map(({ command }) => command)).to.include('--help');
    rmSync(folder, { recursive: true });
  });
});
