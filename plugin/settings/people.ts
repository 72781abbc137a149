/** Lists of people in a setting: mail addresses, and claims of the identity provider, as in `ada@example.com, groups=leads`. */

export type PeopleEntry = { address: string } | { claim: string; value: string };

/** The entries of a list, addresses in small letters. Whether they can be used is checked by the setting's type. */
export function readPeople(list: string | undefined): PeopleEntry[] {
  return (list ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, claim, value] = /^([^=@\s]+)=(.+)$/.exec(part) ?? [];
      return claim !== undefined && value !== undefined ? { claim, value } : { address: part.toLowerCase() };
    });
}
