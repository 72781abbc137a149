/** A plugin around a store, with a tool and an OpenTrain in memory and a clock that stands still. */
import { pino } from 'pino';
import type { PluginContext } from '../../plugin/context.ts';
import { createKeys } from '../../plugin/keys.ts';
import type { ContractRow } from '../../plugin/mirror/contracts.ts';
import type { ProjectLinkRow } from '../../plugin/mirror/project-links.ts';
import type { TrainerRow } from '../../plugin/mirror/trainers.ts';
import type { OpenTrainClient } from '../../plugin/platform/client.ts';
import { loadSettings } from '../../plugin/settings/settings.ts';
import type { Database } from '../../plugin/store/database.ts';
import { FakeOpenTrain } from './fake-open-train.ts';
import { allCapabilities, ModelTool } from './model-tool.ts';
import { type FreshStore, freshStore, type StoreKind } from './store.ts';

export interface UsageWorld {
  context: PluginContext;
  database: Database;
  clock: { time: Date; now(): Date };
  tool: ModelTool;
  openTrain: FakeOpenTrain;
  close(): Promise<void>;
}

export interface WorldOptions {
  environment?: Record<string, string>;
  openTrain?: OpenTrainClient;
  mailer?: PluginContext['mailer'];
}

/** The clock stands at noon (UTC) of 2031-05-20. `store`: one that is there already, or the kind of a new one. */
export async function usageWorld(given: StoreKind | FreshStore, options: WorldOptions = {}): Promise<UsageWorld> {
  const store = typeof given === 'string' ? await freshStore(given) : given;
  const clock = { time: new Date('2031-05-20T12:00:00Z'), now: () => clock.time };
  const tool = new ModelTool();
  const openTrain = new FakeOpenTrain();
  const environment = { TOOL_BASE_URL: 'http://tool.test', TOOL_API_TOKEN: 'none', ...options.environment };
  const context: PluginContext = {
    settings: loadSettings({ environment }),
    database: store.database,
    clock,
    log: pino({ level: 'silent' }),
    keys: createKeys('x'.repeat(32)),
    openTrain: options.openTrain ?? openTrain,
    tool,
    describeTool: () => tool.describe(),
    gatewayRules: null,
    mailer: options.mailer ?? null,
  };
  return { context, database: store.database, clock, tool, openTrain, close: () => store.drop() };
}

/** Everything as at the beginning, so that one store serves many cases: nothing stored, nothing in the tool or at OpenTrain. */
export async function resetUsageWorld({ database, tool, openTrain, clock }: UsageWorld): Promise<void> {
  await emptyStore(database);
  clock.time = new Date('2031-05-20T12:00:00Z');
  Object.assign(tool, { annotations: [], tallies: [], isDown: false, noticesSet: 0, capabilities: allCapabilities });
  tool.amend = (row) => row;
  tool.deletedProjects.clear();
  tool.notices.clear();
  openTrain.held.clear();
  Object.assign(openTrain, {
    calls: [],
    today: '2031-05-20',
    fate: () => 'ok',
    refuses: () => false,
    isLinked: () => true,
    budgetOf: () => null,
  });
}

async function emptyStore(database: Database): Promise<void> {
  const tables = [
    'contracts',
    'trainers',
    'contract_trainers',
    'project_links',
    'usage_days',
    'usage_day_totals',
    'usage_job_days',
    'usage_sending',
    'usage_refusals',
    'usage_held',
    'usage_corrections',
    'usage_cuts',
    'uncovered_work',
    'counted_days',
    'usage_flags',
    'budgets',
    'budget_history',
    'notices',
    'queue_items',
    'counters',
    'tool_database_signs',
    'other_tool_database',
  ];
  for (const table of tables) await database(table).delete();
}

export async function addTrainer(database: Database, trainer: Partial<TrainerRow> & { id: string }): Promise<void> {
  await database('trainers').insert({
    work_email: `${trainer.id}@opentrain.work`,
    display_name: `Trainer ${trainer.id}`,
    updated_at: 0,
    ...trainer,
  });
}

export async function addContract(
  database: Database,
  contract: Partial<ContractRow> & { id: string; job_id: string; trainerIds: readonly string[] },
): Promise<void> {
  const { trainerIds, ...row } = contract;
  await database('contracts').insert({ status: 'active', created_at: 0, state_at: 0, participants_read_at: 0, ...row });
  for (const trainerId of trainerIds) {
    await database('contract_trainers').insert({ contract_id: contract.id, trainer_id: trainerId });
  }
}

export async function addLink(
  database: Database,
  link: Partial<ProjectLinkRow> & { id: string; job_id: string | null; external_project_id: string },
): Promise<void> {
  await database('project_links').insert({
    provisioning_mode: 'PARTNER_WEBHOOK',
    created_at: 0,
    owner: 'this tool',
    project_id: link.external_project_id,
    project_state: 'exists',
    ...link,
  });
}
