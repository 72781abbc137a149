/**
 * Whether the tool's database is the one that was counted before. Pure.
 *
 * A sign is a row with its id and its time of creation: an organization, the first account, a project. Every sign that was ever seen in
 * the database is kept, so that a backup of any age shows at least one of them.
 *
 * | kept signs | signs in the database now              | recognised as                                         |
 * |------------|----------------------------------------|-------------------------------------------------------|
 * | any        | the tool does not tell                 | `not-told`: nothing is compared                       |
 * | none       | some or none                           | `first`: kept from now on                             |
 * | some       | one of them at least                   | `same`: what is new is kept too                       |
 * | some       | none of them, or none at all           | `another`                                             |
 *
 * So new projects, deleted projects, a deleted first account and a restored backup are `same`. A copy of the same database, under
 * which other people work, is too: nothing in it tells the copy from the original.
 */
import type { DatabaseSign } from '../../adapters/tool.ts';

export type Recognition = 'not-told' | 'first' | 'same' | 'another';

/** What the database is, by the table above. */
export function recognise(kept: readonly DatabaseSign[], found: readonly DatabaseSign[] | null): Recognition {
  if (found === null) return 'not-told';
  if (kept.length === 0) return 'first';
  return newSigns(kept, found).length < found.length ? 'same' : 'another';
}

/** Those of `found` that are not kept yet. */
export function newSigns(kept: readonly DatabaseSign[], found: readonly DatabaseSign[]): DatabaseSign[] {
  const known = new Set(kept.map(signKey));
  return found.filter((sign) => !known.has(signKey(sign)));
}

function signKey({ kind, id, createdAt }: DatabaseSign): string {
  return JSON.stringify([kind, id, createdAt.getTime()]);
}
