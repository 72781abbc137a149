/** The long list of trainers, in the order of who needs an admin first: a page at a time, and counted by state. */
import type { StoreContext } from '../context.ts';
import type { Database } from '../store/database.ts';
import { countRows, type LongList } from '../store/window.ts';
import { readTrainers, type TrainerState, type TrainerStatus, trainerStates } from './people.ts';

export interface TrainerQuery {
  state?: TrainerState | null;
  /** Part of a name, Work Email or id, in any case. On SQLite letters beyond ASCII must have the same case. */
  search?: string;
  /** Only trainers who have or had a contract of one of these jobs. */
  jobIds?: readonly string[] | null;
  sort?: TrainerSort;
}

/** `state`: those that need attention first; `since`: the latest change of access first. Then by name. */
export const trainerSorts = ['state', 'name', 'since'] as const;
export type TrainerSort = (typeof trainerSorts)[number];

const ORDER = trainerStates.map((state, index) => `WHEN '${state}' THEN ${index}`).join(' ');
/** What trainers have, summed up: one with access to several places counts with the state that most needs attention. */
const worstStates = (database: Database) =>
  database('access')
    .select('trainer_id', database.raw(`MIN(CASE state ${ORDER} END) AS place`), database.raw('MAX(since) AS since'))
    .groupBy('trainer_id')
    .as('worst');
/** The place of a trainer in the order of states. */
const PLACE = `COALESCE(worst.place, ${trainerStates.indexOf('none')})`;
const TEXT = "COALESCE(display_name, '') || ' ' || COALESCE(work_email, '') || ' ' || id";

const NAME = 'COALESCE(LOWER(display_name), id), id';
const orders: Readonly<Record<TrainerSort, string>> = {
  state: `${PLACE}, ${NAME}`,
  name: NAME,
  since: `COALESCE(worst.since, 0) DESC, ${NAME}`,
};

/** The trainers of this query in its order. */
export function trainerList(context: StoreContext, query: TrainerQuery): LongList<TrainerStatus> {
  const { state, search, jobIds, sort = 'state' } = query;
  const { database } = context;
  const rows = () => {
    const trainers = database('trainers').leftJoin(worstStates(database), 'worst.trainer_id', 'trainers.id');
    if (state) trainers.whereRaw(`${PLACE} = ?`, [trainerStates.indexOf(state)]);
    if (search) {
      const [exact, lower] = [search, search.toLowerCase()].map((text) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`);
      const matches = `(LOWER(${TEXT}) LIKE ? ESCAPE '\\' OR ${TEXT} LIKE ? ESCAPE '\\')`;
      trainers.whereRaw(matches, [lower ?? '', exact ?? '']);
    }
    if (jobIds) {
      const contracts = database('contracts').select('id').whereIn('job_id', jobIds);
      trainers.whereIn('id', database('contract_trainers').select('trainer_id').whereIn('contract_id', contracts));
    }
    return trainers;
  };
  return {
    count: () => countRows(rows()),
    async read({ offset, limit }) {
      const page: { id: string }[] = await rows().orderByRaw(orders[sort]).select('id').offset(offset).limit(limit);
      const ids = page.map(({ id }) => id);
      const read = new Map((await readTrainers(context, ids)).map((trainer) => [trainer.id, trainer]));
      return ids.flatMap((id) => read.get(id) ?? []);
    },
  };
}

/** How many trainers there are in each state, in the order of who needs attention first. */
export async function trainersByState(database: Database): Promise<Map<TrainerState, number>> {
  const groups: { place: number | string; rows: number | string }[] = await database
    .from(worstStates(database))
    .select('place')
    .groupBy('place')
    .count({ rows: '*' });
  const counts = new Map(groups.map(({ place, rows }) => [trainerStates[Number(place)], Number(rows)]));
  const known = groups.reduce((sum, { rows }) => sum + Number(rows), 0);
  counts.set('none', (await countRows(database('trainers'))) - known);
  return new Map(trainerStates.map((state) => [state, counts.get(state) ?? 0]));
}

const FIRST_SHOWN = 20;

/** Everybody whose access or invitation is a problem, and the first of the others. */
export async function trainersToAttend(context: StoreContext): Promise<TrainerStatus[]> {
  const { database } = context;
  const blocked: { trainer_id: string }[] = await database('access')
    .whereIn('state', ['blocked', 'revoked-partial'])
    .distinct('trainer_id');
  const waiting: { trainer_id: string }[] = await database('invitations')
    .where({ state: 'open' })
    .where((row) => row.whereNull('mailed_at').orWhereNotNull('refusal'))
    .select('trainer_id');
  const first = await trainerList(context, {}).read({ offset: 0, limit: FIRST_SHOWN });
  const ids = [...blocked, ...waiting].map(({ trainer_id }) => trainer_id);
  return readTrainers(context, [...new Set([...ids, ...first.map(({ id }) => id)])]);
}
