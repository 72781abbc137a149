/** The two kinds of Label Studio API tokens, and the Authorization header that each needs. */
import { z } from 'zod';

export type TokenKind = 'legacy' | 'personal';

/** A personal access token is a JWT (two dots), a legacy token is 40 hexadecimal digits. Measured on 1.23.2. */
export function tokenKind(apiToken: string): TokenKind {
  return apiToken.split('.').length === 3 ? 'personal' : 'legacy';
}

/** Gives the Authorization header for a call. */
export interface Credentials {
  authorization(): Promise<string>;
  /** That header was refused: true when another try with a new one makes sense. */
  refused(authorization: string): boolean;
}

/** A legacy token is sent as it is. */
export function legacyCredentials(apiToken: string): Credentials {
  return { authorization: async () => `Token ${apiToken}`, refused: () => false };
}

/** An access token is replaced this long before it expires. */
const marginSeconds = 30;
const lifetimeSchema = z.object({ exp: z.number(), iat: z.number() });

/**
 * A personal access token is exchanged for short-lived access tokens (300 s) by `refresh`, one exchange at a time whatever the
 * number of callers. `now` is in milliseconds.
 */
export function personalCredentials(refresh: () => Promise<string>, now: () => number = Date.now): Credentials {
  let current: { header: string; until: number } | undefined;
  let pending: Promise<string> | undefined;

  const renew = async (): Promise<string> => {
    const access = await refresh();
    current = { header: `Bearer ${access}`, until: now() + (lifetimeSeconds(access) - marginSeconds) * 1000 };
    return current.header;
  };
  return {
    authorization: () => {
      if (current && now() < current.until) return Promise.resolve(current.header);
      pending ??= renew().finally(() => {
        pending = undefined;
      });
      return pending;
    },
    refused: (authorization) => {
      if (current?.header === authorization) current = undefined;
      return true;
    },
  };
}

/** From the token's own two times, so that the difference between our clock and the tool's does not matter. */
function lifetimeSeconds(access: string): number {
  try {
    const payload: unknown = JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString());
    const { exp, iat } = lifetimeSchema.parse(payload);
    return exp - iat;
  } catch {
    return marginSeconds * 2;
  }
}
