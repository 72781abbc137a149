/** When the plugin was started first: accounts that were made later may have been made by a trainer. */
import type { Clock } from '../clock.ts';
import type { Database } from '../store/database.ts';

interface FirstStartRow {
  id: number;
  at: number;
}

/** The time of the first start; now, and from now on, when there was none. */
export async function firstStart({ database, clock }: { database: Database; clock: Clock }): Promise<Date> {
  const found = await database<FirstStartRow>('first_start').first();
  if (found) return new Date(found.at);
  const row = { id: 1, at: clock.now().getTime() };
  await database<FirstStartRow>('first_start').insert(row).onConflict('id').ignore();
  return firstStart({ database, clock });
}
