/** Passwords the way Django keeps them: `pbkdf2_sha256$<iterations>$<salt>$<base64 of the derived key>`. */
import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const keyBytes = 32;

/** A new hash of this password with a fresh salt. Takes about a third of a second for a million iterations, off the event loop. */
export async function djangoPasswordHash(password: string, iterations: number): Promise<string> {
  const salt = randomBytes(16).toString('hex');
  const key = await derive(password, salt, iterations, keyBytes, 'sha256');
  return `pbkdf2_sha256$${iterations}$${salt}$${key.toString('base64')}`;
}

/** Whether somebody can sign in with it: Django keeps '' or '!…' where no password was ever set. */
export function isUsablePassword(hash: string): boolean {
  return hash !== '' && !hash.startsWith('!');
}

const shortestPassword = 8;

/**
 * What two of Django's own validators say of a password, in their words; null when they take it. For a password that is written into the
 * database, where Django does not look. Whether one is common or like the account's name is not asked: that needs Django's lists.
 */
export function djangoRefusal(password: string): string | null {
  if ([...password].length < shortestPassword) {
    return `This password is too short. It must contain at least ${shortestPassword} characters.`;
  }
  return /^\p{Nd}+$/u.test(password) ? 'This password is entirely numeric.' : null;
}
