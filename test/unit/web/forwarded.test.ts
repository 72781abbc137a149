import { expect } from 'chai';
import { withoutPorts } from '../../../plugin/web/forwarded.ts';

describe('X-Forwarded-For', () => {
  const rows: [header: string, addresses: string][] = [
    ['198.51.100.1', '198.51.100.1'],
    ['198.51.100.1:443, 10.0.0.1:8080', '198.51.100.1, 10.0.0.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['[2001:db8::1]:443,10.0.0.1', '2001:db8::1, 10.0.0.1'],
    ['"[2001:db8::1]"', '2001:db8::1'],
    ['unknown', 'unknown'],
    ['', ''],
  ];
  for (const [header, addresses] of rows) {
    it(`is read from “${header}” as “${addresses}”`, () => expect(withoutPorts(header)).to.equal(addresses));
  }
});
