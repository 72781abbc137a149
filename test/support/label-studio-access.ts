/** Access rules on a real Label Studio: the adapter with and without its database, and a world in which a project is linked. */
import type { LabelStudioAdapter } from '../../adapters/label-studio/adapter.ts';
import { AccessWorld } from './access-world.ts';
import { adapterFor, type LabelStudioDatabase, labelStudio, type TestLabelStudio } from './label-studio.ts';
import { type FreshStore, freshStore } from './store.ts';

export interface LabelStudioAccess {
  tool: TestLabelStudio;
  withRole: LabelStudioAdapter;
  withoutRole: LabelStudioAdapter;
  store: FreshStore;
  world: AccessWorld;
}

/** To be called within a `describe`: a new world before each test, connected, with project 1 linked to the job `job`. */
export function useLabelStudioAccess(
  database: LabelStudioDatabase,
  open: (access: LabelStudioAccess) => unknown,
): void {
  let parts: Omit<LabelStudioAccess, 'world'>;
  before(async () => {
    const tool = await labelStudio(database);
    const withoutRole = adapterFor(tool, { databaseUrl: null });
    parts = { tool, withRole: adapterFor(tool), withoutRole, store: await freshStore('sqlite') };
  });
  after(async () => {
    await parts.withRole.close();
    await parts.withoutRole.close();
    await parts.store.drop();
  });
  beforeEach(async () => {
    const world = await AccessWorld.open(parts.store);
    world.useTool(parts.withRole);
    await world.connect();
    await world.link('link', 'job', '1');
    await open({ ...parts, world });
  });
}
