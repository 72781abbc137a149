/** Every local instance is a copy of one template; its owner's secrets are its own. */

import { djangoPasswordHash } from '../../../../adapters/sql/django-password.ts';
import { openToolDatabase } from '../../../../adapters/sql/open-tool-database.ts';

/** Django rehashes at the first sign-in: a local instance need not pay for a full million of iterations at every start. */
const iterations = 10_000;

/** Sets the owner's password and legacy token, with the rights of the database's owner. */
export async function giveOwnerSecrets(
  databaseUrl: string,
  email: string,
  secrets: { password: string; token: string },
): Promise<void> {
  const database = openToolDatabase(databaseUrl);
  try {
    const hash = await djangoPasswordHash(secrets.password, iterations);
    await database.execute('UPDATE htx_user SET password = $1 WHERE email = $2', [hash, email]);
    await database.execute(
      'UPDATE authtoken_token SET key = $1 WHERE user_id = (SELECT id FROM htx_user WHERE email = $2)',
      [secrets.token, email],
    );
  } finally {
    await database.close();
  }
}
