/** What is down, since when, and when it is tried next: shared by all replicas, shown by `status`. */
import type { Database } from '../store/database.ts';

/** What work can be waiting for. */
export type Dependency = 'opentrain' | 'tool' | 'mail';

export interface OutageRow {
  dependency: Dependency;
  since: number;
  error: string;
  retry_at: number;
}

export async function allOutages(database: Database): Promise<OutageRow[]> {
  return database<OutageRow>('outages').select('*').orderBy('dependency');
}

/** Records that a dependency failed; keeps since when. */
export async function recordOutage(database: Database, outage: OutageRow): Promise<void> {
  const { error, retry_at } = outage;
  await database<OutageRow>('outages').insert(outage).onConflict('dependency').merge({ error, retry_at });
}

/** Takes the one try that is due now, until `until`; false when it is not due or another replica has it. */
export async function takeProbe(database: Database, dependency: Dependency, now: Date, until: Date): Promise<boolean> {
  const taken = await database<OutageRow>('outages')
    .where({ dependency })
    .where('retry_at', '<=', now.getTime())
    .update({ retry_at: until.getTime() });
  return taken > 0;
}

/** Makes everything that is down due for a try: whoever was trying may have died, and a start is a wish to know. */
export async function probeOutagesNow(database: Database, now: Date): Promise<void> {
  await database<OutageRow>('outages').where('retry_at', '>', now.getTime()).update({ retry_at: now.getTime() });
}

/** Records that it works again. Returns whether it was down. */
export async function endOutage(database: Database, dependency: Dependency): Promise<boolean> {
  return (await database<OutageRow>('outages').where({ dependency }).delete()) > 0;
}
