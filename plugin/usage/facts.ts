/** Reads from the store all that attribution needs to know. */
import type { PluginContext } from '../context.ts';
import { allContracts } from '../mirror/contracts.ts';
import { allProjectLinks } from '../mirror/project-links.ts';
import { allContractTrainers, allTrainers } from '../mirror/trainers.ts';
import type { Facts } from './attribution.ts';
import { todayInUtc } from './days.ts';

/** Every contract, trainer and link, removed ones included. */
export async function readFacts(context: PluginContext): Promise<Facts> {
  const { database } = context;
  return {
    contracts: await allContracts(database),
    contractTrainers: await allContractTrainers(database),
    trainers: await allTrainers(database),
    links: await allProjectLinks(database),
    timezone: context.settings.usage.timezone,
    today: todayInUtc(context.clock.now()),
  };
}

/** The jobs that a live link leads to: OpenTrain takes totals for their contracts only (contract: "Usage"). */
export function linkedJobs({ links }: Facts): Set<string> {
  const linked = links.filter((link) => link.removed_at === null && link.not_linked_since === null);
  return new Set(linked.flatMap(({ job_id }) => job_id ?? []));
}
