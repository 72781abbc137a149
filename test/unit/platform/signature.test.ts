import { expect } from 'chai';
import fc from 'fast-check';
import { signatureHeader, verifySignature } from '../../../plugin/platform/signature.ts';

const secret = 'whsec_0123456789abcdef';
const now = new Date('2031-05-20T12:00:00Z');
const body = Buffer.from('{"id":"1"}');
const judge = (header: string | undefined, given: Partial<{ body: Buffer; secrets: string[]; now: Date }> = {}) =>
  verifySignature(header, given.body ?? body, given.secrets ?? [secret], given.now ?? now);
const secondsLater = (seconds: number): Date => new Date(now.getTime() + seconds * 1_000);

describe('webhook signatures', () => {
  it('a delivery signed with our secret is valid', () => {
    expect(judge(signatureHeader(secret, body, now))).to.equal('valid');
  });

  it('agree with what other implementations compute', () => {
    // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_known
    const digest = 'cf0f6e6b48afcb0cb17721cbc9dd3e6ebac32e5352fdb7f22aaa622a454b1fc4';
    const header = signatureHeader('whsec_known', Buffer.from('{"a":1}'), new Date(1_700_000_000_000));
    expect(header).to.equal(`t=1700000000,v1=${digest}`);
  });

  it('the secret is used whole: without its whsec_ prefix the signature is another one', () => {
    expect(judge(signatureHeader(secret.slice('whsec_'.length), body, now))).to.equal('forged');
  });

  it('of another secret, another body or another time are forged', () => {
    const header = signatureHeader(secret, body, now);
    expect(judge(signatureHeader('whsec_other', body, now))).to.equal('forged');
    expect(judge(header, { body: Buffer.from('{"id":"2"}') })).to.equal('forged');
    expect(judge(header.replace(/t=\d+/, 't=1'))).to.equal('forged');
    expect(judge(header, { secrets: [] })).to.equal('forged');
  });

  it('more than 300 s off our clock, either way, are stale although genuine', () => {
    const header = signatureHeader(secret, body, now);
    expect(judge(header, { now: secondsLater(300) })).to.equal('valid');
    expect(judge(header, { now: secondsLater(301) })).to.equal('stale');
    expect(judge(header, { now: secondsLater(-300) })).to.equal('valid');
    expect(judge(header, { now: secondsLater(-301) })).to.equal('stale');
  });

  it('a forged old one is called forged, so that nobody learns what the clock thinks of it', () => {
    expect(judge(`t=1,v1=${'a'.repeat(64)}`)).to.equal('forged');
  });

  it('made with the old secret are accepted beside the new one while both are valid', () => {
    const header = signatureHeader('whsec_old', body, now);
    expect(judge(header, { secrets: [secret, 'whsec_old'] })).to.equal('valid');
  });

  it('any of several v1 digests may fit, and unknown schemes are passed over', () => {
    const [time, digest] = signatureHeader(secret, body, now).split(',');
    expect(judge(`${time},v1=${'0'.repeat(64)},${digest}`)).to.equal('valid');
    expect(judge(`v0=abc,${time}, ${digest}`)).to.equal('valid');
  });

  it('that are missing or malformed are told apart from forged ones', () => {
    const [time, digest] = signatureHeader(secret, body, now).split(',');
    expect(judge(undefined)).to.equal('missing');
    expect(judge('')).to.equal('missing');
    for (const header of [
      `${time}`,
      `${digest}`,
      `t=soon,${digest}`,
      `${time},v1=xyz`,
      `${time},v2=abc`,
      '=,=',
      ',,,',
    ]) {
      expect(judge(header), header).to.equal('malformed');
    }
  });

  it('changing any byte of the body or the digest makes them invalid', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, at, by) => {
          const genuine = Buffer.from(bytes);
          const header = signatureHeader(secret, genuine, now);
          expect(judge(header, { body: genuine })).to.equal('valid');
          const changed = Buffer.from(genuine);
          const index = at % changed.length;
          changed[index] = ((changed[index] ?? 0) + by) % 256;
          expect(judge(header, { body: changed })).to.equal('forged');
        },
      ),
    );
  });
});
