/**
 * The projects that an account may reach at this moment, read from our store with every request: what is stored as ended is shut at
 * once, before the tool was told.
 *
 * | account                                       | reaches                                                               |
 * |-----------------------------------------------|-----------------------------------------------------------------------|
 * | no trainer's, and with no trainer's address    | everything that the tool gives it: it is no trainer                   |
 * | with a trainer's address, not known as theirs  | nothing                                                               |
 * | a trainer's                                   | projects where our record says active and that should be theirs now   |
 * | the same; ACCESS_POLICY removes nobody, or OpenTrain is disconnected | projects where our record says active          |
 *
 * Where the record speaks of the whole tool, it stands for every project of the trainer's contracts.
 */
import type { Knex } from 'knex';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { AccessState } from '../access/access-rows.ts';
import { desiredAccess } from '../access/desired.ts';
import type { PluginContext } from '../context.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import { currentInstall } from '../mirror/installs.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import type { TrainerRow } from '../mirror/trainers.ts';
import { isOurs } from '../mirror/whose-link.ts';
import type { Database } from '../store/database.ts';
import type { Account } from './identities.ts';

export interface TrainerPlaces {
  trainerId: string;
  workEmail: string | null;
  projects: ReadonlySet<string>;
}

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock'>;

/** null when the account is no trainer's. Every request asks: what the answer may need is read at the same time. */
export async function placesOf(parts: Parts, account: Account): Promise<TrainerPlaces | null> {
  const { database } = parts;
  const [rows, given, install] = await Promise.all([
    trainersWithPlaces(database, account),
    contractsAndLinks(database, account),
    currentInstall(database),
  ]);
  const own = rows.filter(({ tool_user_id }) => tool_user_id === account.toolUserId);
  const [first] = own.length > 0 ? own : rows;
  if (!first) return null;
  const { id: trainerId, work_email: workEmail } = first;
  const active = own.map(({ place }) => place).filter((place) => place !== null);
  const keeps = parts.settings.accessPolicy !== 'sync' || install?.status === 'disconnected';
  const projects = projectsOf(parts, { trainerId, active, keeps }, given);
  return { trainerId, workEmail, projects };
}

type TrainerWithPlace = Pick<TrainerRow, 'id' | 'tool_user_id' | 'work_email'> & { place: string | null };

/** Whoever has this account or its address. */
const whoHas =
  ({ toolUserId, email }: Account) =>
  (query: Knex.QueryBuilder): void => {
    query.where('trainers.tool_user_id', toolUserId);
    if (email !== null) query.orWhere('trainers.work_email', email);
  };

/** Each of them once for each place where they are active. */
async function trainersWithPlaces(database: Database, account: Account): Promise<TrainerWithPlace[]> {
  return database('trainers')
    .leftJoin('access', (join) =>
      join.on('access.trainer_id', 'trainers.id').andOnVal('access.state', 'active' satisfies AccessState),
    )
    .where(whoHas(account))
    .select('trainers.id', 'trainers.tool_user_id', 'trainers.work_email', 'access.place');
}

function projectsOf(
  { settings, clock }: Parts,
  { trainerId, active, keeps }: { trainerId: string; active: readonly string[]; keeps: boolean },
  given: readonly ContractLinkRow[],
): Set<string> {
  const openTrain = ofTrainer(trainerId, given);
  if (keeps) return reachable(active, new Set(openTrain.links.map(({ project_id }) => project_id)), 'all');
  const desired = desiredAccess({
    ...openTrain,
    accessLevel: 'project',
    graceMs: settings.linkRemovalGraceSeconds * 1000,
    now: clock.now().getTime(),
  });
  return reachable(active, new Set(desired.get(trainerId)?.keys()), 'wanted');
}

function reachable(active: readonly string[], wanted: ReadonlySet<string>, which: 'all' | 'wanted'): Set<string> {
  const projects = new Set<string>();
  for (const place of active) {
    if (place === WHOLE_TOOL) for (const project of wanted) projects.add(project);
    else if (which === 'all' || wanted.has(place)) projects.add(place);
  }
  return projects;
}

type ContractLinkRow = Omit<ProjectLinkRow, 'id'> & {
  trainer_id: string;
  contract_id: string;
  contract_job_id: string;
  status: ContractRow['status'];
  held_at: number | null;
};

/** The contracts of whoever has this account or its address, each with every link of its job. */
async function contractsAndLinks(database: Database, account: Account): Promise<ContractLinkRow[]> {
  return database('trainers')
    .join('contract_trainers', 'contract_trainers.trainer_id', 'trainers.id')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .join('project_links', 'project_links.job_id', 'contracts.job_id')
    .leftJoin('access_holds', (join) =>
      join
        .on('access_holds.trainer_id', 'contract_trainers.trainer_id')
        .andOn('access_holds.contract_id', 'contract_trainers.contract_id'),
    )
    .where(whoHas(account))
    .select('project_links.*', 'contract_trainers.trainer_id', 'contract_trainers.contract_id', 'contracts.status')
    .select({ contract_job_id: 'contracts.job_id', held_at: 'access_holds.at' });
}

function ofTrainer(trainerId: string, given: readonly ContractLinkRow[]) {
  const rows = given.filter(({ trainer_id }) => trainer_id === trainerId);
  const contracts = new Map(
    rows.map(({ contract_id: id, contract_job_id: job_id, status }) => [id, { id, job_id, status }]),
  );
  const assignments = [...contracts.keys()].map((contract_id) => ({ trainer_id: trainerId, contract_id }));
  const held = new Set(rows.filter(({ held_at }) => held_at !== null).map(({ contract_id }) => contract_id));
  const holds = assignments.filter(({ contract_id }) => held.has(contract_id));
  return { assignments, holds, contracts: [...contracts.values()], links: rows.filter(isOurs) };
}
