/** Which Label Studio is supported, and what differs between versions. `npm run versions` measures each. */
import { ToolRefused } from '../errors.ts';

export const testedVersion = '1.23.2';
export const oldestVersion = '1.10.0';
/** From this one on, removal through the API closes tasks, exports and annotating. */
const closesWorkSince = '1.23.1';
/** From this one on, people can make personal access tokens, which are in tables of their own. */
const personalTokensSince = '1.17.0';

/** Below 0 when `left` is older than `right`. Only the leading numbers count: "1.23.2.post0" is 1.23.2. */
export function compareVersions(left: string, right: string): number {
  const numbers = (version: string): number[] => (/^\d+(\.\d+)*/.exec(version)?.[0] ?? '').split('.').map(Number);
  const [first, second] = [numbers(left), numbers(right)];
  for (let index = 0; index < Math.max(first.length, second.length); index += 1) {
    const difference = (first[index] ?? 0) - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Throws {@link ToolRefused} for a version that cannot remove a member (below 1.10): nobody is to be let in there. */
export function insistOnVersion(version: string): void {
  // What does not look like a version is a build of somebody's own.
  if (!/^\d+\.\d+/.test(version) || compareVersions(version, oldestVersion) >= 0) return;
  throw new ToolRefused(
    `Label Studio ${version} is not supported: it has no way to remove a member.`,
    `Upgrade Label Studio to ${testedVersion}; the oldest version that works is 1.10.`,
  );
}

/** Whether this version has the tables of personal access tokens; where they are is seen in the database itself. */
export function offersPersonalTokens(version: string): boolean {
  return !/^\d+\.\d+/.test(version) || compareVersions(version, personalTokensSince) >= 0;
}

/** What a removed member whose account stays open still reaches in this version, besides what every version leaves open. */
export function workLeftOpen(version: string): readonly string[] {
  if (/^\d+\.\d+/.test(version) && compareVersions(version, closesWorkSince) >= 0) return [];
  return ['read tasks', 'export annotations', 'annotate'];
}
