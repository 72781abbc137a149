/**
 * The active and ended contracts of links, as OpenTrain lists them: at most 200 of a link and a status, newest first, without a cursor
 * (contract: "Contracts"). Who is missing from a list is left as known; the one exception is `unlistedContracts`.
 */
import type { PluginContext } from '../context.ts';
import type { ContractList } from '../platform/client.ts';
import { OpenTrainRefused } from '../platform/errors.ts';
import { isGone } from '../platform/is-gone.ts';
import type { Contract, ProjectLink } from '../platform/types.ts';
import type { ContractRow } from './contracts.ts';

export interface ReadContract {
  contract: Contract;
  /** OpenTrain's clock when the call that told it began. */
  asOf: Date;
}

/** What OpenTrain lists for one job. */
export interface JobLists {
  jobId: string;
  active: ContractList;
  ended: ContractList;
}

/** The lists of every link with a job; the client limits how many calls go at once. Throws what the client throws. */
export async function readLists(context: PluginContext, links: readonly ProjectLink[]): Promise<JobLists[]> {
  return Promise.all(
    links.flatMap(({ id, jobId }) => {
      if (jobId === null) return [];
      const lists = (['active', 'ended'] as const).map((status) => readList(context, { projectLinkId: id, status }));
      return [Promise.all(lists).then(([active = NOTHING, ended = NOTHING]) => ({ jobId, active, ended }))];
    }),
  );
}

const NOTHING: ContractList = { value: [], asOf: new Date(0), complete: false };

async function readList(context: PluginContext, call: { projectLinkId: string; status: 'active' | 'ended' }) {
  try {
    return await context.openTrain.contracts(call);
  } catch (error) {
    // The link was removed since the list was read: the next reconcile finds that out by itself.
    if (isGone(error)) return NOTHING;
    throw error;
  }
}

/** Each contract of the lists once: read twice, perhaps with a change in between, an end is final, else the later read tells. */
export function contractsOf(lists: readonly JobLists[]): ReadContract[] {
  const contracts = new Map<string, ReadContract>();
  for (const { value, asOf } of lists.flatMap(({ active, ended }) => [active, ended])) {
    for (const contract of value) {
      const known = contracts.get(contract.id);
      if (known?.contract.status === 'ended') continue;
      if (!known || contract.status === 'ended' || asOf > known.asOf) contracts.set(contract.id, { contract, asOf });
    }
  }
  return [...contracts.values()];
}

/**
 * Contracts that we hold as active and that may have ended without an event. Pure.
 *
 * | active list of the job | ended list | the contract is in | then                                                     |
 * |------------------------|------------|--------------------|----------------------------------------------------------|
 * | any                    | any        | one of them        | that tells                                               |
 * | cut                    | any        | neither            | nothing: it may be active beyond the cut                 |
 * | complete               | complete   | neither            | nothing: it is gone, or in a state that we do not know   |
 * | complete               | cut        | neither            | one question: does it exist? Then it ended beyond the cut |
 *
 * What we learnt of it after the list was read counts more than the list.
 */
export function unlistedContracts(known: readonly ContractRow[], lists: readonly JobLists[]): ReadContract[] {
  const listed = new Set(contractsOf(lists).map(({ contract }) => contract.id));
  return known.flatMap((row) => {
    const ofJob = lists.filter(({ jobId }) => jobId === row.job_id);
    const sure = ofJob.find(({ active, ended }) => active.complete && !ended.complete && ended !== NOTHING);
    if (row.status !== 'active' || listed.has(row.id) || !sure) return [];
    if (row.state_at >= sure.active.asOf.getTime()) return [];
    const contract = { id: row.id, jobId: row.job_id, status: 'ended' as const, ...UNTOLD };
    return [{ contract, asOf: sure.active.asOf }];
  });
}

const UNTOLD = { title: null, startDate: null, endDate: null, createdAt: null, projectLinkIds: [] };

/**
 * Of these contracts, those that OpenTrain still has. Its calls for one contract do not tell the status, but answer 404 where it is gone
 * or its job is not linked: nobody loses access by that. Calls: one for each. Throws OpenTrainUnavailable.
 */
export async function endedBeyondTheCut(context: PluginContext, unlisted: readonly ReadContract[]) {
  const ended: ReadContract[] = [];
  for (const read of unlisted) {
    try {
      await context.openTrain.participants(read.contract.id);
      context.log.info(
        { contract: read.contract.id },
        'a contract ended without an event: no list of active ones has it',
      );
      ended.push(read);
    } catch (error) {
      // Also where the question is refused for another reason: the contract stays as known.
      if (!(error instanceof OpenTrainRefused)) throw error;
    }
  }
  return ended;
}
