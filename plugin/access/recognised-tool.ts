/**
 * The tool, but for a database that nobody confirmed: before work is counted, and before anybody's access is looked at or changed, the
 * database is compared with the known one (`recognise.ts`).
 *
 * | method                                   | another database | the database is away                    |
 * |------------------------------------------|------------------|-----------------------------------------|
 * | counts                                   | refused          | fails, as there is nothing to count     |
 * | looks at accounts, or changes them       | refused          | goes on, unless it was another one last |
 * | every other one                          | goes on          | goes on                                 |
 */
import type { ToolAdapter } from '../../adapters/tool.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';
import { insistOnOurDatabase } from './tool-database.ts';

const counting = ['tally', 'explainDay'] as const satisfies (keyof ToolAdapter)[];
const guarded: readonly (string | symbol)[] = [
  ...counting,
  ...([
    'findAccounts',
    'createMember',
    'grant',
    'revoke',
    'setPassword',
    'endKeys',
    'listJoined',
    'setNotice',
  ] as const),
] satisfies (keyof ToolAdapter)[];

/** The same adapter, whose guarded methods throw `AnotherDatabase` first. */
export function recognisedTool(tool: ToolAdapter, parts: { database: Database; clock: Clock }): ToolAdapter {
  return new Proxy(tool, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!guarded.includes(name)) return member.bind(target);
      const mustRead = counting.some((method) => method === name);
      return async (...parameters: unknown[]): Promise<unknown> => {
        await insistOnOurDatabase(target, parts, mustRead);
        return Reflect.apply(member, target, parameters);
      };
    },
  });
}
