/** Keys from PLUGIN_SECRET, one for each purpose, and the encryption of secrets at rest. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AdminError } from './errors.ts';

/** The key of PLUGIN_SECRET, and that of PLUGIN_SECRET_PREVIOUS while both are accepted. */
export type SigningKeys = readonly [Buffer, ...Buffer[]];

export interface Keys {
  /** Sign invitations and password links: the first one signs, each verifies. */
  readonly links: SigningKeys;
  /** Sign the forms of our pages. */
  readonly console: SigningKeys;
  /** `text` encrypted for the store (AES-256-GCM); `purpose` must be given again to decrypt. */
  encrypt(text: string, purpose: string): string;
  /** Throws {@link AdminError} when neither secret is the one it was encrypted with. */
  decrypt(ciphertext: string, purpose: string): string;
}

function derive(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'opentrain-plugin', purpose, 32));
}

/** Derives the keys (HKDF-SHA256). What `previous` signed or encrypted is still accepted, and nothing new is made with it. */
export function createKeys(secret: string, previous?: string): Keys {
  const both = (purpose: string): SigningKeys => [
    derive(secret, purpose),
    ...(previous ? [derive(previous, purpose)] : []),
  ];
  const storeKeys = both('secrets at rest');
  return {
    links: both('links'),
    console: both('console'),
    encrypt(text, purpose) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', storeKeys[0], nonce).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    decrypt(ciphertext, purpose) {
      let cause: unknown;
      for (const key of storeKeys) {
        try {
          return opened(key, ciphertext, purpose);
        } catch (error) {
          cause ??= error;
        }
      }
      throw new AdminError(
        `The stored ${purpose} cannot be decrypted: PLUGIN_SECRET is not the one it was stored with.`,
        'Restore the old PLUGIN_SECRET (or the plugin.secret file), as PLUGIN_SECRET_PREVIOUS if it was changed; if it is lost, paste the token again with `setup` and run `webhooks rotate`.',
        { cause },
      );
    },
  };
}

function opened(key: Buffer, ciphertext: string, purpose: string): string {
  const bytes = Buffer.from(ciphertext, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    .setAAD(Buffer.from(purpose))
    .setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}
