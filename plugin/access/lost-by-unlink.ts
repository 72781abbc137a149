/** Who loses access when a link is removed: told before an admin removes it, by the rules that act afterwards. */
import type { PluginContext } from '../context.ts';
import type { ProjectLinkRow } from '../mirror/project-links.ts';
import { desiredAccess } from './desired.ts';
import { readAccess } from './situations.ts';

/**
 * The ids of the trainers who have access or an open invitation to a place that nothing but this link gives them; they keep it
 * until the grace ends. What ACCESS_POLICY allows is not looked at. The tool is only asked what it can do.
 */
export async function lostByUnlink(context: PluginContext, link: ProjectLinkRow): Promise<string[]> {
  if (link.job_id === null) return [];
  const rows: { trainer_id: string }[] = await context
    .database('contract_trainers')
    .join('contracts', 'contracts.id', 'contract_trainers.contract_id')
    .where({ 'contracts.job_id': link.job_id, 'contracts.status': 'active' })
    .distinct('contract_trainers.trainer_id');
  const reading = await readAccess(
    context,
    rows.map(({ trainer_id }) => trainer_id),
  );
  const now = context.clock.now().getTime();
  const graceMs = context.settings.linkRemovalGraceSeconds * 1000;
  const links = reading.links.map((row) => (row.id === link.id ? { ...row, removed_at: now - graceMs } : row));
  const { accessLevel } = reading.facts.capabilities;
  const afterwards = desiredAccess({ ...reading, links, accessLevel, graceMs, now });
  return reading.situations
    .filter(({ trainerId, desired, rows: places }) =>
      places.some(
        ({ state, place }) =>
          (state === 'active' || state === 'invited') && desired.has(place) && !afterwards.get(trainerId)?.has(place),
      ),
    )
    .map(({ trainerId }) => trainerId);
}
