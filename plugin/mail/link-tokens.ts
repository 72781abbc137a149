/** Tokens in the links that we mail: a JWT that names a row of ours. The row decides what it is still good for. */
import { createRequire } from 'node:module';
import type jsonwebtoken from 'jsonwebtoken';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Keys } from '../keys.ts';
import type { Settings } from '../settings/settings.ts';

const require = createRequire(import.meta.url);
/** Loaded with the first link: it is some seventy files. */
const tokens = (): typeof jsonwebtoken => require('jsonwebtoken');

export type LinkPurpose = 'invitation' | 'password-reset';

export interface LinkRow {
  id: string;
  trainer_id: string;
  created_at: number;
  expires_at: number;
}

/** Longer than most contracts; every mail has a new one, and the page closes with the last contract anyway. */
const TRAINER_PAGE_DAYS = 400;
const TRAINER_PAGE = 'trainer-page';

const claimsSchema = z.object({ jti: z.string(), sub: z.string() });

/** The token of this row: always the same one, so that a mail sent twice holds the same link. */
export function signLink(keys: Keys, purpose: LinkPurpose, row: LinkRow): string {
  const times = { iat: Math.floor(row.created_at / 1000), exp: Math.floor(row.expires_at / 1000) };
  return tokens().sign(times, keys.links[0], {
    algorithm: 'HS256',
    audience: purpose,
    jwtid: row.id,
    subject: row.trainer_id,
  });
}

/** The ids in a token that we signed for this purpose, expired or not (the row knows, and can explain it); else null. */
export function readLink(keys: Keys, purpose: LinkPurpose, token: string): { id: string; trainerId: string } | null {
  const options = { algorithms: ['HS256' as const], audience: purpose, ignoreExpiration: true };
  for (const key of keys.links) {
    try {
      const claims = claimsSchema.parse(tokens().verify(token, key, options));
      return { id: claims.jti, trainerId: claims.sub };
    } catch {
      // Not signed with this key: the next one may fit.
    }
  }
  return null;
}

/** The address of a trainer's own page, good for 400 days. */
export function trainerPageUrl(
  { keys, settings, clock }: { keys: Keys; settings: Settings; clock: Clock },
  trainerId: string,
): string {
  const now = Math.floor(clock.now().getTime() / 1_000);
  const times = { iat: now, exp: now + TRAINER_PAGE_DAYS * 86_400 };
  const options = { algorithm: 'HS256' as const, audience: TRAINER_PAGE, subject: trainerId };
  return `${settings.plugin.publicUrl}/work/${tokens().sign(times, keys.links[0], options)}`;
}

/** Whose page a token that we signed for it opens; null when it is not one, or too old. */
export function readTrainerPageLink(keys: Keys, token: string, now: Date): string | null {
  const clockTimestamp = Math.floor(now.getTime() / 1_000);
  const options = { algorithms: ['HS256' as const], audience: TRAINER_PAGE, clockTimestamp };
  for (const key of keys.links) {
    try {
      return z.object({ sub: z.string() }).parse(tokens().verify(token, key, options)).sub;
    } catch {
      // Not signed with this key: the next one may fit.
    }
  }
  return null;
}
