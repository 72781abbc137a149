import { expect } from 'chai';
import { certificateRemedy } from '../../../plugin/text/certificate.ts';
import { withoutCredentials } from '../../../plugin/text/without-credentials.ts';

describe('a certificate that Node does not accept', () => {
  const rows: [message: string, remedy: RegExp | null][] = [
    ['self-signed certificate', /NODE_EXTRA_CA_CERTS/],
    ['self-signed certificate in certificate chain; if the root CA is installed locally, …', /NODE_EXTRA_CA_CERTS/],
    ['unable to verify the first certificate', /NODE_EXTRA_CA_CERTS/],
    ['unable to get local issuer certificate', /NODE_EXTRA_CA_CERTS/],
    ["Hostname/IP does not match certificate's altnames: Host: a. is not in the cert's altnames", /another host name/],
    ['certificate has expired', /renew/],
    ['connect ECONNREFUSED 127.0.0.1:1', null],
  ];
  for (const [message, remedy] of rows) {
    it(`“${message}” has ${remedy ? `the remedy ${remedy}` : 'no remedy here'}`, () => {
      const told = certificateRemedy(message);
      if (remedy) expect(told).to.match(remedy);
      else expect(told).to.equal(null);
    });
  }
});

describe('an error that is printed', () => {
  const rows: [text: string, printed: string][] = [
    ['cannot connect to postgres://u:hunter22@db/x.', 'cannot connect to postgres://…@db/x.'],
    ['smtp://u:hunter/22@mail failed', 'smtp://…@mail failed'],
    ['https://host:8080/projects/5@other is gone', 'https://host:8080/projects/5@other is gone'],
    ['smtp://u:12/hunter22@mail failed', 'smtp://…@mail failed'],
    ['https://host/a', 'https://host/a'],
    ['ada@opentrain.work: no', 'ada@opentrain.work: no'],
  ];
  for (const [text, printed] of rows) it(`says “${printed}”`, () => expect(withoutCredentials(text)).to.equal(printed));
});
