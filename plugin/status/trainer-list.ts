/** The long list of trainers, in the order of who needs an admin first: a page at a time, and counted by state. */
import type { PluginContext } from '../context.ts';
import type { Database } from '../store/database.ts';
import { countRows, type LongList } from '../store/window.ts';
import { readTrainers, type TrainerState, type TrainerStatus, trainerStates } from './people.ts';

export interface TrainerQuery {
  state?: TrainerState | null;
  /** Part of a name, Work Email or id, in any case. On SQLite letters beyond ASCII must have the same case. */
  search?: string;
}

/** A trainer with access to several places counts with the state that most needs attention. */
const ORDER = trainerStates.map((state, index) => `WHEN '${state}' THEN ${index}`).join(' ');
/** The place of a trainer in the order of states. */
const PLACE = `COALESCE((SELECT MIN(CASE state ${ORDER} END) FROM access WHERE trainer_id = trainers.id), ${trainerStates.indexOf('none')})`;
const TEXT = "COALESCE(display_name, '') || ' ' || COALESCE(work_email, '') || ' ' || id";

/** The trainers of this query; those that need attention first, then by name. */
export function trainerList(context: PluginContext, { state, search }: TrainerQuery): LongList<TrainerStatus> {
  const { database } = context;
  const rows = () => {
    const trainers = database('trainers');
    if (state) trainers.whereRaw(`${PLACE} = ?`, [trainerStates.indexOf(state)]);
    if (search) {
      const [exact, lower] = [search, search.toLowerCase()].map((text) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`);
      const matches = `(LOWER(${TEXT}) LIKE ? ESCAPE '\\' OR ${TEXT} LIKE ? ESCAPE '\\')`;
      trainers.whereRaw(matches, [lower ?? '', exact ?? '']);
    }
    return trainers;
  };
  return {
    count: () => countRows(rows()),
    async read({ offset, limit }) {
      const ordered = rows().orderByRaw(`${PLACE}, COALESCE(LOWER(display_name), id), id`);
      const page: { id: string }[] = await ordered.select('id').offset(offset).limit(limit);
      return readTrainers(
        context,
        page.map(({ id }) => id),
      );
    },
  };
}

/** How many trainers there are in each state, in the order of who needs attention first. */
export async function trainersByState(database: Database): Promise<Map<TrainerState, number>> {
  const worst = database('access')
    .select('trainer_id', database.raw(`MIN(CASE state ${ORDER} END) AS place`))
    .groupBy('trainer_id')
    .as('worst');
  const groups: { place: number | string; rows: number | string }[] = await database
    .from(worst)
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
export async function trainersToAttend(context: PluginContext): Promise<TrainerStatus[]> {
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
