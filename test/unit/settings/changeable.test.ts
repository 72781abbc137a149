import { expect } from 'chai';
import { signsEverybodyOut, standingOf, unmovedSecrets } from '../../../plugin/settings/changeable.ts';
import { manifest } from '../../../plugin/settings/manifest.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import type { Found, SourceKind } from '../../../plugin/settings/sources.ts';

const found = (kind: SourceKind, value = 'x'): Found => ({
  kind,
  value,
  from: { flag: 'the flag --x', environment: 'the environment', file: '/x.env', default: 'its default' }[kind],
});

describe('whether a setting may be changed in the console', () => {
  const never = [
    ...['DATABASE_URL', 'PLUGIN_SECRET', 'PLUGIN_SECRET_PREVIOUS', 'PLUGIN_HOST', 'PLUGIN_PORT'],
    ...['OPENTRAIN_BASE_URL', 'TOOL_ADAPTER', 'MAIL_TEMPLATES'],
  ];
  it('is never so for what a running plugin cannot change, or what names a program', () => {
    for (const name of never) {
      for (const kind of ['flag', 'environment', 'file', 'default'] as const) {
        expect(standingOf(name, found(kind)).mayChange, `${name} from ${kind}`).to.equal(false);
      }
      expect(standingOf(name, undefined).mayChange, name).to.equal(false);
    }
  });

  it('is so for every other one that the file has, that has its default, or that is not set', () => {
    const others = manifest.settings.filter(({ name }) => !never.includes(name));
    expect(others.length).to.be.greaterThan(30);
    for (const { name } of others) {
      expect(standingOf(name, found('file')).mayChange, name).to.equal(true);
      if (name === 'OPENTRAIN_PARTNER_TOKEN') continue;
      expect(standingOf(name, found('default')).mayChange, name).to.equal(true);
      expect(standingOf(name, undefined).mayChange, name).to.equal(true);
    }
  });

  it('is not so for what wins over the file, and is told where that is', () => {
    const byFlag = standingOf('BRAND_NAME', found('flag'));
    const byEnvironment = standingOf('BRAND_NAME', found('environment'));
    expect(byFlag).to.include({ mayChange: false });
    expect(byFlag).to.have.property('why').that.includes('The flag --x');
    expect(byEnvironment).to.include({ mayChange: false });
    expect(byEnvironment).to.have.property('how').that.includes('Change the variable there');
  });

  it('leads a token that is not in the file to Connection', () => {
    expect(standingOf('OPENTRAIN_PARTNER_TOKEN', undefined)).to.have.property('how').that.includes('Connection');
  });
});

describe('a kept secret', () => {
  const kept = new Map([
    ['TOOL_BASE_URL', found('file', 'http://tool:8080')],
    ['TOOL_API_TOKEN', found('file', 'secret')],
  ]);
  const rows: [what: string, changes: Record<string, string | null>, about: string[]][] = [
    ['is not sent to another host', { TOOL_BASE_URL: 'http://other:8080' }, ['TOOL_API_TOKEN']],
    ['is not sent to another port', { TOOL_BASE_URL: 'http://tool:8081' }, ['TOOL_API_TOKEN']],
    ['is not sent unencrypted', { TOOL_BASE_URL: 'https://tool:8080' }, ['TOOL_API_TOKEN']],
    ['stays with another path', { TOOL_BASE_URL: 'http://tool:8080/label' }, []],
    ['goes along when it is typed again', { TOOL_BASE_URL: 'http://other', TOOL_API_TOKEN: 'again' }, []],
    ['stays when something else changes', { BRAND_NAME: 'Acme' }, []],
    ['that is not set is not asked for', { OIDC_ISSUER: 'https://accounts.example.com' }, []],
  ];
  for (const [what, changes, about] of rows) {
    it(what, () => {
      const problems = unmovedSecrets(new Map(Object.entries(changes)), kept);
      expect(problems.map(({ name }) => name)).to.deep.equal(about);
    });
  }

  it('that the environment sets holds its address', () => {
    const fixed = new Map([...kept, ['TOOL_API_TOKEN', found('environment', 'secret')] as const]);
    const [problem] = unmovedSecrets(new Map([['TOOL_BASE_URL', 'http://other']]), fixed);
    expect(problem).to.have.property('name', 'TOOL_BASE_URL');
  });
});

describe('another PLUGIN_PUBLIC_URL', () => {
  const at = (url: string) =>
    loadSettings({ environment: { TOOL_BASE_URL: 'http://t', TOOL_API_TOKEN: 'x', PLUGIN_PUBLIC_URL: url } });
  const rows: [from: string, to: string, fine: boolean][] = [
    ['https://a.example.com', 'https://b.example.com', true],
    ['https://a.example.com/x', 'https://b.example.com/x', true],
    ['http://127.0.0.1:8790', 'https://a.example.com', false],
    ['https://a.example.com', 'https://a.example.com/opentrain', false],
  ];
  for (const [from, to, fine] of rows) {
    it(`${to} for ${from} is ${fine ? 'taken' : 'refused: nobody would be signed in any more'}`, () => {
      expect(signsEverybodyOut(at(from), at(to)).map(({ name }) => name)).to.deep.equal(
        fine ? [] : ['PLUGIN_PUBLIC_URL'],
      );
    });
  }
});
