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
