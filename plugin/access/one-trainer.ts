/** The door for what trainers do themselves: read their access, take it for a change, and check it after the change. */
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { markDue } from '../queue/items.ts';
import { convergeTrainers } from './converge.ts';
import { begin, type Entry, INTERRUPTED_AFTER_MS } from './journal.ts';
import { projectsOf, type TrainerProject } from './projects.ts';
import { readAccess, type TrainerSituation } from './situations.ts';

export interface TrainerAccess {
  situation: TrainerSituation;
  /** Where the trainer is to work, oldest link first. */
  projects: TrainerProject[];
}

/** What our store says of a trainer's access; null when the trainer is not known. */
export async function readTrainerAccess(context: PluginContext, trainerId: string): Promise<TrainerAccess | null> {
  const reading = await readAccess(context, [trainerId]);
  const [situation] = reading.situations;
  return situation ? { situation, projects: projectsOf(context, reading, trainerId) } : null;
}

/**
 * Takes the trainer's row of the journal; null when somebody else has it, or has changed their access since it was read. Should we die
 * before the outcome is recorded, the item marked here looks at the tool and puts the record right.
 */
export async function takeTrainer(
  context: PluginContext,
  { trainerId, journal }: TrainerSituation,
  { plan, cause }: { plan: string; cause: string },
): Promise<Entry | null> {
  const now = context.clock.now();
  const dueAt = new Date(now.getTime() + INTERRUPTED_AFTER_MS);
  return context.database.transaction(async (transaction) => {
    const entry = await begin(transaction, { trainerId, read: journal, hasLooked: false, plan, cause, now });
    if (!entry) return null;
    await markDue(transaction, { kind: 'access', key: trainerId, dueAt, detail: { cause } }, now);
    return entry;
  });
}

/** Makes the trainer's access as it should be after a change, now or (when that fails) later; returns it as it is then. */
export async function checkTrainer(
  context: PluginContext,
  trainerId: string,
  cause: string,
): Promise<TrainerAccess | null> {
  try {
    await convergeTrainers(context, [trainerId], cause);
  } catch (error) {
    context.log.warn({ trainer: trainerId, error: messageOf(error) }, 'access is checked again later');
    await markDue(context.database, { kind: 'access', key: trainerId, detail: { cause } }, context.clock.now());
  }
  return readTrainerAccess(context, trainerId);
}
