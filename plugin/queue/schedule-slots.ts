/** Each turn of the clock is taken by one replica. */
import type { Database } from '../store/database.ts';

/** Takes this turn (its nominal time) of a schedule; false when another replica has it. */
export async function takeSlot(database: Database, name: string, slot: Date): Promise<boolean> {
  const taken = await database('schedule_slots')
    .insert({ name, slot: slot.getTime() })
    .onConflict(['name', 'slot'])
    .ignore()
    .returning('name');
  return taken.length > 0;
}

/** The turn that was taken last, of those that are remembered; null when there is none. */
export async function latestSlot(database: Database, name: string): Promise<Date | null> {
  const row = await database('schedule_slots').where({ name }).max({ at: 'slot' }).first<{ at: number | null }>();
  return row?.at ? new Date(Number(row.at)) : null;
}
