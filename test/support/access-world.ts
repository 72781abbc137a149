/** A plugin without servers: a real store, a model tool, a clock to turn, and a mailbox. OpenTrain's state is set directly. */
import { pino } from 'pino';
import type { Capabilities, ToolAdapter } from '../../adapters/tool.ts';
import { type AccessRow, accessRows } from '../../plugin/access/access-rows.ts';
import { convergeTrainers } from '../../plugin/access/converge.ts';
import { lookForNewAccounts } from '../../plugin/access/new-accounts.ts';
import type { PluginContext } from '../../plugin/context.ts';
import { markReminders, sendInvitationMail, sendReminder } from '../../plugin/invitations/invitation-mail.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { sendPasswordMail } from '../../plugin/invitations/password-mail.ts';
import { endKeysAgain } from '../../plugin/invitations/take-over.ts';
import { createKeys } from '../../plugin/keys.ts';
import type { Mail } from '../../plugin/mail/mailer.ts';
import { saveContract } from '../../plugin/mirror/contracts.ts';
import { saveInstall } from '../../plugin/mirror/installs.ts';
import type { Evidence } from '../../plugin/mirror/newer.ts';
import { markLinkRemoved, recordLook, saveProjectLink } from '../../plugin/mirror/project-links.ts';
import { addContractTrainer, saveTrainer, setToolUserId } from '../../plugin/mirror/trainers.ts';
import { OpenTrainClient } from '../../plugin/platform/client.ts';
import { beat } from '../../plugin/queue/heartbeats.ts';
import { claimItems, finishItems } from '../../plugin/queue/items.ts';
import { loadSettings, type Settings } from '../../plugin/settings/settings.ts';
import { ModelTool } from './model-tool.ts';
import { recordingMailer } from './recording-mailer.ts';
import { type FreshStore, freshStore, type StoreKind } from './store.ts';

export const GOOD_PASSWORD = 'seven purple lanterns';
const TABLES = [
  'access',
  'access_holds',
  'colleagues',
  'tool_database_signs',
  'other_tool_database',
  'first_start',
  'new_accounts',
  'invitations',
  'password_resets',
  'access_journal',
  'audit_log',
  'queue_items',
  'schedule_slots',
  'contract_trainers',
  'contracts',
  'trainers',
  'project_links',
  'installs',
];
const START = Date.parse('2031-05-01T09:00:00Z');

/** What an interrupted run of the plugin throws: nobody catches a SIGKILL. */
export class PluginDied extends Error {
  override name = 'PluginDied';
}

const FAR_FUTURE = Date.UTC(2100, 0);

export class AccessWorld {
  isDead = false;
  /** What was told of a contract asks for a read of OpenTrain. */
  mustRead = false;
  readonly store: FreshStore;
  readonly tool: ModelTool;
  readonly mails: Mail[] = [];
  context: PluginContext;
  now = START;
  #event = 1000;

  private constructor(store: FreshStore, capabilities: Partial<Capabilities>) {
    this.store = store;
    this.tool = new ModelTool(capabilities);
    this.tool.now = () => this.date;
    const log = pino({ level: 'silent' });
    this.context = {
      settings: settings({}),
      database: store.database,
      clock: { now: () => new Date(this.now) },
      log,
      keys: createKeys('a secret for tests only, and nothing else'),
      openTrain: new OpenTrainClient({ baseUrl: 'http://127.0.0.1:1', token: async () => 'none', log }),
      tool: this.tool,
      describeTool: () => this.tool.describe(),
      gatewayRules: null,
      mailer: recordingMailer(this.mails),
    };
  }

  /** A new world in this store, which is emptied: making a store costs more than a test. */
  static async open(store: FreshStore, capabilities: Partial<Capabilities> = {}): Promise<AccessWorld> {
    await store.database.transaction(async (transaction) => {
      for (const table of TABLES) await transaction(table).delete();
    });
    // Whatever the world's clock says, a `start` runs.
    const started = { owner: 'start:of the world', version: '0', startedAt: new Date(0) };
    await beat(store.database, started, new Date(FAR_FUTURE));
    return new AccessWorld(store, capabilities);
  }

  /**
   * The plugin dies at the next such call to the tool, before, half-way through or after its effect: nothing more is recorded,
   * whatever it was about to do, until {@link revive}.
   */
  dieAt(toolCall: string, when: 'before' | 'midway' | 'after'): void {
    this.tool[when] = (call) => {
      if (call !== toolCall) return;
      this.tool[when] = () => undefined;
      this.isDead = true;
      throw new PluginDied();
    };
    this.use({ database: this.#databaseOfTheLiving() });
  }

  /** A new process on the same store. */
  revive(): void {
    this.isDead = false;
    this.use({ database: this.store.database });
  }

  #databaseOfTheLiving(): PluginContext['database'] {
    const dieIfDead = (): void => {
      if (this.isDead) throw new PluginDied();
    };
    return new Proxy(this.store.database, {
      get(target, name, receiver) {
        dieIfDead();
        return Reflect.get(target, name, receiver);
      },
      apply(target, self, given) {
        dieIfDead();
        return Reflect.apply(target, self, given);
      },
    });
  }

  use(change: Partial<PluginContext>): void {
    this.context = { ...this.context, ...change };
  }

  /** A real tool instead of the model. */
  useTool(tool: ToolAdapter): void {
    this.use({ tool, describeTool: () => tool.describe() });
  }

  useSettings(environment: Record<string, string>): void {
    this.use({ settings: settings(environment) });
  }

  later(milliseconds: number): void {
    this.now += milliseconds;
  }

  get date(): Date {
    return new Date(this.now);
  }

  async connect(change: { scopes?: string[]; piiConsent?: boolean; id?: string } = {}): Promise<void> {
    const install = { id: 'install', status: 'ACTIVE', organizationId: null, createdAt: null, ...change };
    const scopes = change.scopes ?? ['contracts:read', 'participants:read', 'participants:email'];
    await saveInstall(
      this.store.database,
      { ...install, scopes, piiConsent: change.piiConsent ?? true },
      `token of ${install.id}`,
      this.date,
    );
  }

  async link(id: string, job: string, project: string, mode = 'PARTNER_WEBHOOK'): Promise<void> {
    const link = { id, jobId: job, externalProjectId: project, externalProjectName: `Project ${project}` };
    const rest = { externalProjectUrl: null, provisioningMode: mode, createdAt: this.date.toISOString() };
    await saveProjectLink(this.store.database, { ...link, ...rest }, this.date);
    const look = { owner: 'this tool', project_id: project, project_state: 'exists' } as const;
    await recordLook(this.store.database, { id, ...look, project_asked_at: this.now });
  }

  /** ann is hired on a linked job and has accepted her invitation. */
  async annIsActive(): Promise<void> {
    await this.link('link', 'job', '1');
    await this.hire('contract', 'job', 'ann');
    await this.converge();
    await this.work();
    const { result } = await acceptInvitation(this.context, this.token('ann'), GOOD_PASSWORD);
    if (result !== 'done') throw new Error(`ann could not accept: ${result}`);
  }

  /** The record says that this account is the trainer's, as after an admin's confirmation. */
  async tie(trainer: string, account: { id: string }): Promise<void> {
    await setToolUserId(this.store.database, trainer, account.id);
  }

  async unlink(id: string): Promise<void> {
    await markLinkRemoved(this.store.database, id, this.date);
  }

  /** Who works under which active contract, as we know it: "contract trainer". */
  async activeAssignments(): Promise<string[]> {
    const rows: { contract_id: string; trainer_id: string }[] = await this.store
      .database('contract_trainers')
      .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
      .where({ status: 'active' })
      .select('contract_id', 'trainer_id');
    return rows.map(({ contract_id, trainer_id }) => `${contract_id} ${trainer_id}`);
  }

  /** Something happens at OpenTrain now; it may be told later, twice, or in another order. */
  event(): Evidence {
    return { at: this.date, eventId: String(this.#event++) };
  }

  /** A trainer is hired; without a Work Email when `workEmail` is null. */
  async hire(
    contract: string,
    job: string,
    trainer: string,
    workEmail: string | null = mailOf(trainer),
    event = this.event(),
  ): Promise<void> {
    await this.#saveContract(contract, job, 'active', event);
    const facts = { country: null, profileUrl: null, workEmail };
    const participant = { opentrainUserId: trainer, displayName: `Name of ${trainer}`, ...facts };
    await saveTrainer(this.store.database, participant, this.date);
    await addContractTrainer(this.store.database, contract, trainer);
  }

  async end(contract: string, job: string, event = this.event()): Promise<void> {
    await this.#saveContract(contract, job, 'ended', event);
  }

  async #saveContract(id: string, jobId: string, status: 'active' | 'ended', evidence: Evidence): Promise<void> {
    const endDate = status === 'ended' ? this.date.toISOString().slice(0, 10) : null;
    const facts = { title: `Title of ${id}`, startDate: null, endDate, createdAt: null, projectLinkIds: [] };
    const contract = { id, jobId, status, ...facts };
    const { readAgain } = await saveContract(this.store.database, contract, evidence, this.date);
    this.mustRead ||= readAgain;
  }

  converge(trainers: string[] | 'all' = 'all', options: Parameters<typeof convergeTrainers>[3] = {}) {
    return convergeTrainers(this.context, trainers, 'test', options);
  }

  /** Everybody's access is made as it should be, and the work that comes of it is done. */
  async settle(): Promise<void> {
    await this.converge();
    await this.work();
  }

  /** Does the work that is due now, as `start` would; returns what was done as "kind key". */
  async work(): Promise<string[]> {
    const done: string[] = [];
    for (;;) {
      const claim = { owner: 'test', now: this.date, leaseMs: 60_000, limit: 10 };
      const rows = await claimItems(this.store.database, claim);
      if (rows.length === 0) return done;
      for (const row of rows) {
        if (row.kind === 'access') await this.converge([row.key]);
        if (row.kind === 'new-accounts') await lookForNewAccounts(this.context);
        if (row.kind === 'end-keys') await endKeysAgain(this.context, row.key);
        if (row.kind === 'invitation-mail') await sendInvitationMail(this.context, row.key);
        if (row.kind === 'reminders') await markReminders(this.context);
        if (row.kind === 'reminder') await sendReminder(this.context, row.key);
        if (row.kind === 'password-mail') await sendPasswordMail(this.context, row.key);
        await finishItems(this.store.database, [row]);
        done.push(`${row.kind} ${row.key}`);
      }
    }
  }

  async rows(trainer?: string): Promise<AccessRow[]> {
    return accessRows(this.store.database, trainer ? [trainer] : undefined);
  }

  /** "* active", "1 blocked no-work-email": the records of a trainer. */
  async state(trainer: string): Promise<string> {
    const rows = await this.rows(trainer);
    return rows
      .map(({ place, state, reason }) => `${place} ${state}${state === 'blocked' ? ` ${reason}` : ''}`)
      .join(', ');
  }

  async audit(): Promise<string[]> {
    const rows: { action: string; trainer_id: string | null; before: string | null; after: string | null }[] =
      await this.store.database('audit_log').orderBy('id').select('*');
    return rows.map((row) => `${row.action} ${row.trainer_id ?? ''} ${row.before ?? '–'} → ${row.after ?? '–'}`);
  }

  /** The token in the latest mail to this trainer. */
  token(trainer: string, page = 'invitations'): string {
    const mail = this.mails.findLast(({ to, text }) => to === mailOf(trainer) && text.includes(`/${page}/`));
    const token = mail && new RegExp(`/${page}/(\\S+)`).exec(mail.text)?.[1];
    if (!token) throw new Error(`${trainer} has no mail with a link to /${page}/`);
    return token;
  }
}

export function mailOf(trainer: string): string {
  return `${trainer}@opentrain.work`;
}

function settings(environment: Record<string, string>): Settings {
  return loadSettings({
    environment: {
      TOOL_BASE_URL: 'http://127.0.0.1:1',
      TOOL_PUBLIC_URL: 'https://tool.example.com',
      TOOL_API_TOKEN: 'none',
      PLUGIN_PUBLIC_URL: 'https://plugin.example.com',
      ...environment,
    },
  });
}

/** To be called within a `describe`: one store for all of its tests, and a new world in it, told to `open`, before each. */
export function useAccessWorld(
  kind: StoreKind,
  open: (world: AccessWorld) => unknown,
  capabilities: Partial<Capabilities> = {},
): void {
  let store: FreshStore;
  before(async () => {
    store = await freshStore(kind);
  });
  beforeEach(async () => {
    await open(await AccessWorld.open(store, capabilities));
  });
  after(() => store.drop());
}
