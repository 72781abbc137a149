/**
 * Makes our records speak of the places that the tool has now: a gateway that is switched on gives a tool with one membership places by
 * project, and takes them when it is switched off. Only records change; what people have in the tool stays, and nobody is mailed.
 *
 * | records speak of | the tool has        | become                                                                     |
 * |------------------|---------------------|----------------------------------------------------------------------------|
 * | the whole tool   | places by project   | the same state for each project that the trainer should have; where there is none, the record stays and the plan removes it |
 * | projects         | one place, the tool | one record with the strongest state of them                                |
 */
import type { Knex } from 'knex';
import { WHOLE_TOOL } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import type { Database } from '../store/database.ts';
import { type AccessRow, type AccessState, accessHolds, accessRows, deleteAccess, saveAccess } from './access-rows.ts';
import { desiredAccess } from './desired.ts';
import { isBusy, isInterrupted, journals, lockTrainer, note } from './journal.ts';

const CAUSE = 'the tool’s places changed (gateway switched on or off)';

type Parts = Pick<PluginContext, 'database' | 'settings' | 'clock'>;

/** What `openTrain` says of everybody, as {@link desiredAccess} takes it. */
type OpenTrain = Pick<Parameters<typeof desiredAccess>[0], 'contracts' | 'links' | 'assignments'>;

/**
 * Returns whether any record of these trainers was changed. Who is being changed at this moment is left for the next time. `openTrain`
 * tells what it says of them.
 */
export async function fitPlaces(
  parts: Parts,
  level: 'tool' | 'project',
  trainerIds: readonly string[] | 'all',
  openTrain: () => Promise<OpenTrain>,
): Promise<boolean> {
  const trainers = await unfit(parts.database, level, trainerIds);
  if (trainers.length === 0) return false;
  const wanted = level === 'project' ? await desiredProjects(parts, await openTrain()) : new Map<string, string[]>();
  let isChanged = false;
  for (const trainerId of trainers) {
    const changed = await parts.database.transaction((transaction) =>
      fitTrainer(transaction, { trainerId, level, wanted: wanted.get(trainerId) ?? [], now: parts.clock.now() }),
    );
    isChanged ||= changed;
  }
  return isChanged;
}

async function unfit(
  database: Database,
  level: 'tool' | 'project',
  trainerIds: readonly string[] | 'all',
): Promise<string[]> {
  const rows = database<AccessRow>('access').distinct('trainer_id').orderBy('trainer_id');
  if (trainerIds !== 'all') rows.whereIn('trainer_id', trainerIds);
  if (level === 'project') rows.where({ place: WHOLE_TOOL });
  else rows.whereNot({ place: WHOLE_TOOL });
  return (await rows).map(({ trainer_id }) => trainer_id);
}

async function desiredProjects(
  { database, settings, clock }: Parts,
  openTrain: OpenTrain,
): Promise<Map<string, string[]>> {
  const desired = desiredAccess({
    ...openTrain,
    holds: await accessHolds(database),
    accessLevel: 'project',
    graceMs: settings.linkRemovalGraceSeconds * 1000,
    now: clock.now().getTime(),
  });
  return new Map([...desired].map(([trainer, places]) => [trainer, [...places.keys()]]));
}

interface Fit {
  trainerId: string;
  level: 'tool' | 'project';
  wanted: readonly string[];
  now: Date;
}

async function fitTrainer(transaction: Knex.Transaction, { trainerId, level, wanted, now }: Fit): Promise<boolean> {
  await lockTrainer(transaction, trainerId);
  const journal = (await journals(transaction, [trainerId])).get(trainerId);
  if (journal && (isBusy(journal, now) || isInterrupted(journal, now))) return false;
  const rows = await accessRows(transaction, [trainerId]);
  const fitted = level === 'project' ? byProject(rows, wanted) : byTool(rows);
  if (!fitted) return false;
  for (const { place } of rows) {
    if (!fitted.some((row) => row.place === place)) await deleteAccess(transaction, trainerId, place);
  }
  for (const row of fitted) await saveAccess(transaction, row);
  const before = rows.map(words).join(', ');
  const places = fitted.map(words).join(', ');
  await note(transaction, { at: now, cause: CAUSE, action: 'fit-places', trainerId, detail: `${before} → ${places}` });
  return true;
}

function words({ place, state }: AccessRow): string {
  return `${place} ${state}`;
}

/** The record of the whole tool, for each project in its place; null where nothing is wanted, or it is no such record. */
export function byProject(rows: readonly AccessRow[], wanted: readonly string[]): AccessRow[] | null {
  const whole = rows.find(({ place }) => place === WHOLE_TOOL);
  if (!whole || wanted.length === 0) return null;
  const isFit = ({ place, state }: AccessRow): boolean =>
    place !== WHOLE_TOOL && (state === 'active' || !wanted.includes(place));
  const fit = rows.filter(isFit);
  const missing = wanted.filter((place) => !fit.some((row) => row.place === place));
  return [...fit, ...missing.map((place) => ({ ...whole, place }))];
}

/** From what says least to what says most. */
const strength: readonly AccessState[] = ['revoked', 'blocked', 'revoked-partial', 'invited', 'active'];

/** One record for all; null when there is none of a project. */
export function byTool(rows: readonly AccessRow[]): AccessRow[] | null {
  if (rows.every(({ place }) => place === WHOLE_TOOL)) return null;
  const [strongest] = rows.toSorted((one, other) => strength.indexOf(other.state) - strength.indexOf(one.state));
  if (!strongest) return null;
  return [{ ...strongest, place: WHOLE_TOOL, owned: rows.some(({ owned }) => owned) }];
}
