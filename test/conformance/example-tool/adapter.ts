/**
 * The worked example of docs/adapters.md: an adapter for Sorter, a small tool; `work.ts` beside it counts. It is used by its path,
 * `TOOL_ADAPTER=./test/conformance/example-tool/adapter.ts`, and passes the conformance suite.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { AccountExists, PasswordRefused, ToolRefused, ToolUnable, ToolUnavailable } from '../../../adapters/errors.ts';
import type {
  AdapterModule,
  AdapterOptions,
  Check,
  DatabaseSign,
  DayQuery,
  ExplainedDay,
  JoinedAccount,
  NewMember,
  Reach,
  Removal,
  TallyQuery,
  TallyRow,
  ToolAccount,
  ToolAdapter,
} from '../../../adapters/tool.ts';
import { sorterPeople } from './local-people.ts';
import { startLocalSorter } from './local-tool.ts';
import { readDay, readSigns, readTally } from './work.ts';

const timeoutMilliseconds = 3_000;
const accountSchema = z
  .object({
    ...{ id: z.number(), email: z.string(), is_admin: z.number(), is_closed: z.number(), projects: z.string() },
    joined_at: z.coerce.date(),
  })
  .transform(
    ({ id, email, is_admin, is_closed, projects, joined_at }): JoinedAccount => ({
      toolUserId: String(id),
      email,
      places: projects === '' ? [] : projects.split(','),
      closed: is_closed === 1,
      hasPassword: true,
      privileged: is_admin === 1,
      joinedAt: joined_at,
    }),
  );
const projectSchema = z.object({ id: z.number(), title: z.string(), instructions: z.string() });

class SorterAdapter implements ToolAdapter {
  readonly #options: AdapterOptions;

  constructor(options: AdapterOptions) {
    this.#options = options;
  }

  async describe() {
    const { version } = await this.#read('/api/version', z.object({ version: z.string() }));
    // The version is told to anybody: this is where a wrong token shows.
    await this.#accounts();
    const tally = this.#options.databaseUrl !== undefined;
    return {
      product: 'Sorter',
      version,
      capabilities: {
        ...{ accessLevel: 'project' as const, restore: true, closeAccount: true, setPassword: true, endKeys: true },
        ...{ tally, seconds: true, regions: false, notices: true },
      },
      remedies: tally ? {} : { tally: 'Set TOOL_DATABASE_URL to Sorter’s file, sqlite:/path.' },
    };
  }

  async listProjects() {
    const projects = await this.#read('/api/projects', z.array(projectSchema));
    return projects.map(({ id, title }) => ({ id: String(id), title }));
  }

  async findProject(projectId: string) {
    return (await this.listProjects()).find(({ id }) => id === projectId) ?? null;
  }

  async findAccounts(people: readonly { toolUserId: string | null; email: string }[]): Promise<ToolAccount[]> {
    const accounts = await this.#accounts();
    return accounts.filter(({ toolUserId, email }) =>
      people.some((person) =>
        person.toolUserId === null ? person.email.toLowerCase() === email : person.toolUserId === toolUserId,
      ),
    );
  }

  async createMember(member: NewMember): Promise<ToolAccount> {
    const { email } = member;
    const answer = await this.#join(member);
    if (answer.status === 409) throw new AccountExists(`${email} has an account in Sorter already.`);
    if (answer.status === 400) {
      throw new PasswordRefused('The password is too short.');
    }
    const toolUserId = String(z.object({ id: z.number() }).parse(answer.body).id);
    await this.renewInvite();
    await this.grant({ toolUserId, email, places: member.places });
    return this.#account(toolUserId, email);
  }

  /** Everybody who joins renews the link, so of two at once one has to take the new one. */
  async #join(
    { email, password, displayName: name }: NewMember,
    tries = 20,
  ): Promise<{ status: number; body: unknown }> {
    const { token } = await this.#read('/api/invite', z.object({ token: z.string() }));
    const answer = await this.#call('POST', `/join/${token}`, { email, password, name }, 'joining');
    return answer.status === 404 && tries > 1
      ? this.#join({ email, password, displayName: name, places: [] }, tries - 1)
      : answer;
  }

  async grant({ toolUserId, email, places }: { toolUserId: string; email: string; places: readonly string[] }) {
    const account = await this.#account(toolUserId, email);
    if (account.privileged) throw privilegedRefusal(email);
    for (const place of places) {
      if (!(await this.findProject(place))) throw new ToolRefused(`Sorter has no project ${place}.`, 'Unlink it.');
      await this.#call('PUT', `/api/projects/${place}/members/${toolUserId}`);
    }
    if (account.closed) await this.#call('PUT', `/api/accounts/${toolUserId}/closed`, { closed: false });
  }

  async revoke({ toolUserId, email, places, closeAccount }: Removal): Promise<Reach[]> {
    const [before] = await this.findAccounts([{ toolUserId, email }]);
    if (!before) return [];
    if (before.privileged) throw privilegedRefusal(email);
    if (closeAccount) await this.#call('PUT', `/api/accounts/${toolUserId}/closed`, { closed: true });
    for (const place of places.filter((each) => before.places.includes(each))) {
      await this.#call('DELETE', `/api/projects/${place}/members/${toolUserId}`);
    }
    // Looking again is what makes this a removal: the answers above are only words.
    const after = await this.#account(toolUserId, email);
    const remaining = places
      .filter((place) => after.places.includes(place))
      .map((place) => ({ what: `work in project ${place}`, remedy: `Remove ${email} from project ${place} by hand.` }));
    if (!closeAccount || after.closed) return remaining;
    return [...remaining, { what: 'sign in', remedy: `Close the account of ${email} by hand.` }];
  }

  async setPassword({ toolUserId, password }: { toolUserId: string; password: string }) {
    if ((await this.#account(toolUserId, toolUserId)).privileged) throw privilegedRefusal(toolUserId);
    await this.#call('PUT', `/api/accounts/${toolUserId}/password`, { password });
  }

  /** Sorter's only keys are sessions, which are gone at once. */
  async endKeys({ toolUserId }: { toolUserId: string }) {
    const [account] = await this.findAccounts([{ toolUserId, email: '' }]);
    if (account?.privileged) throw privilegedRefusal(toolUserId);
    if (account) await this.#call('DELETE', `/api/accounts/${toolUserId}/sessions`);
    return { openForSeconds: 0 };
  }

  async listJoined(since: Date) {
    return (await this.#accounts()).filter(({ joinedAt }) => joinedAt >= since);
  }

  async renewInvite() {
    await this.#call('POST', '/api/invite');
  }

  async readSigns(): Promise<DatabaseSign[] | null> {
    return this.#options.databaseUrl === undefined ? null : readSigns(this.#file());
  }

  async tally(query: TallyQuery): Promise<TallyRow[]> {
    return readTally(this.#file(), query);
  }

  async explainDay(query: DayQuery): Promise<ExplainedDay> {
    return readDay(this.#file(), query);
  }

  async setNotice(projectId: string, notice: string | null) {
    const projects = await this.#read('/api/projects', z.array(projectSchema));
    const project = projects.find(({ id }) => String(id) === projectId);
    if (project) {
      const instructions = withNotice(project.instructions, notice);
      await this.#call('PATCH', `/api/projects/${projectId}`, { instructions });
    } else if (notice !== null) throw new ToolRefused(`Sorter has no project ${projectId}.`, 'Unlink it.');
  }

  signInUrl() {
    return `${this.#options.publicUrl}/sign-in`;
  }

  projectUrl(projectId: string) {
    return `${this.#options.publicUrl}/projects/${encodeURIComponent(projectId)}`;
  }

  async check({ testRemoval }: { testRemoval: boolean }): Promise<Check[]> {
    const checks = [await checked('tool-token', 'Sorter accepts the token', () => this.#accounts())];
    const remedy = 'Set TOOL_DATABASE_URL to Sorter’s file.';
    const database = { id: 'tool-database', title: 'Work can be counted' };
    if (this.#options.databaseUrl) checks.push({ ...database, result: 'ok', why: 'The file is given.', remedy: '' });
    else checks.push({ ...database, result: 'warning', why: 'The file is not given.', remedy });
    if (testRemoval) checks.push(await checked('tool-removal', 'A removed member is out', () => this.#tryRemoval()));
    return checks;
  }

  async close() {}

  /** Sorter cannot erase accounts: the throw-away one stays closed. */
  async #tryRemoval() {
    const email = `removal-test-${randomBytes(4).toString('hex')}@opentrain.invalid`;
    const password = randomBytes(12).toString('hex');
    const { toolUserId } = await this.createMember({ email, password, displayName: 'Test', places: [] });
    const told = await this.revoke({ toolUserId, email, places: [], closeAccount: true });
    const { status } = await this.#call('POST', '/api/sign-in', { email, password });
    if (told.length > 0 || status !== 401) throw new ToolRefused('It still signs in.', 'Close accounts by hand.');
  }

  #file(): string {
    const { databaseUrl } = this.#options;
    if (databaseUrl !== undefined) return databaseUrl;
    throw new ToolUnable('tally', 'Sorter’s file is not given.', 'Set TOOL_DATABASE_URL.');
  }

  #accounts() {
    return this.#read('/api/accounts', z.array(accountSchema));
  }

  async #account(toolUserId: string, email: string): Promise<ToolAccount> {
    const [account] = await this.findAccounts([{ toolUserId, email }]);
    if (account) return account;
    throw new ToolRefused(`Sorter has no account for ${email}.`, 'Invite them again.');
  }

  async #read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const parsed = schema.safeParse((await this.#call('GET', path)).body);
    if (parsed.success) return parsed.data;
    throw new ToolRefused('This is not Sorter that answers.', 'Check TOOL_BASE_URL.');
  }

  /** One call. `doing` stands for the address in errors where that holds a secret. */
  async #call(method: string, path: string, body?: unknown, doing = path): Promise<{ status: number; body: unknown }> {
    const { baseUrl, apiToken } = this.#options;
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMilliseconds),
      headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch(() => {
        throw new ToolUnavailable(`Sorter does not answer (${method} ${doing}).`);
      });
    const { status, text } = answer;
    if (status >= 500) throw new ToolUnavailable(`Sorter answered ${status} (${method} ${doing}).`);
    if ((status === 401 || status === 403) && path !== '/api/sign-in') {
      throw new ToolRefused('Sorter does not accept the token.', 'Set TOOL_API_TOKEN to the admin’s.');
    }
    return { status, body: status === 204 ? undefined : jsonOf(text) };
  }
}

/** What is no JSON is no answer of Sorter's: no schema takes `undefined`. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const [noticeStart, noticeEnd] = ['=== Notice ===\n', '\n=== end of notice ===\n'];

/** Sorter's instructions are plain text; the lines around the notice say which part of it is not the admin's. */
function withNotice(instructions: string, notice: string | null): string {
  const start = instructions.indexOf(noticeStart);
  const end = instructions.indexOf(noticeEnd, start);
  const found = start !== -1 && end !== -1;
  const own = found ? instructions.slice(0, start) + instructions.slice(end + noticeEnd.length) : instructions;
  return notice === null ? own : `${noticeStart}${notice.replaceAll('===', '=')}${noticeEnd}${own}`;
}

function privilegedRefusal(who: string): ToolRefused {
  return new ToolRefused(`${who} is Sorter’s admin and is left as it is.`, 'Change this account by hand.');
}

async function checked(id: string, title: string, look: () => Promise<unknown>): Promise<Check> {
  try {
    await look();
    return { id, title, result: 'ok', why: 'Tried just now.', remedy: '' };
  } catch (error) {
    const remedy = error instanceof ToolRefused ? error.remedy : 'Is Sorter running? Try again.';
    return { id, title, result: 'failure', why: error instanceof Error ? error.message : String(error), remedy };
  }
}

const sorter: AdapterModule = {
  name: 'sorter',
  createAdapter: async (options) => new SorterAdapter(options),
  startLocalTool: startLocalSorter,
  localPeople: sorterPeople,
};
export default sorter;
