/** Brings up a fresh instance of an annotation tool on this machine, for the demonstration and the tests. */
import type { LocalPeople, LocalTool, LocalToolOptions } from '../../../adapters/local-tool.ts';
import { AdminError } from '../../errors.ts';
import { loadAdapter } from '../../tool/load-adapter.ts';

/** How to start a tool, and how its people act in it. */
export interface LocalToolKit {
  startLocalTool(options: LocalToolOptions): Promise<LocalTool>;
  localPeople(tool: LocalTool): LocalPeople;
}

const builtIn: Readonly<Record<string, () => Promise<LocalToolKit>>> = {
  'label-studio': async () => {
    const [{ startLocalLabelStudio }, { labelStudioPeople }] = await Promise.all([
      import('./label-studio/server.ts'),
      import('./label-studio/people.ts'),
    ]);
    return { startLocalTool: startLocalLabelStudio, localPeople: labelStudioPeople };
  },
  doccano: async () => {
    const [{ startLocalDoccano }, { doccanoPeople }] = await Promise.all([
      import('./doccano/server.ts'),
      import('./doccano/people.ts'),
    ]);
    return { startLocalTool: startLocalDoccano, localPeople: doccanoPeople };
  },
};

/** The kit for the adapter with this name, as in TOOL_ADAPTER. Throws {@link AdminError} when it offers none. */
export async function loadLocalTool(name: string): Promise<LocalToolKit> {
  const own = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
  if (own) return own();
  const { startLocalTool, localPeople } = await loadAdapter(name);
  if (startLocalTool && localPeople) return { startLocalTool, localPeople };
  throw new AdminError(
    `The adapter ${name} cannot start a tool of its own.`,
    'Choose an adapter that comes with the plugin.',
  );
}
