/** Keys from PLUGIN_SECRET, one for each purpose, and the encryption of secrets at rest. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AdminError } from './errors.ts';
import type { Settings } from './settings.ts';
import { sqliteFile } from './store/database.ts';

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

const SHORTEST_SECRET = 32;
const SECRET_FILE = 'plugin.secret';

/** PLUGIN_SECRET, or the one kept in a file (mode 0600) beside a SQLite store, made now if there is none. */
export function pluginSecret(settings: Settings): string {
  if (settings.plugin.secret) {
    if (settings.plugin.secret.length >= SHORTEST_SECRET) return settings.plugin.secret;
    throw new AdminError(
      `PLUGIN_SECRET is shorter than ${SHORTEST_SECRET} characters.`,
      'Make one with: openssl rand -hex 32.',
    );
  }
  const storeFile = sqliteFile(settings.databaseUrl);
  if (!storeFile) {
    throw new AdminError(
      'PLUGIN_SECRET is not set, and with a PostgreSQL store there is no folder to keep one in.',
      'Make one with `openssl rand -hex 32` and give it to every replica.',
    );
  }
  const file = join(dirname(storeFile), SECRET_FILE);
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    try {
      writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // Another process of ours made it in the same moment: use that one.
      if (!existsSync(file)) throw error;
    }
  }
  return readFileSync(file, 'utf8').trim();
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
