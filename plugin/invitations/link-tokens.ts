/** Tokens in the links that we mail: a JWT that names a row of ours. The row decides what it is still good for. */
import jsonwebtoken from 'jsonwebtoken';
import { z } from 'zod';
import type { Keys } from '../keys.ts';

export type LinkPurpose = 'invitation' | 'password-reset';

export interface LinkRow {
  id: string;
  trainer_id: string;
  created_at: number;
  expires_at: number;
}

const claimsSchema = z.object({ jti: z.string(), sub: z.string() });

/** The token of this row: always the same one, so that a mail sent twice holds the same link. */
export function signLink(keys: Keys, purpose: LinkPurpose, row: LinkRow): string {
  const times = { iat: Math.floor(row.created_at / 1000), exp: Math.floor(row.expires_at / 1000) };
  return jsonwebtoken.sign(times, keys.links[0], {
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
      const claims = claimsSchema.parse(jsonwebtoken.verify(token, key, options));
      return { id: claims.jti, trainerId: claims.sub };
    } catch {
      // Not signed with this key: the next one may fit.
    }
  }
  return null;
}
