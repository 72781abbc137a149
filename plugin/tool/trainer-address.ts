/** Where trainers open what lies at an address of the tool: through the gateway, where there is one. */
import type { Settings } from '../settings/settings.ts';

/** `url` is below TOOL_PUBLIC_URL, as the adapter gives it. */
export function addressForTrainers({ tool, gateway }: Pick<Settings, 'tool' | 'gateway'>, url: string): string {
  if (!gateway || !(url === tool.publicUrl || url.startsWith(`${tool.publicUrl}/`))) return url;
  return gateway.publicUrl + url.slice(tool.publicUrl.length);
}
