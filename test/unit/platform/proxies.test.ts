import { expect } from 'chai';
import { proxyFor } from '../../../plugin/platform/proxies.ts';

const proxies = { https: 'http://proxy:3128', http: 'http://plain:3128', none: undefined };

describe('the proxy for an address', () => {
  const rows: [address: string, none: string | undefined, proxy: string | null][] = [
    ['https://app.opentrain.ai/api', undefined, 'http://proxy:3128'],
    ['http://sandbox.test:8791', undefined, 'http://plain:3128'],
    ['https://localhost:8791', undefined, null],
    ['http://127.0.0.1:8791', undefined, null],
    ['https://[::1]:8791', undefined, null],
    ['https://app.opentrain.ai', '*', null],
    ['https://app.opentrain.ai', 'opentrain.ai', null],
    ['https://app.opentrain.ai', '.opentrain.ai', null],
    ['https://app.opentrain.ai', '*.opentrain.ai', null],
    ['https://app.opentrain.ai', 'localhost, OpenTrain.ai', null],
    ['https://app.opentrain.ai', 'train.ai', 'http://proxy:3128'],
    ['https://app.opentrain.ai', 'app.opentrain.ai:443', null],
    ['https://app.opentrain.ai', 'app.opentrain.ai:8443', 'http://proxy:3128'],
  ];
  for (const [address, none, proxy] of rows) {
    it(`is ${proxy ?? 'none'} for ${address} with NO_PROXY=${none ?? ''}`, () => {
      expect(proxyFor(address, { ...proxies, none })).to.equal(proxy);
    });
  }

  it('is none without settings', () => {
    expect(proxyFor('https://app.opentrain.ai', { https: undefined, http: undefined, none: undefined })).to.equal(null);
  });
});
