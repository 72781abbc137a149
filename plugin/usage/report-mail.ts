import type { PluginContext } from '../context.ts';
export async function mailNightlyReport(_context: PluginContext, _day: string): Promise<void> {}
