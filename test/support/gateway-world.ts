/** A gateway in front of a real Label Studio: two projects, a trainer in one of them, another one in both, a colleague, and a store. */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { labelStudioGateway } from '../../adapters/label-studio/gateway.ts';
import { Gateway } from '../../plugin/gateway/gateway.ts';
import { withKeptPlaces } from '../../plugin/gateway/kept-places.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { AccessWorld, GOOD_PASSWORD, mailOf } from './access-world.ts';
import { listen } from './http-server.ts';
import { adapterFor, type LabelStudioDatabase, labelStudio, type TestLabelStudio } from './label-studio.ts';
import { LabelStudioSession } from './label-studio-session.ts';
import { type FreshStore, freshStore } from './store.ts';

export interface Scene {
  projectId: string;
  taskIds: number[];
}

export class GatewayWorld {
  readonly tool: TestLabelStudio;
  readonly access: AccessWorld;
  /** GATEWAY_PUBLIC_URL. */
  readonly url: string;
  /** The admin, at the tool's own address. */
  readonly owner: LabelStudioSession;
  /** Ann's project: she and Bob work there. */
  readonly own: Scene;
  /** Bob works here, Ann does not. */
  readonly foreign: Scene;
  readonly ann: string;
  readonly bob: string;
  readonly #server: Server;
  readonly #store: FreshStore;
  readonly #gateway: Gateway;

  private constructor(parts: {
    tool: TestLabelStudio;
    access: AccessWorld;
    server: Server;
    store: FreshStore;
    url: string;
    gateway: Gateway;
    owner: LabelStudioSession;
    own: Scene;
    foreign: Scene;
    names: [string, string];
  }) {
    this.tool = parts.tool;
    this.access = parts.access;
    this.url = parts.url;
    this.owner = parts.owner;
    this.own = parts.own;
    this.foreign = parts.foreign;
    [this.ann, this.bob] = parts.names;
    this.#server = parts.server;
    this.#store = parts.store;
    this.#gateway = parts.gateway;
  }

  /** `inFront` puts a server before the gateway's own address, and returns GATEWAY_PUBLIC_URL. */
  static async open(
    kind: LabelStudioDatabase,
    given: { tool?: TestLabelStudio; inFront?: (address: string) => Promise<string> } = {},
  ): Promise<GatewayWorld> {
    const tool = given.tool ?? (await labelStudio(kind));
    const store = await freshStore(kind);
    const access = await AccessWorld.open(store);
    access.now = Date.now();
    const server = createServer();
    const address = await listen(server);
    const url = (await given.inFront?.(address)) ?? address;
    access.useSettings({ TOOL_BASE_URL: tool.baseUrl, TOOL_PUBLIC_URL: tool.baseUrl, GATEWAY_PUBLIC_URL: url });
    access.useTool(withKeptPlaces(adapterFor(tool), store.database));
    access.use({ gatewayRules: labelStudioGateway });
    const gateway = new Gateway(access.context, { publicUrl: url, rules: labelStudioGateway });
    server.on('request', (request, response) => void gateway.handle(request, response));
    server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
    const owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
    const mark = randomBytes(3).toString('hex');
    const own = await owner.createProject(`Own ${mark}`, ['one', 'two', 'three']);
    const foreign = await owner.createProject(`Foreign ${mark}`, ['vier', 'fuenf']);
    const names: [string, string] = [`ann-${mark}`, `bob-${mark}`];
    await access.connect();
    await access.link('own', 'own', own.projectId);
    await access.link('foreign', 'foreign', foreign.projectId);
    await access.hire('ann', 'own', names[0]);
    await access.hire('bob', 'own', names[1]);
    await access.hire('bob-foreign', 'foreign', names[1]);
    await access.converge();
    await access.work();
    for (const name of names) await acceptInvitation(access.context, access.token(name), GOOD_PASSWORD);
    return new GatewayWorld({ tool, access, server, store, url, gateway, owner, own, foreign, names });
  }

  /** Signs in through the gateway. */
  signIn(trainer: string): Promise<LabelStudioSession> {
    return LabelStudioSession.mustSignIn(this.url, mailOf(trainer), GOOD_PASSWORD);
  }

  /** The admin through the gateway. */
  colleague(): Promise<LabelStudioSession> {
    return LabelStudioSession.mustSignIn(this.url, this.tool.adminEmail, this.tool.adminPassword);
  }

  async flush(): Promise<void> {
    await this.#gateway.close();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#gateway.close();
    await this.access.context.tool.close();
    await this.#store.drop();
  }
}
