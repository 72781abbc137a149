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
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import { type AccessRow, accessHolds, accessRows } from '../access/access-rows.ts';
import { desiredAccess } from '../access/desired.ts';
import type { PluginContext } from '../context.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import { currentInstall } from '../mirror/installs.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import type { ContractTrainerRow, TrainerRow } from '../mirror/trainers.ts';
import { isOurs } from '../mirror/whose-link.ts';
import type { Account } from './identities.ts';

export interface TrainerPlaces {
  trainerId: string;
  workEmail: string | null;
  projects: ReadonlySet<string>;
}

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock'>;

/** null when the account is no trainer's. */
export async function placesOf(parts: Parts, account: Account): Promise<TrainerPlaces | null> {
  const { database } = parts;
  const found = database<TrainerRow>('trainers').where({ tool_user_id: account.toolUserId });
  if (account.email !== null) found.orWhere({ work_email: account.email });
  const trainers = await found.select('*');
  const trainer = trainers.find(({ tool_user_id }) => tool_user_id === account.toolUserId);
  const [first] = trainers;
  if (!trainer) return first ? { trainerId: first.id, workEmail: first.work_email, projects: new Set() } : null;
  const projects = await projectsOf(parts, trainer.id);
  return { trainerId: trainer.id, workEmail: trainer.work_email, projects };
}

async function projectsOf({ database, settings, clock }: Parts, trainerId: string): Promise<Set<string>> {
  const active = (await accessRows(database, [trainerId])).filter(({ state }) => state === 'active');
  if (active.length === 0) return new Set();
  const openTrain = await contractsAndLinks({ database }, trainerId);
  const install = await currentInstall(database);
  const keeps = settings.accessPolicy !== 'sync' || install?.status === 'disconnected';
  if (keeps) return reachable(active, new Set(openTrain.links.map(({ project_id }) => project_id)), 'all');
  const desired = desiredAccess({
    ...openTrain,
    holds: await accessHolds(database, [trainerId]),
    accessLevel: 'project',
    graceMs: settings.linkRemovalGraceSeconds * 1000,
    now: clock.now().getTime(),
  });
  return reachable(active, new Set(desired.get(trainerId)?.keys()), 'wanted');
}

function reachable(active: readonly AccessRow[], wanted: ReadonlySet<string>, which: 'all' | 'wanted'): Set<string> {
  const projects = new Set<string>();
  for (const { place } of active) {
    if (place === WHOLE_TOOL) for (const project of wanted) projects.add(project);
    else if (which === 'all' || wanted.has(place)) projects.add(place);
  }
  return projects;
}

async function contractsAndLinks({ database }: Pick<Parts, 'database'>, trainerId: string) {
  const assignments = await database<ContractTrainerRow>('contract_trainers')
    .where({ trainer_id: trainerId })
    .select('*');
  const ids = assignments.map(({ contract_id }) => contract_id);
  const contracts = await database<ContractRow>('contracts').whereIn('id', ids).select('*');
  const jobs = [...new Set(contracts.map(({ job_id }) => job_id))];
  const links = await database<ProjectLinkRow>('project_links').whereIn('job_id', jobs).select('*');
  return { assignments, contracts, links: links.filter(isOurs) };
}
