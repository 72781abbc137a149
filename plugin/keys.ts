/** Keys from PLUGIN_SECRET, one for each purpose, and the encryption of secrets at rest. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AdminError } from './errors.ts';

export interface Keys {
  /** Signs invitations and password links. */
  readonly links: Buffer;
  /** Signs console sessions and CSRF tokens. */
  readonly console: Buffer;
  /** `text` encrypted for the store (AES-256-GCM); `purpose` must be given again to decrypt. */
  encrypt(text: string, purpose: string): string;
  /** Throws {@link AdminError} when PLUGIN_SECRET is not the one it was encrypted with. */
  decrypt(ciphertext: string, purpose: string): string;
}

/** Derives the keys (HKDF-SHA256). */
export function createKeys(secret: string): Keys {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, 'opentrain-plugin', purpose, 32));
  const storeKey = derive('secrets at rest');
  return {
    links: derive('links'),
    console: derive('console'),
    encrypt(text, purpose) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', storeKey, nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    decrypt(ciphertext, purpose) {
      const bytes = Buffer.from(ciphertext, 'base64url');
      try {
        const decipher = createDecipheriv('aes-256-gcm', storeKey, bytes.subarray(0, 12))
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new AdminError(
          `The stored ${purpose} cannot be decrypted: PLUGIN_SECRET is not the one it was stored with.`,
          'Restore the old PLUGIN_SECRET (or the plugin.secret file); if it is lost, paste the token again with `setup` and run `webhooks rotate`.',
          { cause },
        );
      }
    },
  };
}
