/**
 * Which role somebody has who signed in with the identity provider. Pure.
 *
 * | address          | in OIDC_ADMINS | in OIDC_VIEWERS | result               |
 * |------------------|----------------|-----------------|----------------------|
 * | none             | any            | any             | refused: no-address  |
 * | not verified     | any            | any             | refused: unverified  |
 * | verified         | yes            | any             | admin                |
 * | verified         | no             | yes             | viewer               |
 * | verified         | no             | no              | refused: not-listed  |
 *
 * Somebody is in a list by their address, whatever its capitals, or by a claim that has the value or a list with it.
 */
import { z } from 'zod';
import { type PeopleEntry, readPeople } from '../settings/people.ts';
import type { Settings } from '../settings/settings.ts';

export type RoleResult =
  | { role: 'admin' | 'viewer'; address: string }
  | { refused: 'no-address' | 'unverified' | 'not-listed'; address: string | null };

/** What the provider says of a person; `email_verified` is a string at some providers. */
export type Claims = Readonly<Record<string, unknown>>;

const addressSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s<>@,;"\p{Cc}]+@[^\s<>@,;"\p{Cc}]+$/u);
const verifiedSchema = z.union([z.literal(true), z.literal('true')]);

/** The role of these claims by the two lists. */
export function roleOf(claims: Claims, lists: Pick<NonNullable<Settings['oidc']>, 'admins' | 'viewers'>): RoleResult {
  const address = addressSchema.safeParse(claims.email).data;
  if (address === undefined) return { refused: 'no-address', address: null };
  if (!verifiedSchema.safeParse(claims.email_verified).success) return { refused: 'unverified', address };
  const isIn = (list: string | undefined): boolean => readPeople(list).some((entry) => matches(entry, address, claims));
  if (isIn(lists.admins)) return { role: 'admin', address };
  if (isIn(lists.viewers)) return { role: 'viewer', address };
  return { refused: 'not-listed', address };
}

function matches(entry: PeopleEntry, address: string, claims: Claims): boolean {
  if ('address' in entry) return entry.address === address;
  if (!Object.hasOwn(claims, entry.claim)) return false;
  const value = claims[entry.claim];
  return (Array.isArray(value) ? value : [value]).some(
    (one) => ['string', 'number', 'boolean'].includes(typeof one) && String(one) === entry.value,
  );
}
