import { expect } from 'chai';
import { djangoPasswordHash, djangoRefusal, isUsablePassword } from '../../../adapters/sql/django-password.ts';

describe('passwords in Django’s format', () => {
  it('hold the algorithm, the iterations, a fresh salt and the derived key', async () => {
    const hash = await djangoPasswordHash('secret', 1000);
    expect(hash).to.match(/^pbkdf2_sha256\$1000\$[0-9a-f]{32}\$[A-Za-z0-9+/]{43}=$/);
    expect(await djangoPasswordHash('secret', 1000)).to.not.equal(hash);
  });

  it('tell an account that nobody can sign in to', () => {
    expect(isUsablePassword('pbkdf2_sha256$1000000$salt$key')).to.equal(true);
    expect(isUsablePassword('')).to.equal(false);
    expect(isUsablePassword('!aBcD')).to.equal(false);
  });

  it('are refused in Django’s words when they are short or of digits only', () => {
    expect(djangoRefusal('seven77')).to.equal('This password is too short. It must contain at least 8 characters.');
    expect(djangoRefusal('73920518467312')).to.equal('This password is entirely numeric.');
    expect(djangoRefusal('٧٣٩٢٠٥١٨')).to.equal('This password is entirely numeric.');
    for (const fine of ['73920518x', 'eight888', 'seven purple lanterns']) expect(djangoRefusal(fine)).to.equal(null);
  });
});
