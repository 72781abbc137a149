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
import { desiredAccess } from '../access/desired.ts';
import type { PluginContext } from '../context.ts';
import { isOurs } from '../mirror/whose-link.ts';
import type { Account } from './identities.ts';
import { type ContractLinkRow, placeRows } from './place-rows.ts';

export interface TrainerPlaces {
  trainerId: string;
  workEmail: string | null;
  projects: ReadonlySet<string>;
}

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock'>;

/** null when the account is no trainer's. Every request asks: one statement, as of one moment. */
export async function placesOf(parts: Parts, account: Account): Promise<TrainerPlaces | null> {
  const rows = await placeRows(parts.database, account);
  const people = rows.filter((row) => row.contract_id === null);
  const own = people.filter(({ tool_user_id }) => tool_user_id === account.toolUserId);
  const [first] = own.length > 0 ? own : people;
  if (!first) return null;
  const { trainer_id: trainerId, work_email: workEmail } = first;
  const active = own.map(({ place }) => place).filter((place) => place !== null);
  const keeps = parts.settings.accessPolicy !== 'sync' || first.install_status === 'disconnected';
  const given = rows.filter((row) => row.contract_id !== null);
  const projects = projectsOf(parts, { trainerId, active, keeps }, given);
  return { trainerId, workEmail, projects };
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

function ofTrainer(trainerId: string, given: readonly ContractLinkRow[]) {
  const rows = given.filter(({ trainer_id }) => trainer_id === trainerId);
  const contracts = new Map(
    rows.map(({ contract_id: id, contract_job_id: job_id, contract_status: status }) => [id, { id, job_id, status }]),
  );
  const assignments = [...contracts.keys()].map((contract_id) => ({ trainer_id: trainerId, contract_id }));
  const held = new Set(rows.filter(({ held_at }) => held_at !== null).map(({ contract_id }) => contract_id));
  const holds = assignments.filter(({ contract_id }) => held.has(contract_id));
  return { assignments, holds, contracts: [...contracts.values()], links: rows.filter(isOurs) };
}
