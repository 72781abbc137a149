/** The adapters that come with the plugin, by the name that TOOL_ADAPTER gives them; each is loaded only when it is used. */
export const builtInAdapters: Readonly<Record<string, () => Promise<unknown>>> = {
  'label-studio': () => import('./label-studio/index.ts'),
  doccano: () => import('./doccano/index.ts'),
};
