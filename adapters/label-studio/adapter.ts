/** Label Studio (open source) as the plugin sees it: one organization, whose members see everything in it. */
import { isDatabaseFailure } from '../database-outage.ts';
import { AccountExists, ToolRefused, ToolUnable, ToolUnavailable } from '../errors.ts';
import type { DayQuery, ExplainedDay } from '../explained-day.ts';
import type { Thing, Whereabouts } from '../gateway.ts';
import { openToolDatabase } from '../sql/open-tool-database.ts';
import type { ToolDatabase } from '../sql/tool-database.ts';
import {
  type AdapterOptions,
  type Check,
  type CheckOptions,
  type DatabaseSign,
  type JoinedAccount,
  type NewMember,
  type Person,
  type Project,
  type Reach,
  type Removal,
  type TallyQuery,
  type TallyRow,
  type ToolAccount,
  type ToolAdapter,
  type ToolDescription,
  WHOLE_TOOL,
} from '../tool.ts';
import { changePassword, privilegedRefusal, restoreMember } from './account-changes.ts';
import { accountsFromApi, accountsFromDatabase, joinedFromApi, joinedFromDatabase } from './accounts.ts';
import { giveOrganizationBack } from './active-organization.ts';
import {
  type Organization,
  readInviteToken,
  readProject,
  readProjects,
  readVersion,
  renameUser,
  resetInviteToken,
} from './api-calls.ts';
import { ApiClient } from './api-client.ts';
import { runChecks } from './checks.ts';
import { type DatabaseCapability, missingFor, rightsAtThisMoment } from './database-rights.ts';
import { explainDay } from './explain-day.ts';
import { locate } from './gateway-lookup.ts';
import { ACCESS_TOKEN_SECONDS, endTokens } from './keys.ts';
import { knownOrganization } from './known-organization.ts';
import { setNotice } from './notice.ts';
import { erasedRefusal, neverMemberRefusal } from './refusals.ts';
import { removeMember } from './removal.ts';
import { AnotherTool, insistOnSameTool } from './same-tool.ts';
import { type SignedUp, StaleInvite, signUp } from './sign-up.ts';
import { readSigns } from './signs.ts';
import { lookups } from './statement-rights.ts';
import { tally } from './tally.ts';
import { insistOnVersion } from './versions.ts';

/** Each try fails only when the invite link was renewed meanwhile, as every acceptance does. */
const mostSignUps = 20;
const LOOKUP_RIGHTS_KEPT_MS = 60_000;

export class LabelStudioAdapter implements ToolAdapter {
  readonly #options: AdapterOptions;
  readonly #api: ApiClient;
  readonly #database: ToolDatabase | undefined;
  #organization: Organization | undefined;
  #version: string | undefined;
  #lookupRights: { at: number; held: boolean } | undefined;

  constructor(options: AdapterOptions) {
    this.#options = options;
    this.#api = new ApiClient(options.baseUrl, options.apiToken);
    this.#database = options.databaseUrl === undefined ? undefined : openToolDatabase(options.databaseUrl);
  }

  async describe(): Promise<ToolDescription> {
    const version = await readVersion(this.#api);
    insistOnVersion(version);
    this.#version = version;
    await this.#keepOrganization();
    const { capabilities, ...rights } = await rightsAtThisMoment(this.#database, version);
    return {
      product: 'Label Studio',
      version,
      capabilities: { accessLevel: 'tool', seconds: true, regions: true, notices: true, ...capabilities },
      ...rights,
    };
  }

  listProjects(): Promise<Project[]> {
    return this.#keepOrganization().then(() => readProjects(this.#api));
  }

  findProject(projectId: string): Promise<Project | null> {
    return this.#keepOrganization().then(() => readProject(this.#api, projectId));
  }

  async findAccounts(people: readonly Person[]): Promise<ToolAccount[]> {
    if (people.length === 0) return [];
    const organization = await this.#readOrganization();
    try {
      const database = await this.#readableDatabase();
      if (database) return await accountsFromDatabase(database, organization.id, people);
    } catch (error) {
      if (!isDatabaseFailure(error) || error instanceof AnotherTool) throw error;
      this.#options.log.warn({ err: error }, 'accounts are looked for through the API: the database cannot be used');
    }
    return accountsFromApi(this.#api, organization, people);
  }

  async listJoined(since: Date): Promise<JoinedAccount[]> {
    const organization = await this.#readOrganization();
    const database = await this.#readableDatabase();
    return database
      ? joinedFromDatabase(database, organization.id, since)
      : joinedFromApi(this.#api, organization, since);
  }

  async createMember(member: NewMember): Promise<ToolAccount> {
    const [existing] = await this.findAccounts([{ toolUserId: null, email: member.email }]);
    if (existing) throw new AccountExists(`Label Studio has an account for ${member.email} already.`);
    await this.#keepOrganization();
    const { toolUserId } = await this.#signUp(member);
    await this.renewInvite().catch((error: unknown) => {
      // The account is there: the next acceptance, removal or turn of the clock renews the link.
      this.#options.log.warn({ err: error }, 'the invite link of Label Studio could not be renewed');
    });
    await renameUser(this.#api, toolUserId, member.displayName).catch((error: unknown) => {
      // The name is for people to read; the account works without it.
      this.#options.log.warn({ err: error, toolUserId }, 'the display name could not be set in Label Studio');
    });
    const account = await this.#look(toolUserId, member.email);
    if (account) return account;
    throw new ToolUnavailable(`Label Studio does not show the new account of ${member.email} yet.`);
  }

  async grant(access: { toolUserId: string; email: string; places: readonly string[] }): Promise<void> {
    if (!access.places.includes(WHOLE_TOOL)) return;
    const account = await this.#look(access.toolUserId, access.email);
    if (account === null) {
      throw erasedRefusal(access);
    }
    if (account.places.includes(WHOLE_TOOL) && account.closed !== true) return;
    if (account.privileged) throw privilegedRefusal(access.email);
    const database = await this.#databaseFor('restore', `let ${access.email} in again`);
    const { id } = await this.#readOrganization();
    if (await restoreMember(database, id, access.toolUserId)) return;
    throw neverMemberRefusal(access.email);
  }

  async revoke(removal: Removal): Promise<Reach[]> {
    await this.#keepOrganization();
    const organization = await this.#readOrganization();
    return removeMember(removal, {
      api: this.#api,
      organizationId: organization.id,
      databaseUrl: this.#options.databaseUrl,
      version: await this.#readVersion(),
      look: () => this.#look(removal.toolUserId, removal.email),
      closingDatabase: async () => {
        const missing = await missingFor(this.#database, 'closeAccount');
        return missing.length === 0 ? this.#database : undefined;
      },
    });
  }

  async setPassword(account: { toolUserId: string; password: string }): Promise<void> {
    const database = await this.#databaseFor('setPassword', 'set a password');
    const found = await this.#look(account.toolUserId, '');
    if (found?.privileged) throw privilegedRefusal(found.email ?? account.toolUserId);
    if (found && (await changePassword(database, account.toolUserId, account.password))) return;
    throw new ToolRefused(`Label Studio has no account ${account.toolUserId}.`, 'Invite the trainer again.');
  }

  async endKeys({ toolUserId }: { toolUserId: string }): Promise<{ openForSeconds: number }> {
    const database = await this.#databaseFor('endKeys', 'end the tokens of an account');
    const found = await this.#look(toolUserId, '');
    if (found?.privileged) throw privilegedRefusal(found.email ?? toolUserId);
    if (found) await endTokens(database, toolUserId);
    return { openForSeconds: found ? ACCESS_TOKEN_SECONDS : 0 };
  }

  async renewInvite(): Promise<void> {
    await this.#keepOrganization();
    return resetInviteToken(this.#api);
  }

  async readSigns(): Promise<DatabaseSign[] | null> {
    const database = await this.#readableDatabase();
    return database ? readSigns(database) : null;
  }

  async tally(query: TallyQuery): Promise<TallyRow[]> {
    if (query.projectIds.length === 0) return [];
    return tally(await this.#databaseFor('tally', 'count annotations'), query);
  }

  async explainDay(query: DayQuery): Promise<ExplainedDay> {
    return explainDay(await this.#databaseFor('tally', 'list annotations'), query);
  }

  async locate(things: readonly Thing[]): Promise<(Whereabouts | null)[]> {
    const database = await this.#lookupDatabase();
    return Promise.all(things.map((thing) => locate(thing, database, this.#api)));
  }

  setNotice(projectId: string, notice: string | null): Promise<void> {
    return setNotice(this.#api, projectId, notice);
  }

  signInUrl(): string {
    return `${this.#options.publicUrl}/user/login/`;
  }

  projectUrl(projectId: string): string {
    return `${this.#options.publicUrl}/projects/${encodeURIComponent(projectId)}/data`;
  }

  check(options: CheckOptions): Promise<Check[]> {
    const { baseUrl, behindGateway = false } = this.#options;
    return runChecks(options, { adapter: this, api: this.#api, baseUrl, database: this.#database, behindGateway });
  }

  async close(): Promise<void> {
    await this.#database?.close();
  }

  async #signUp(member: NewMember): Promise<SignedUp> {
    const { baseUrl } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await signUp(baseUrl, await readInviteToken(this.#api), member);
      } catch (error) {
        // A removal or another acceptance may have replaced the invite link between our two calls.
        if (error instanceof StaleInvite && attempt < mostSignUps) continue;
        if (error instanceof StaleInvite) {
          throw new ToolRefused(
            'Label Studio does not accept its own invite link.',
            'Does TOOL_BASE_URL lead to it directly?',
          );
        }
        if (error instanceof ToolUnavailable) await this.#throwIfTaken(member.email);
        throw error;
      }
    }
  }

  /** The database for look-ups of the gateway; whether its rights suffice is asked once a minute. */
  async #lookupDatabase(): Promise<ToolDatabase | undefined> {
    if (!this.#database) return undefined;
    const now = Date.now();
    if (!this.#lookupRights || now - this.#lookupRights.at > LOOKUP_RIGHTS_KEPT_MS) {
      const missing = await this.#database.missingPrivileges(lookups).catch(() => ['the database is away']);
      this.#lookupRights = { at: now, held: missing.length === 0 };
    }
    return this.#lookupRights.held ? this.#readableDatabase() : undefined;
  }

  async #readableDatabase(): Promise<ToolDatabase | undefined> {
    if (!this.#database || (await missingFor(this.#database, 'tally')).length > 0) return undefined;
    await this.#insistOnSameTool(this.#database);
    return this.#database;
  }

  /** Throws {@link AnotherTool} when the database is another instance's. */
  async #insistOnSameTool(database: ToolDatabase): Promise<void> {
    const known = this.#organization;
    try {
      await insistOnSameTool(database, await this.#readOrganization());
    } catch (error) {
      if (!known || !(error instanceof AnotherTool)) throw error;
      // What we remember may be old: the owner's address was changed, say.
      this.#organization = undefined;
      await insistOnSameTool(database, await this.#readOrganization());
    }
  }

  /** The same, unless the database is away or cannot be read. Members whose active organization somebody took get it back. */
  async #keepOrganization(): Promise<void> {
    const { id } = await this.#readOrganization();
    try {
      const database = await this.#readableDatabase();
      if (database) await giveOrganizationBack(database, id, this.#options.log);
    } catch (error) {
      if (!isDatabaseFailure(error) || error instanceof AnotherTool) throw error;
    }
  }

  /** Two sign-ups at once: the second one fails in Label Studio's database, which answers 500. */
  async #throwIfTaken(email: string): Promise<void> {
    const [taken] = await this.findAccounts([{ toolUserId: null, email }]).catch(() => []);
    if (taken) throw new AccountExists(`Label Studio has an account for ${email} already.`);
  }

  async #readOrganization(): Promise<Organization> {
    if (this.#organization) return this.#organization;
    const { organization, isCertain } = await knownOrganization(this.#api, this.#database);
    if (isCertain) this.#organization = organization;
    return organization;
  }

  async #readVersion(): Promise<string> {
    this.#version ??= await readVersion(this.#api);
    return this.#version;
  }

  async #look(toolUserId: string, email: string): Promise<ToolAccount | null> {
    const [account] = await this.findAccounts([{ toolUserId, email }]);
    return account ?? null;
  }

  async #databaseFor(capability: DatabaseCapability, purpose: string): Promise<ToolDatabase> {
    const missing = await missingFor(this.#database, capability, this.#version);
    if (this.#database && missing.length === 0) {
      await this.#insistOnSameTool(this.#database);
      return this.#database;
    }
    const message = `Label Studio offers no way to ${purpose} without more rights in its database.`;
    throw new ToolUnable(capability, message, missing.join(' '));
  }
}
