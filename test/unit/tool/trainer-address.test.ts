import { expect } from 'chai';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import { addressForTrainers } from '../../../plugin/tool/trainer-address.ts';

const environment = {
  TOOL_BASE_URL: 'http://127.0.0.1:8080',
  TOOL_PUBLIC_URL: 'https://label.example.com/tool',
  TOOL_API_TOKEN: 'none',
};
const gateway = { GATEWAY_PUBLIC_URL: 'https://work.example.com/tool' };

describe('where trainers open an address of the tool', () => {
  const through = (url: string): string =>
    addressForTrainers(loadSettings({ environment: { ...environment, ...gateway } }), url);

  it('is the gateway, where there is one', () => {
    expect(through('https://label.example.com/tool/projects/7')).to.equal('https://work.example.com/tool/projects/7');
    expect(through('https://label.example.com/tool')).to.equal('https://work.example.com/tool');
  });

  it('is as it was for addresses elsewhere, and without a gateway', () => {
    expect(through('https://label.example.com/toolbox')).to.equal('https://label.example.com/toolbox');
    const url = 'https://label.example.com/tool/projects/7';
    expect(addressForTrainers(loadSettings({ environment }), url)).to.equal(url);
  });

  it('cannot be the tool’s inner address or the plugin’s own', () => {
    const load = (address: string) => () =>
      loadSettings({ environment: { ...environment, GATEWAY_PUBLIC_URL: address } });
    expect(load('http://127.0.0.1:8080')).to.throw('GATEWAY_PUBLIC_URL');
    expect(load('https://label.example.com/tool'), 'trainers and colleagues share an address').to.not.throw();
  });
});
