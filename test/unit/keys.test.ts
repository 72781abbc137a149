import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AdminError } from '../../plugin/errors.ts';
import { createKeys } from '../../plugin/keys.ts';
import { readLink, signLink } from '../../plugin/mail/link-tokens.ts';
import { pluginSecret } from '../../plugin/settings/plugin-secret.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import { isFormToken, makeFormToken } from '../../plugin/web/form-token.ts';

const required = { TOOL_BASE_URL: 'http://127.0.0.1:8080', TOOL_API_TOKEN: 'x' };

describe('keys', () => {
  it('decrypt what they encrypted, for the same purpose only', () => {
    const keys = createKeys('a'.repeat(32));
    const ciphertext = keys.encrypt('whsec_1', 'webhook secret a');
    expect(ciphertext).not.to.include('whsec');
    expect(keys.decrypt(ciphertext, 'webhook secret a')).to.equal('whsec_1');
    expect(() => keys.decrypt(ciphertext, 'webhook secret b')).to.throw(AdminError, 'PLUGIN_SECRET');
  });

  it('never encrypt the same text to the same ciphertext', () => {
    const keys = createKeys('a'.repeat(32));
    expect(keys.encrypt('x', 'p')).not.to.equal(keys.encrypt('x', 'p'));
  });

  it('accept what the previous PLUGIN_SECRET made, and make nothing with it', () => {
    const [former, latter] = ['a'.repeat(32), 'b'.repeat(32)];
    const ciphertext = createKeys(former).encrypt('whsec_1', 'p');
    const both = createKeys(latter, former);
    expect(both.decrypt(ciphertext, 'p')).to.equal('whsec_1');
    expect(createKeys(latter).decrypt(both.encrypt('whsec_2', 'p'), 'p')).to.equal('whsec_2');
    expect(both.links[0]).to.deep.equal(createKeys(latter).links[0]);
    const row = { id: 'inv_1', trainer_id: 'usr_1', created_at: 0, expires_at: 1_000 };
    const token = signLink(createKeys(former), 'invitation', row);
    expect(readLink(both, 'invitation', token)?.id).to.equal('inv_1');
    expect(readLink(createKeys(latter), 'invitation', token)).to.equal(null);
    const form = makeFormToken(createKeys(former).console, 'subject', new Date(0));
    expect(isFormToken(both.console, 'subject', form, new Date(1))).to.equal(true);
    expect(isFormToken(createKeys(latter).console, 'subject', form, new Date(1))).to.equal(false);
  });

  it('of another PLUGIN_SECRET say so', () => {
    const ciphertext = createKeys('a'.repeat(32)).encrypt('x', 'p');
    expect(() => createKeys('b'.repeat(32)).decrypt(ciphertext, 'p')).to.throw(
      AdminError,
      'not the one it was stored with',
    );
  });

  it('come from a secret made once beside a SQLite store, readable by its owner only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plugin-keys-'));
    const environment = { ...required, DATABASE_URL: `sqlite:${join(folder, 'data', 'plugin.sqlite3')}` };
    const settings = loadSettings({ environment });
    const secret = pluginSecret(settings);
    expect(secret).to.match(/^[0-9a-f]{64}$/);
    expect(pluginSecret(settings)).to.equal(secret);
    const file = join(folder, 'data', 'plugin.secret');
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(readFileSync(file, 'utf8').trim()).to.equal(secret);
  });

  it('must be given with a PostgreSQL store, and be long enough', () => {
    const postgres = { ...required, DATABASE_URL: 'postgres://u@h/d' };
    expect(() => pluginSecret(loadSettings({ environment: postgres }))).to.throw(
      AdminError,
      'PLUGIN_SECRET is not set',
    );
    const short = { ...postgres, PLUGIN_SECRET: 'short' };
    expect(() => pluginSecret(loadSettings({ environment: short }))).to.throw(AdminError, 'shorter than 32');
  });
});
