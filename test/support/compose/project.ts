/** What the lines `docker compose …` of deploy/README.md do, with processes in place of containers. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../plugin/dev/demo/wait-for.ts';
import { type BareRoot, type Ended, signalInside } from '../bare-root.ts';
import type { BuiltImage } from '../dockerfile.ts';
import { type ComposeService, readCompose } from './compose-file.ts';
import { joinBridge, makeBridge, nameServices } from './network.ts';
import {
  caddyAuthority,
  type Place,
  type Running,
  startCaddy,
  startIn,
  startLabelStudio,
  startPostgres,
  toEnd,
  watched,
} from './processes.ts';

/** It runs in this process's own network, where its OpenTrain and its mail server are. */
const PLUGIN = 'plugin';
/** In the image, where the certificate of Caddy's authority is put: a public one is known to Node. */
const AUTHORITY = '/etc/ssl/caddy-authority.pem';
const HEALTHY_WITHIN_MS = 60_000;

const starters: Readonly<Record<string, (place: Place) => Promise<Running>>> = {
  postgres: startPostgres,
  'label-studio': startLabelStudio,
  proxy: startCaddy,
};

export class ComposeProject {
  readonly #image: BuiltImage;
  readonly #folder: string;
  readonly #running = new Map<string, Running>();
  readonly #networks = new Map<string, readonly string[]>();

  /** What the .env file says; read anew for every line. */
  readonly variables: Record<string, string>;

  private constructor(image: BuiltImage, folder: string, variables: Record<string, string>) {
    this.#image = image;
    this.#folder = folder;
    this.variables = variables;
  }

  /** Makes the network, in a namespace that is this process's own. */
  static async create(image: BuiltImage, folder: string, variables: Record<string, string>): Promise<ComposeProject> {
    const project = new ComposeProject(image, folder, variables);
    const names = [...readCompose(variables).keys()];
    makeBridge(PLUGIN, names);
    const hosts = join(folder, 'hosts');
    nameServices(hosts, names);
    copyFileSync(hosts, join(image.root.folder, 'etc/hosts'));
    for (const name of names.filter((service) => service !== PLUGIN))
      project.#networks.set(name, await joinBridge(name, names, { isPublic: name === 'proxy' }));
    return project;
  }

  /** Carries out one line. `input` is what is typed. */
  async docker(line: string, input = ''): Promise<Ended> {
    const [, verb = '', rest = ''] = /^docker compose (\w+(?: -\S+)*)(?: (.+))?$/.exec(line) ?? [];
    const [service = '', ...command] = rest.split(' ');
    switch (verb) {
      case 'up -d':
      case 'up -d --no-deps': {
        const services = readCompose(this.variables);
        const wanted = service === '' ? [...services.keys()] : [service, ...command];
        for (const name of wanted) await this.#up(name, services, verb === 'up -d');
        return { exitCode: 0, output: '' };
      }
      case 'run --rm':
        return toEnd(this.#inImage([...this.#image.entrypoint, ...command]));
      case 'exec':
        return this.exec(service, command, input);
      default:
        throw new Error(`${line}: it is not known here what this does`);
    }
  }

  /** Runs a command in the service's container. `input` is what is typed. */
  async exec(service: string, command: readonly string[], input = ''): Promise<Ended> {
    if (!this.#running.has(service)) throw new Error(`${service} does not run`);
    if (service === PLUGIN) return toEnd(this.#inImage(command));
    const running = startIn(this.#networks.get(service) ?? [], command, {
      environment: { PGHOST: this.#volume(service) },
    });
    running.child.stdin?.end(input);
    return toEnd(running);
  }

  async #up(name: string, services: Map<string, ComposeService>, withNeeded: boolean): Promise<void> {
    const service = services.get(name);
    if (!service) throw new Error(`no such service: ${name}`);
    if (this.#running.has(name)) return;
    if (withNeeded) for (const needed of service.depends_on) await this.#up(needed, services, true);
    this.#running.set(name, await this.#start(name, service));
    const health = service.healthcheck?.test.slice(1);
    if (!health) return;
    const healthy = async (): Promise<boolean> => (await this.exec(name, health)).exitCode === 0;
    await waitFor(`${name} is healthy`, healthy, HEALTHY_WITHIN_MS);
  }

  async #start(name: string, service: ComposeService): Promise<Running> {
    if (name === PLUGIN) return this.#inImage([...this.#image.entrypoint, ...this.#image.command]);
    const start = starters[name];
    if (!start) throw new Error(`${name}: it is not known here what its image runs`);
    return start({ service, enter: this.#networks.get(name) ?? [], folder: this.#volume(name) });
  }

  /** A program in the plugin's image, with what compose.yaml gives it and takes from it. */
  #inImage(command: readonly string[]): Running {
    const { root, directory, environment, user } = this.#image;
    const service = readCompose(this.variables).get(PLUGIN);
    if (!service) throw new Error('compose.yaml has no plugin');
    const authority = caddyAuthority(this.#volume('proxy'));
    if (existsSync(authority)) writeFileSync(join(root.folder, AUTHORITY), readFileSync(authority));
    const options: Parameters<BareRoot['spawn']>[1] = {
      directory,
      environment: { ...environment, ...service.environment, NODE_EXTRA_CA_CERTS: AUTHORITY },
      ...(service.cap_drop.includes('ALL') ? { serviceUser: user } : { ordinaryUser: user !== 'root' }),
      ...(service.read_only ? { onlyWritable: service.volumes.map((volume) => volume.split(':')[1] ?? '') } : {}),
    };
    return watched(root.spawn(command, options));
  }

  #volume(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** The certificate of the authority that signed the proxy's; it must run. */
  get authority(): string {
    return caddyAuthority(this.#volume('proxy'));
  }

  /** Whether this address answers well. Throws when a service has ended: Docker would start it again, and again. */
  async answers(url: string): Promise<boolean> {
    for (const [name, { child }] of this.#running)
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
    return (await fetch(url).catch(() => null))?.ok === true;
  }

  /** Tells the service to stop, as `docker compose stop` does. Returns its exit code. */
  async stop(name: string): Promise<number | null> {
    const running = this.#running.get(name);
    if (!running) throw new Error(`${name} does not run`);
    const ended = toEnd(running);
    signalInside(running.child, 'SIGTERM');
    return (await ended).exitCode;
  }

  /** The last words of every service. */
  logs(): string {
    return [...this.#running].map(([name, { log }]) => `── ${name}\n${log().slice(-3_000)}`).join('\n');
  }
}
