/**
 * An annotation tool in memory that keeps the rules of real ones: a membership of everything or by project, soft removal, work that
 * is counted, and whatever capability is missing is really missing.
 */

import { AccountExists, ToolRefused, ToolUnable, ToolUnavailable } from '../../adapters/errors.ts';
import {
  type Capabilities,
  type CapabilityRemedies,
  type Check,
  type DatabaseSign,
  type DayQuery,
  type ExplainedDay,
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
} from '../../adapters/tool.ts';

import { explained, type ModelAnnotation, tallyOf } from './model-tally.ts';

export interface ModelAccount {
  id: string;
  email: string;
  places: Set<string>;
  closed: boolean;
  password: string | null;
  privileged: boolean;
  /** Tokens that were made for it, by whoever could sign in. */
  keys: Set<string>;
  joinedAt: Date;
  /** Where it is not the e-mail address. */
  signInName?: string;
}

export const allCapabilities: Capabilities = {
  accessLevel: 'tool',
  restore: true,
  closeAccount: true,
  setPassword: true,
  endKeys: true,
  tally: true,
  seconds: true,
  regions: true,
  notices: true,
};

export const REMEDY = 'Give the plugin the database role.';

export class ModelTool implements ToolAdapter {
  capabilities: Capabilities;
  readonly accounts = new Map<string, ModelAccount>();
  /** Calls that change something, as "grant 3 ann@opentrain.work 1,2". */
  readonly changes: string[] = [];
  /** How many calls asked about accounts. */
  looks = 0;
  /** Runs before each call takes effect; what it throws, the call throws. */
  before: (call: string, email: string) => void | Promise<void> = () => undefined;
  /** Runs where a call has several steps and not all took effect: an account was made, and is in nothing yet. */
  midway: (call: string, email: string) => void | Promise<void> = () => undefined;
  /** Runs after a call took effect; what it throws, the call throws: an answer that was lost. */
  after: (call: string, email: string) => void | Promise<void> = () => undefined;
  inviteRenewals = 0;
  /** The work in it. */
  annotations: ModelAnnotation[] = [];
  /** Changes what its tally tells of a row. */
  amend: (row: TallyRow) => TallyRow = (row) => row;
  /** What was asked to be counted. */
  tallies: TallyQuery[] = [];
  /** Its database does not answer: nothing can be counted. */
  isDown = false;
  /** By project id. */
  readonly notices = new Map<string, string>();
  noticesSet = 0;
  /** When accounts are made. */
  now: () => Date = () => new Date();
  #nextId = 1;

  constructor(capabilities: Partial<Capabilities> = {}) {
    this.capabilities = { ...allCapabilities, ...capabilities };
  }

  /** Set while its database is away; the capabilities are to be taken away with it. */
  databaseProblem: string | undefined;

  async describe(): Promise<ToolDescription> {
    const remedies: CapabilityRemedies = {};
    for (const name of ['restore', 'closeAccount', 'setPassword', 'endKeys'] as const) {
      if (!this.capabilities[name]) remedies[name] = REMEDY;
    }
    return {
      ...{ product: 'Model tool', version: '1', capabilities: this.capabilities, remedies },
      ...(this.databaseProblem ? { databaseProblem: this.databaseProblem } : {}),
    };
  }

  /** An account made by others. */
  add(email: string, account: Partial<Omit<ModelAccount, 'id' | 'email' | 'places'>> & { places?: string[] } = {}) {
    const made: ModelAccount = {
      id: String(this.#nextId++),
      email: email.toLowerCase(),
      closed: false,
      password: 'their own',
      privileged: false,
      keys: new Set(),
      joinedAt: this.now(),
      ...account,
      places: new Set(account.places ?? []),
    };
    this.accounts.set(made.id, made);
    return made;
  }

  byEmail(email: string): ModelAccount | undefined {
    return [...this.accounts.values()].find((account) => account.email === email);
  }

  /** Whether this person can sign in with this password and work in this place. */
  canWork(email: string, password: string, place: string): boolean {
    const account = this.byEmail(email);
    return !!account && !account.closed && account.password === password && account.places.has(place);
  }

  /** Projects that the tool does not have; it has every other one. */
  readonly deletedProjects = new Set<string>();

  async findAccounts(people: readonly Person[]): Promise<ToolAccount[]> {
    this.looks += 1;
    await this.before('findAccounts', '');
    return [...this.accounts.values()]
      .filter((account) => people.some((person) => this.#isFound(account, person)))
      .map((account) => this.#seen(account));
  }

  #isFound(account: ModelAccount, person: Person): boolean {
    if (person.toolUserId !== null) return person.toolUserId === account.id;
    return person.email === account.email && !this.#isHidden(account);
  }

  /** Without its database, a tool with one membership hides the e-mail of those who were removed. */
  #isHidden(account: ModelAccount): boolean {
    return this.capabilities.accessLevel === 'tool' && !this.capabilities.restore && account.places.size === 0;
  }

  #seen(account: ModelAccount): ToolAccount {
    return {
      toolUserId: account.id,
      email: this.#isHidden(account) ? null : account.email,
      places: [...account.places],
      closed: this.capabilities.closeAccount ? account.closed : null,
      hasPassword: this.capabilities.setPassword ? account.password !== null : null,
      privileged: account.privileged,
      ...(account.signInName === undefined ? {} : { signInName: account.signInName }),
    };
  }

  async createMember({ email, password, places }: NewMember): Promise<ToolAccount> {
    await this.before('createMember', email);
    if (this.byEmail(email)) throw new AccountExists(`${email} is taken`);
    // A membership of everything comes with the account; one by project is a step of its own.
    const account = this.add(email, { password, places: this.capabilities.accessLevel === 'tool' ? [...places] : [] });
    this.changes.push(`createMember ${email} ${places.join(',')}`);
    await this.midway('createMember', email);
    for (const place of places) account.places.add(place);
    await this.after('createMember', email);
    return this.#seen(account);
  }

  async grant({ toolUserId, email, places }: { toolUserId: string; email: string; places: readonly string[] }) {
    await this.before('grant', email);
    const account = this.#mustFind(toolUserId);
    const removed = this.capabilities.accessLevel === 'tool' && !account.places.has(WHOLE_TOOL);
    if ((account.closed || removed) && !this.capabilities.restore) {
      throw new ToolUnable('restore', `${email} cannot be let in again`, REMEDY);
    }
    for (const [index, place] of places.entries()) {
      if (index === 1) await this.midway('grant', email);
      account.places.add(place);
    }
    if (account.closed) await this.midway('grant', email);
    account.closed = false;
    this.changes.push(`grant ${account.email} ${places.join(',')}`);
    await this.after('grant', email);
  }

  async revoke({ toolUserId, email, places, closeAccount }: Removal): Promise<Reach[]> {
    await this.before('revoke', email);
    const account = this.accounts.get(toolUserId);
    if (!account) return [];
    if (account.privileged) throw new ToolRefused(`${email} administers the tool`, 'Leave it.');
    for (const [index, place] of places.entries()) {
      if (index === 1) await this.midway('revoke', email);
      account.places.delete(place);
    }
    if (closeAccount) await this.midway('revoke', email);
    if (closeAccount && this.capabilities.closeAccount) account.closed = true;
    this.changes.push(`revoke ${account.email} ${places.join(',')}${closeAccount ? ' and close' : ''}`);
    await this.after('revoke', email);
    return closeAccount && !account.closed ? [{ what: 'sign in', remedy: REMEDY }] : [];
  }

  async setPassword({ toolUserId, password }: { toolUserId: string; password: string }): Promise<void> {
    const account = this.#mustFind(toolUserId);
    await this.before('setPassword', account.email);
    if (!this.capabilities.setPassword) throw new ToolUnable('setPassword', 'no password can be set', REMEDY);
    if (account.privileged) throw new ToolRefused(`${account.email} administers the tool`, 'Leave it.');
    account.password = password;
    this.changes.push(`setPassword ${account.email}`);
    await this.after('setPassword', account.email);
  }

  async endKeys({ toolUserId }: { toolUserId: string }): Promise<{ openForSeconds: number }> {
    const account = this.#mustFind(toolUserId);
    await this.before('endKeys', account.email);
    if (!this.capabilities.endKeys) throw new ToolUnable('endKeys', 'no key can be ended', REMEDY);
    if (account.privileged) throw new ToolRefused(`${account.email} administers the tool`, 'Leave it.');
    account.keys.clear();
    this.changes.push(`endKeys ${account.email}`);
    await this.after('endKeys', account.email);
    return { openForSeconds: 0 };
  }

  async listJoined(since: Date): Promise<JoinedAccount[]> {
    return [...this.accounts.values()]
      .filter(({ joinedAt }) => joinedAt >= since)
      .map((account) => ({ ...this.#seen(account), joinedAt: account.joinedAt }));
  }

  async renewInvite(): Promise<void> {
    this.inviteRenewals += 1;
  }

  #mustFind(toolUserId: string): ModelAccount {
    const account = this.accounts.get(toolUserId);
    if (!account) throw new ToolRefused(`there is no account ${toolUserId}`, 'Look again.');
    return account;
  }

  async listProjects(): Promise<Project[]> {
    await this.before('listProjects', '');
    const ids = new Set(this.annotations.map(({ projectId }) => projectId));
    return [...ids].map((id) => ({ id, title: `Project ${id}` }));
  }
  async findProject(projectId: string): Promise<Project | null> {
    return this.deletedProjects.has(projectId) ? null : { id: projectId, title: `Project ${projectId}` };
  }
  /** What its database is recognised by. */
  signs: DatabaseSign[] | null = null;

  async readSigns(): Promise<DatabaseSign[] | null> {
    if (this.isDown) throw new ToolUnavailable('the tool is down');
    return this.signs;
  }
  async tally(query: TallyQuery): Promise<TallyRow[]> {
    if (this.isDown) throw new ToolUnavailable('the tool is down');
    this.tallies.push(query);
    return tallyOf(this.annotations, query, this.capabilities).map((row) => this.amend(row));
  }
  async setNotice(projectId: string, notice: string | null): Promise<void> {
    this.noticesSet += 1;
    if (notice === null) this.notices.delete(projectId);
    else this.notices.set(projectId, notice);
  }
  async explainDay(query: DayQuery): Promise<ExplainedDay> {
    return explained(this.annotations, query, this.capabilities);
  }
  signInUrl(): string {
    return 'https://tool.example.com/sign-in';
  }
  projectUrl(projectId: string): string {
    return `https://tool.example.com/projects/${projectId}`;
  }
  async check(): Promise<Check[]> {
    return [];
  }
  async close(): Promise<void> {}
}
