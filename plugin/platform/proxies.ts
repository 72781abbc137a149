/** The way to OpenTrain through a company's HTTP proxy. */
import type { AxiosRequestConfig } from 'axios';

/** As the environment names them: HTTPS_PROXY, HTTP_PROXY, NO_PROXY. */
export interface Proxies {
  /** A proxy's URL for https addresses. */
  readonly https: string | undefined;
  /** A proxy's URL for http addresses. */
  readonly http: string | undefined;
  /** Hosts that are called directly: names (with all below them), `.domain`, `host:port`, or `*`. */
  readonly none: string | undefined;
}

/**
 * The proxy for an address; null when it is called directly. Loopback addresses are never proxied.
 *
 * | NO_PROXY entry   | leaves out                                 |
 * |------------------|--------------------------------------------|
 * | `*`              | everything                                 |
 * | `example.com`    | example.com and every name below it        |
 * | `.example.com`, `*.example.com` | the same                    |
 * | `example.com:8443` | the same on that port                    |
 */
export function proxyFor(address: string, proxies: Proxies): string | null {
  const { protocol, hostname, port } = new URL(address);
  const proxy = protocol === 'https:' ? proxies.https : proxies.http;
  if (!proxy || /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return null;
  const effectivePort = port || (protocol === 'https:' ? '443' : '80');
  const entries = (proxies.none ?? '').split(/[\s,]+/).filter(Boolean);
  return entries.some((entry) => covers(entry.toLowerCase(), hostname, effectivePort)) ? null : proxy;
}

function covers(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const [, name = '', entryPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (entryPort !== undefined && entryPort !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

/**
 * What axios needs to call this address. Without it axios reads the environment by its own rules, and sends https requests to the
 * proxy unencrypted.
 */
export async function wayTo(
  address: string,
  proxies: Proxies,
): Promise<Pick<AxiosRequestConfig, 'proxy' | 'httpsAgent'>> {
  const proxy = proxyFor(address, proxies);
  if (proxy === null) return { proxy: false };
  if (address.startsWith('https:')) {
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    return { proxy: false, httpsAgent: new HttpsProxyAgent(proxy) };
  }
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const auth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return {
    proxy: {
      protocol,
      host: hostname,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      ...(username ? { auth } : {}),
    },
  };
}
