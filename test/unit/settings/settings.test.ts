import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { AdminError } from '../../../plugin/errors.ts';
import { checkValue } from '../../../plugin/settings/check-value.ts';
import { manifest } from '../../../plugin/settings/manifest.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';

const required = { TOOL_BASE_URL: 'http://127.0.0.1:8080/', TOOL_API_TOKEN: 'secret-token' };

describe('settings', () => {
  it('have the defaults that the manifest declares', () => {
    const settings = loadSettings({ environment: required });
    expect(settings.plugin.port).to.equal(8790);
    expect(settings.plugin.publicUrl).to.equal('http://127.0.0.1:8790');
    expect(settings.linkRemovalGraceSeconds).to.equal(600);
    expect(settings.usage).to.deep.equal({ timezone: 'UTC', maxSecondsPerAnnotation: 3600, countBulk: false });
    expect(settings.accessPolicy).to.equal('sync');
  });

  for (const declaration of manifest.settings.filter((one) => one.default !== undefined)) {
    it(`have a right default for ${declaration.name}, which is not checked at start`, () => {
      const value = declaration.default ?? '';
      expect(checkValue(declaration, value)).to.deep.equal({ value });
    });
  }

  it('take a flag before the environment before the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'plugin-settings-')), 'settings.env');
    writeFileSync(file, 'USAGE_TIMEZONE=Europe/Berlin\nPLUGIN_PORT=1\nACCESS_POLICY="observe"\n');
    const environment = { ...required, USAGE_TIMEZONE: 'Asia/Tokyo', PLUGIN_PORT: '2' };
    const settings = loadSettings({ flags: { PLUGIN_PORT: '3' }, environment, file });
    expect(settings.plugin.port).to.equal(3);
    expect(settings.usage.timezone).to.equal('Asia/Tokyo');
    expect(settings.accessPolicy).to.equal('observe');
  });

  it('lose trailing slashes of addresses, and fall back to the base address for people', () => {
    const { tool } = loadSettings({ environment: required });
    expect(tool.baseUrl).to.equal('http://127.0.0.1:8080');
    expect(tool.publicUrl).to.equal('http://127.0.0.1:8080');
  });

  it('cannot be changed', () => {
    const settings = loadSettings({ environment: required });
    expect(() => Object.assign(settings, { logLevel: 'trace' })).to.throw(TypeError);
  });

  const wrong: Record<string, string> = {
    OPENTRAIN_BASE_URL: 'ftp://opentrain.example',
    DATABASE_URL: 'mysql://u:p@h/d',
    PLUGIN_PORT: '65536',
    LINK_REMOVAL_GRACE: '-1',
    ACCESS_POLICY: 'delete-all',
    REPORT_SCHEDULE: 'every night',
    USAGE_TIMEZONE: 'Mars/Olympus',
    USAGE_MAX_SECONDS_PER_ANNOTATION: '0',
  };
  for (const [name, value] of Object.entries(wrong)) {
    it(`refuse ${name}=${value}, naming it and not its value`, () => {
      const load = () => loadSettings({ environment: { ...required, [name]: value } });
      expect(load).to.throw(AdminError, name);
      expect(load).not.to.throw(AdminError, value === '0' || value === '-1' ? `=${value}` : value);
    });
  }

  it('need a sender with a mail server', () => {
    const environment = { ...required, SMTP_URL: 'smtp://127.0.0.1' };
    expect(() => loadSettings({ environment })).to.throw(AdminError, 'MAIL_FROM');
  });

  it('are all declared once', () => {
    const names = manifest.settings.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
  });
});

describe('a relative DATABASE_URL', () => {
  it('is meant from the folder of the settings file that has it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'plugin-settings-'));
    const file = join(folder, 'settings.env');
    writeFileSync(file, 'DATABASE_URL=sqlite:data/x.sqlite3\nTOOL_DATABASE_URL=sqlite:tool.sqlite3\n');
    const { databaseUrl, databaseUrlFrom, tool } = loadSettings({ environment: required, file });
    expect(databaseUrl).to.equal(`sqlite:${folder}/data/x.sqlite3`);
    expect(databaseUrlFrom).to.equal(file);
    expect(tool.databaseUrl).to.equal(`sqlite:${folder}/tool.sqlite3`);
  });

  it('is meant from the working directory otherwise', () => {
    const environment = { ...required, DATABASE_URL: 'sqlite:./x.sqlite3' };
    expect(loadSettings({ environment }).databaseUrl).to.equal(`sqlite:${process.cwd()}/x.sqlite3`);
    const byDefault = loadSettings({ environment: required });
    expect(byDefault.databaseUrl).to.equal(`sqlite:${process.cwd()}/data/plugin.sqlite3`);
    expect(byDefault.databaseUrlFrom).to.equal('its default');
  });
});

describe('OPENTRAIN_BASE_URL', () => {
  it('is completed where it has no path', () => {
    const baseUrl = (value: string) =>
      loadSettings({ environment: { ...required, OPENTRAIN_BASE_URL: value } }).openTrain.baseUrl;
    expect(baseUrl('https://app.opentrain.ai/')).to.equal('https://app.opentrain.ai/api/partner/v1');
    expect(baseUrl('http://127.0.0.1:8791/api/partner/v1/')).to.equal('http://127.0.0.1:8791/api/partner/v1');
  });
});
