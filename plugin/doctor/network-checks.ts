/** The part of `doctor` that is about what stands in front of the plugin. */
import { existsSync } from 'node:fs';
import type { Check } from '../../adapters/tool.ts';
import { findCounter, UNTRUSTED_PROXY } from '../audit/counters.ts';
import type { PluginContext } from '../context.ts';

/** Docker and Podman leave these files in a container, … */
const MARK_FILES = ['/.dockerenv', '/run/.containerenv'];
/** … Kubernetes and systemd-nspawn these variables, and often none of the files. */
const MARK_VARIABLES = ['KUBERNETES_SERVICE_HOST', 'container'];
/** An address that was seen longer ago may be of a proxy that is gone. */
const SEEN_WITHIN_MS = 7 * 86_400_000;

/** Warnings only: the plugin works without, but rate limits and addresses in the log are wrong, or nobody reaches it. */
export async function networkChecks(context: PluginContext, inContainer = isContainer()): Promise<Check[]> {
  const checks: Check[] = [];
  const { host, trustedProxies } = context.settings.plugin;
  if (inContainer && /^(localhost|127\.[\d.]+|::1)$/.test(host)) {
    checks.push({
      id: 'listening',
      title: 'Listening',
      result: 'warning',
      why: `PLUGIN_HOST is ${host}: inside a container nobody outside it can connect.`,
      remedy: 'Set PLUGIN_HOST=0.0.0.0, and publish the port to the proxy only.',
    });
  }
  const seen = await findCounter(context.database, UNTRUSTED_PROXY);
  if (seen && context.clock.now().getTime() - seen.last_at < SEEN_WITHIN_MS) {
    checks.push({
      id: 'trusted-proxies',
      title: 'Proxy',
      result: 'warning',
      why: `Requests with X-Forwarded-For come from ${seen.last_detail}, which PLUGIN_TRUSTED_PROXIES (${trustedProxies}) does not cover: every visitor counts as one address for the rate limits.`,
      remedy: `If that is your proxy, set PLUGIN_TRUSTED_PROXIES="${trustedProxies === 0 ? 'loopback' : trustedProxies}, ${seen.last_detail}", or to its network.`,
    });
  }
  return checks;
}

/** Whether this process runs in a container, as far as its environment and the files in it tell. */
export function isContainer(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  exists: (file: string) => boolean = existsSync,
): boolean {
  return MARK_VARIABLES.some((name) => environment[name]) || MARK_FILES.some(exists);
}
