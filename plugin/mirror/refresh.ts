/**
 * Reads OpenTrain's state into the store: links, and for each link that is not another tool's its active and ended contracts. Calls: one for the install,
 * one for the links, two a link, one for each contract whose trainers are not known yet.
 *
 * `GET /contracts` returns at most 200 and has no cursor, so that absence alone is no evidence (`read-contracts.ts`). A link missing from
 * the (complete) list may be one that a reconnect left behind (`read-links.ts`).
 */
import PQueue from 'p-queue';
import { abortSignal, throwIfAborted } from '../abort.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { OpenTrainRefused, TokenRefused } from '../platform/errors.ts';
import type { Contract, Install } from '../platform/types.ts';
import { markDue } from '../queue/items.ts';
import type { Database } from '../store/database.ts';
import { serialized } from '../store/serialize.ts';
import { dayOf, dayOfDate } from '../text/calendar-day.ts';
import { allContracts, type ContractRow, noteRead, saveContract } from './contracts.ts';
import { firstConnectedAt, saveInstall } from './installs.ts';
import { tryToLookAtLinks } from './look-at-links.ts';
import { markAccessOfContract, markEndMail } from './mark-access.ts';
import { refreshParticipants, withParticipantsDue } from './participants.ts';
import { allProjectLinks } from './project-links.ts';
import { contractsOf, endedBeyondTheCut, type ReadContract, readLists, unlistedContracts } from './read-contracts.ts';
import { storeLinks } from './read-links.ts';
import { readPartnerToken } from './token.ts';
import { isOurs } from './whose-link.ts';

/** As many as the client sends at once. */
const PARTICIPANTS_AT_ONCE = 6;
/** When a read was older than what is known: after this its successor is newer. */
const READ_AGAIN_AFTER_MS = 2_000;

export interface Refreshed {
  links: number;
  linksRemoved: number;
  contractsRead: number;
  contractsChanged: number;
}

/** Throws OpenTrainUnavailable, OpenTrainRefused or AdminError when links or contracts cannot be read. */
export async function refreshFromOpenTrain(context: PluginContext, cause: string): Promise<Refreshed> {
  await refreshInstall(context);
  const answer = await context.openTrain.projectLinks();
  const linksRemoved = await storeLinks(context, answer, cause);
  const links = answer.value;
  await tryToLookAtLinks(context, cause);
  const others = new Set((await allProjectLinks(context.database)).filter((row) => !isOurs(row)).map(({ id }) => id));
  const lists = await readLists(
    context,
    links.filter(({ id }) => !others.has(id)),
  );
  const known = await allContracts(context.database);
  const contracts = [...contractsOf(lists), ...(await endedBeyondTheCut(context, unlistedContracts(known, lists)))];
  const { stored, changed: contractsChanged } = await storeContracts(context, known, contracts, cause);
  await readParticipants(context, await withParticipantsDue(context.database, stored), cause);
  return { links: links.length, linksRemoved, contractsRead: contracts.length, contractsChanged };
}

/**
 * Asks OpenTrain whether our token still stands and what it may do, and stores the answer. Throws {@link TokenRefused} when it
 * does not stand. An answer that cannot be read changes nothing: the token was taken.
 */
export async function refreshInstall(context: PluginContext): Promise<void> {
  const token = await readPartnerToken(context);
  let install: Install | null;
  try {
    install = await context.openTrain.currentInstall();
  } catch (error) {
    if (error instanceof OpenTrainRefused && (error.status === 401 || error.status === 403)) {
      throw new TokenRefused(error.message, error);
    }
    throw error;
  }
  if (!install) return;
  if (install.status !== 'ACTIVE') throw new TokenRefused(`the install is ${install.status}`);
  await saveInstall(context.database, install, token, context.clock.now());
}

/** Stores the contracts that concern us; of those that are known as they are it only notes when they were read. */
async function storeContracts(
  context: PluginContext,
  known: readonly ContractRow[],
  contracts: readonly ReadContract[],
  cause: string,
): Promise<{ stored: ContractRow[]; changed: number }> {
  const rows = new Map(known.map((row) => [row.id, row]));
  const connected = await firstConnectedAt(context.database);
  const { timezone } = context.settings.usage;
  const stored: ContractRow[] = [];
  const same: ReadContract[] = [];
  let changed = 0;
  for (const read of contracts) {
    throwIfAborted();
    const row = rows.get(read.contract.id);
    if (row && isSame(row, read.contract)) {
      stored.push(row);
      if ((row.read_at ?? 0) < read.asOf.getTime()) same.push(read);
    } else if (row || !settledBeforeUs(read.contract, connected, timezone)) {
      const saved = await storeContract(context, read, cause);
      stored.push(saved.row);
      if (saved.changed) changed += 1;
    }
  }
  await noteReads(context, same, cause);
  return { stored, changed };
}

/**
 * Notes when contracts were read that are known as they are: one statement for those of one status and one second. Where an event came
 * in between, a later answer decides.
 */
async function noteReads(context: PluginContext, reads: readonly ReadContract[], cause: string): Promise<void> {
  const second = ({ asOf }: ReadContract): number => Math.floor(asOf.getTime() / 1_000) * 1_000;
  let areAll = true;
  for (const status of ['active', 'ended'] as const) {
    const ofStatus = reads.filter(({ contract }) => contract.status === status);
    for (const [at, group] of Map.groupBy(ofStatus, second)) {
      const ids = group.map(({ contract }) => contract.id);
      areAll = (await noteRead(context.database, ids, status, new Date(at))) && areAll;
    }
  }
  if (!areAll) await readAgainLater(context.database, cause, context.clock.now());
}

/** For when this answer's time, which is known to the second only, does not tell whether newer state is known. */
async function readAgainLater(database: Database, cause: string, now: Date): Promise<void> {
  const dueAt = new Date(now.getTime() + READ_AGAIN_AFTER_MS);
  await markDue(database, { kind: 'reconcile', key: 'all', dueAt, detail: { cause } }, now);
}

async function storeContract(
  context: PluginContext,
  { contract, asOf }: ReadContract,
  cause: string,
): Promise<{ row: ContractRow; changed: boolean }> {
  const now = context.clock.now();
  return serialized(context.database, async (transaction) => {
    const saved = await saveContract(transaction, contract, { at: asOf, eventId: null }, now);
    const { row, previousStatus } = saved;
    await markEndMail(transaction, saved, now);
    if (previousStatus !== row.status) await markAccessOfContract(transaction, contract.id, cause, now);
    if (saved.readAgain) await readAgainLater(transaction, cause, now);
    if (lacksFinalCount(row)) {
      await markDue(transaction, { kind: 'usage', key: contract.id, detail: { cause } }, now);
    }
    return { row, changed: previousStatus !== row.status };
  });
}

/** Nothing to store and nothing to do: most contracts, most of the time. */
function isSame(row: ContractRow, contract: Contract): boolean {
  return (
    row.status === contract.status &&
    row.job_id === contract.jobId &&
    row.end_date === contract.endDate &&
    (contract.title === null || row.title === contract.title) &&
    (contract.startDate === null || row.start_date === contract.startDate) &&
    !lacksFinalCount(row)
  );
}

function lacksFinalCount(row: ContractRow): boolean {
  return row.status === 'ended' && row.final_submitted_at === null;
}

/**
 * An ended contract from before the first connection is settled: it is neither counted again nor off-boarded. What was hired and ended
 * between two connections is ours to count.
 */
function settledBeforeUs(contract: Contract, connected: number | null, timezone: string) {
  if (contract.status !== 'ended' || connected === null) return false;
  const endedDay = dayOfDate(contract.endDate, timezone);
  return endedDay !== null && endedDay < dayOf(connected, timezone);
}

/**
 * Reads the participants of these contracts, a few at once; what cannot be read now becomes work of its own and holds up nothing
 * else.
 */
async function readParticipants(context: PluginContext, contracts: readonly ContractRow[], cause: string) {
  let isAway = false;
  const queue = new PQueue({ concurrency: PARTICIPANTS_AT_ONCE });
  const read = async (id: string): Promise<void> => {
    if (abortSignal()?.aborted) return;
    try {
      if (!isAway) return await refreshParticipants(context, id, cause);
    } catch (error) {
      // One contract that is refused says nothing of the others; an OpenTrain that is away does.
      isAway ||= !(error instanceof OpenTrainRefused);
      context.log.warn(
        { contract: id, error: messageOf(error) },
        'participants could not be read; they are read later',
      );
    }
    await markDue(context.database, { kind: 'participants', key: id, detail: { cause } }, context.clock.now());
  };
  // The first tells whether OpenTrain is away: then none of the others is asked for.
  const [first, ...others] = contracts;
  if (first) await read(first.id);
  await queue.addAll(
    others.map(
      ({ id }) =>
        () =>
          read(id),
    ),
  );
  throwIfAborted();
}
