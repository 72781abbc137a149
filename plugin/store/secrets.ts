/** Secrets by name, encrypted with PLUGIN_SECRET. */
import type { Keys } from '../keys.ts';
import type { Database } from './database.ts';

interface SecretRow {
  name: string;
  ciphertext: string;
  created_at: number;
}

export async function saveSecret(database: Database, keys: Keys, name: string, value: string, at: Date): Promise<void> {
  await database<SecretRow>('secrets')
    .insert({ name, ciphertext: keys.encrypt(value, name), created_at: at.getTime() })
    .onConflict('name')
    .merge();
}

/** The secret, or null when there is none. Throws AdminError when PLUGIN_SECRET has changed. */
export async function readSecret(database: Database, keys: Keys, name: string): Promise<string | null> {
  const row = await database<SecretRow>('secrets').where({ name }).first();
  return row ? keys.decrypt(row.ciphertext, name) : null;
}

/** Encrypts every secret anew with PLUGIN_SECRET, so that the previous one can go. Returns how many. Throws AdminError like {@link readSecret}. */
export async function renewSecrets(database: Database, keys: Keys): Promise<number> {
  return database.transaction(async (transaction) => {
    const rows = await transaction<SecretRow>('secrets').select('*');
    for (const { name, ciphertext } of rows) {
      const renewed = keys.encrypt(keys.decrypt(ciphertext, name), name);
      await transaction<SecretRow>('secrets').where({ name, ciphertext }).update({ ciphertext: renewed });
    }
    return rows.length;
  });
}

export async function deleteSecret(database: Database, name: string): Promise<void> {
  await database<SecretRow>('secrets').where({ name }).delete();
}
