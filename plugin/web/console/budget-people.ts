/** Who works under contracts, by name, each with the address of their page. */
import { contractTrainersOf, findTrainers } from '../../mirror/trainers.ts';
import { whoIs } from '../../status/people.ts';
import type { Console } from './console.ts';
import { trainerPath } from './trainer.ts';

interface Person {
  name: string;
  path: string;
}

/** By the id of the contract. */
export async function peopleOf({ context }: Console, contractIds: readonly string[]): Promise<Map<string, Person[]>> {
  const { database } = context;
  const rows = await contractTrainersOf(database, contractIds);
  const trainers = await findTrainers(database, [...new Set(rows.map(({ trainer_id }) => trainer_id))]);
  const people = new Map(
    trainers.map(({ id, display_name, work_email }) => [
      id,
      { name: whoIs({ id, displayName: display_name, workEmail: work_email }), path: trainerPath(id) },
    ]),
  );
  const byContract = Map.groupBy(rows, ({ contract_id }) => contract_id);
  return new Map(
    [...byContract].map(([id, members]) => [id, members.flatMap(({ trainer_id }) => people.get(trainer_id) ?? [])]),
  );
}
