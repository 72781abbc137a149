/**
 * A tool whose one membership opens everything, as a tool with membership by project: who is in which project is kept in our own records,
 * and the gateway lets nobody into another one. Asked as:
 *
 * | the core asks                         | the tool is asked                                                      |
 * |---------------------------------------|------------------------------------------------------------------------|
 * | for accounts                          | the same; the places are those where our record says active. Whoever is no member of the tool is closed |
 * | to make a member of projects          | to make a member                                                       |
 * | to grant projects                     | to make them a member, if they are none                                |
 * | to take projects away, others stay    | nothing: the gateway lets them in no more                              |
 * | to take the last ones away            | to remove the member                                                   |
 */
import {
  type NewMember,
  type Person,
  type Reach,
  type Removal,
  type ToolAccount,
  type ToolAdapter,
  type ToolDescription,
  WHOLE_TOOL,
} from '../../adapters/tool.ts';
import { accessRows } from '../access/access-rows.ts';
import { trainersByAccount } from '../mirror/trainers.ts';
import type { Database } from '../store/database.ts';

type Changed = Pick<ToolAdapter, 'describe' | 'findAccounts' | 'createMember' | 'grant' | 'revoke'>;

export function withKeptPlaces(tool: ToolAdapter, database: Database): ToolAdapter {
  const changed = changedMethods(tool, database);
  return new Proxy(tool, {
    get(target, name) {
      const own: unknown = Reflect.get(changed, name);
      if (own !== undefined) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

function changedMethods(tool: ToolAdapter, database: Database): Changed {
  const whole = [WHOLE_TOOL];
  return {
    async describe(): Promise<ToolDescription> {
      const description = await tool.describe();
      return { ...description, capabilities: { ...description.capabilities, accessLevel: 'project' } };
    },
    async findAccounts(people: readonly Person[]): Promise<ToolAccount[]> {
      return withRecordedPlaces(database, await tool.findAccounts(people));
    },
    async createMember(member: NewMember): Promise<ToolAccount> {
      const account = await tool.createMember({ ...member, places: whole });
      return { ...account, places: member.places };
    },
    async grant(access): Promise<void> {
      await tool.grant({ ...access, places: whole });
    },
    async revoke(removal: Removal): Promise<Reach[]> {
      return removal.closeAccount ? tool.revoke({ ...removal, places: whole }) : [];
    },
  };
}

async function withRecordedPlaces(database: Database, accounts: readonly ToolAccount[]): Promise<ToolAccount[]> {
  const owners = await trainersByAccount(
    database,
    accounts.map(({ toolUserId }) => toolUserId),
  );
  const rows = await accessRows(database, [...owners.values()]);
  return accounts.map((account) => {
    const isMember = account.places.includes(WHOLE_TOOL);
    const trainerId = owners.get(account.toolUserId);
    const recorded = rows.filter(({ trainer_id, state }) => trainer_id === trainerId && state === 'active');
    return {
      ...account,
      places: isMember ? recorded.map(({ place }) => place) : [],
      closed: isMember ? account.closed : true,
    };
  });
}
