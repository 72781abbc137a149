/**
 * Taking access away, and looking at what is left. Measured on 1.8.4: without membership a project answers 403, but the
 * account still signs in and reads everybody's user names; closed in the database, all of it is refused at once.
 */
import { ToolUnavailable } from '../errors.ts';
import type { Reach, Removal } from '../tool.ts';
import { type Account, annotatorRole, insistOnOrdinary, readAccount } from './accounts.ts';
import type { DoccanoMember } from './api.ts';
import type { Connection } from './connection.ts';
import { setActive } from './database.ts';
import { insistOnSameTool } from './same-tool.ts';

/** See `ToolAdapter.revoke`. Membership that an admin gave with another role stays, and is told as what is left. */
export async function removeAccess(connection: Connection, removal: Removal): Promise<Reach[]> {
  const account = await readAccount(connection, removal.toolUserId);
  if (!account) return [];
  insistOnOrdinary(account, removal.email);
  if (removal.closeAccount) await closeIfPossible(connection, account);
  await leaveProjects(connection, account.id, removal.places);
  return whatRemains(connection, removal);
}

/** A database that is away keeps nobody in their projects: what remains is looked for afterwards. */
async function closeIfPossible(connection: Connection, account: Account): Promise<void> {
  const opened = await connection.databaseIfUp();
  if (!opened?.rights.closeAccount) return;
  try {
    await insistOnSameTool(connection);
    await setActive(opened.database, account.id, false);
  } catch (error) {
    if (!(error instanceof ToolUnavailable)) throw error;
    connection.forgetRights();
  }
}

/** A project that refuses does not keep the others from being left; its refusal is thrown after them. */
async function leaveProjects(connection: Connection, userId: number, places: readonly string[]): Promise<void> {
  const refusals: unknown[] = [];
  for (const place of places) {
    try {
      const ours = (await members(connection, place, userId)).filter(({ rolename }) => rolename === annotatorRole);
      const ids = ours.map(({ id }) => id);
      if (ids.length > 0) await connection.api.removeMembers(place, ids);
    } catch (error) {
      refusals.push(error);
    }
  }
  if (refusals.length > 0) throw refusals[0];
}

async function members(connection: Connection, place: string, userId: number): Promise<DoccanoMember[]> {
  // What is no project's number opens nothing.
  return /^\d+$/.test(place) ? connection.api.members(place, userId) : [];
}

async function whatRemains(connection: Connection, removal: Removal): Promise<Reach[]> {
  const account = await readAccount(connection, removal.toolUserId);
  if (!account) return [];
  const remaining: Reach[] = [];
  for (const place of removal.places) {
    for (const { rolename } of await members(connection, place, account.id)) {
      // In a closed account another role opens nothing; ours would open the project at the next contract.
      if (account.active === false && rolename !== annotatorRole) continue;
      remaining.push({
        what: `work in project ${place} as ${rolename}`,
        remedy: `In doccano, open project ${place}, Members, and remove ${removal.email}.`,
      });
    }
  }
  if (account.active === false) return remaining;
  if (removal.closeAccount) remaining.push(...(await openAccountReaches(connection)));
  return connection.options.behindGateway ? remaining : [...remaining, ...neighbourReaches(account, removal)];
}

async function openAccountReaches(connection: Connection): Promise<Reach[]> {
  const remedy = await closingRemedy(connection);
  return [
    { what: 'sign in to doccano', remedy },
    { what: 'read the user names of everybody in doccano, and the roles', remedy },
  ];
}

/** What lets the plugin close accounts by itself, and the way by hand. */
export async function closingRemedy(connection: Connection): Promise<string> {
  const byHand = 'Or by hand: doccano’s /admin, Users, untick “Active” (do not delete: that erases their work).';
  const opened = await connection.databaseIfUp();
  const problem = connection.databaseProblem();
  if (problem) return `${problem} ${byHand}`;
  if (!opened) return `Give the plugin doccano's database (TOOL_DATABASE_URL). ${byHand}`;
  const lines = opened.rights.missing.closeAccount;
  if (lines.length === 0) return byHand;
  return `As the database's owner, run: ${lines.join(' ')} ${byHand}`;
}

/** doccano checks membership of the project in the address, and not that the example in the address belongs to it. */
function neighbourReaches(account: Account, removal: Removal): Reach[] {
  const others = account.memberships.filter(({ projectId }) => !removal.places.includes(projectId));
  const [first] = others;
  if (!first || removal.places.length === 0) return [];
  return [
    {
      what: `read and label single examples of project ${removal.places.join(', ')} by their number, through project ${first.projectId}`,
      remedy: `doccano lets a member of any project do this: set up the gateway (docs/gateway.md), or keep projects that must be apart in two doccano servers. If project ${first.projectId} is a clone, which copies the members of its original, open it in doccano, Members, and remove ${removal.email}.`,
    },
  ];
}
