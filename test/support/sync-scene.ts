/** One contract of one trainer on one linked job, with the tool and OpenTrain of the model: what tests of the sync start from. */
import { findContract } from '../../plugin/mirror/contracts.ts';
import { type SyncOptions, syncUsage } from '../../plugin/usage/sync.ts';
import type { StoreKind } from './store.ts';
import { addContract, addLink, addTrainer, resetUsageWorld, type UsageWorld, usageWorld } from './usage-world.ts';

export const cause = 'test';

/** To be called within a `describe`: sets everything up before each test of it. */
export function useSyncScene(kind: StoreKind) {
  let world: UsageWorld;
  before(async () => {
    world = await usageWorld(kind);
  });
  after(() => world.close());
  beforeEach(async () => {
    const { database } = world;
    await resetUsageWorld(world);
    await addTrainer(database, { id: 'ada' });
    await addLink(database, { id: 'l1', job_id: 'A', external_project_id: 'P' });
    await addContract(database, { id: 'c1', job_id: 'A', trainerIds: ['ada'] });
  });

  const work = (day: string, count = 1, change: { projectId?: string; who?: string; seconds?: number } = {}): void => {
    for (let made = 0; made < count; made += 1) {
      world.tool.annotations.push({
        projectId: change.projectId ?? 'P',
        taskId: `${day}-${made}`,
        toolUserId: '7',
        email: `${change.who ?? 'ada'}@opentrain.work`,
        createdAt: new Date(`${day}T10:00:00Z`),
        seconds: change.seconds ?? 10,
        regions: 2,
      });
    }
  };
  const sync = (options: Partial<SyncOptions> = {}) => syncUsage(world.context, { cause, ...options });
  const held = () =>
    [...world.openTrain.held.values()].map((day) => `${day.contractId} ${day.day} ${day.labels}`).sort();
  const problem = async (id = 'c1') => (await findContract(world.database, id))?.usage_problem ?? null;
  const failure = async (doing: Promise<unknown>) => doing.then(() => null).catch((error: unknown) => error);
  return {
    get world() {
      return world;
    },
    work,
    sync,
    held,
    problem,
    failure,
  };
}
