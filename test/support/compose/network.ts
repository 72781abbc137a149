/** The network that Docker Compose makes: each service at an address of its own behind a bridge. Linux, as root, in namespaces for mounts and network. */
import { writeFileSync } from 'node:fs';
import { mustRun } from '../must-run.ts';
import { keepNetwork } from '../own-network.ts';

/** A name for which Caddy makes a certificate itself. */
export const PUBLIC_HOST = 'labels.localhost';
/** Where the ports are published, and from where people come: as outside, no address of a private network. */
const PUBLIC_ADDRESS = '203.0.113.10';
export const VISITOR_ADDRESS = '203.0.113.1';
const BRIDGE = 'bridge0';

function addressOf(service: string, services: readonly string[]): string {
  return `172.28.0.${services.indexOf(service) + 2}`;
}

/** Writes an /etc/hosts in place of Docker's name server and the public one. It holds in this process's namespace. */
export function nameServices(file: string, services: readonly string[]): void {
  const names = services.map((name) => `${addressOf(name, services)} ${name}`);
  writeFileSync(file, ['127.0.0.1 localhost', ...names, `${PUBLIC_ADDRESS} ${PUBLIC_HOST}`, ''].join('\n'));
  mustRun('mount', ['--bind', file, '/etc/hosts']);
}

/** Makes the bridge in this process's network, where also the service `here` gets its address. */
export function makeBridge(here: string, services: readonly string[]): void {
  ip('link', 'set', 'lo', 'up');
  ip('link', 'add', BRIDGE, 'type', 'bridge');
  for (const address of ['172.28.0.1', VISITOR_ADDRESS, addressOf(here, services)])
    ip('address', 'add', `${address}/24`, 'dev', BRIDGE);
  ip('link', 'set', BRIDGE, 'up');
}

/** A network for one service. Returns the words before a command that run it there. */
export async function joinBridge(
  service: string,
  services: readonly string[],
  { isPublic }: { isPublic: boolean },
): Promise<readonly string[]> {
  const { enter, keeper } = await keepNetwork();
  const inside = (...words: string[]): void => {
    const [program = '', ...rest] = [...enter, ...words];
    mustRun(program, rest);
  };
  const outer = `to${keeper.pid}`;
  ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(keeper.pid));
  ip('link', 'set', outer, 'master', BRIDGE, 'up');
  for (const address of [addressOf(service, services), ...(isPublic ? [PUBLIC_ADDRESS] : [])])
    inside('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
  for (const device of ['lo', 'eth0']) inside('ip', 'link', 'set', device, 'up');
  // As in Docker's containers, which let ordinary users listen on every port.
  inside('sh', '-c', 'echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start');
  return enter;
}

const ip = (...words: string[]): void => mustRun('ip', words);
