/** Why somebody's access is to change, by the contracts and links that decide it: for the plan that an admin reads. */
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { ContractRow } from '../mirror/contracts.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import { standingOf } from '../mirror/whose-link.ts';
import type { AccessReading } from './situations.ts';

/** A sentence or two; empty where the trainer has no contract at all. */
export function explainTrainer(reading: AccessReading, trainerId: string, places: readonly string[]): string {
  const ids = new Set(reading.assignments.filter((row) => row.trainer_id === trainerId).map((row) => row.contract_id));
  const reasons = reading.contracts
    .filter((contract) => ids.has(contract.id))
    .map((contract) => explainContract(reading, trainerId, contract, places))
    .filter((reason) => reason !== null);
  return reasons.join('; ');
}

function explainContract(
  reading: AccessReading,
  trainerId: string,
  contract: ContractRow,
  places: readonly string[],
): string | null {
  const inPlace = (project: string): boolean => places.includes(WHOLE_TOOL) || places.includes(project);
  const links = reading.links.filter((link) => link.job_id === contract.job_id && inPlace(link.project_id));
  if (links.length === 0) return null;
  const name = contract.title ? `contract ${contract.id} (${contract.title})` : `contract ${contract.id}`;
  if (contract.status === 'ended') return `${name} ended${contract.end_date ? ` on ${contract.end_date}` : ''}`;
  const held = reading.holds.some((hold) => hold.trainer_id === trainerId && hold.contract_id === contract.id);
  if (held) return `${name} is active, but revoke-all took this trainer out`;
  const live = links.filter((link) => link.removed_at === null);
  const projects = (live.length > 0 ? live : links).map(
    (link) => link.external_project_name ?? `project ${link.project_id}`,
  );
  const listed = [...new Set(projects)].join(', ');
  if (live.length === 0) return `${name} is active, its link to ${listed} was removed`;
  const [first] = live;
  const isHeld = first && live.every((link) => standingOf(link) !== 'ours' || link.not_linked_since !== null);
  return isHeld
    ? `${name} is active, linked to ${listed}, but ${whyHeld(first)}`
    : `${name} is active, linked to ${listed}`;
}

function whyHeld(link: ProjectLinkRow): string {
  if (link.not_linked_since !== null) return 'a reconnect left the link behind';
  return standingOf(link) === 'missing' ? 'the tool does not have the project' : 'the tool was not asked for it yet';
}
