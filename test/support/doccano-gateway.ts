/** A gateway in front of a real doccano: two projects, a trainer in one of them, another one in both, a superuser, and a store. */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import axios, { type AxiosInstance } from 'axios';
import { pino } from 'pino';
import { z } from 'zod';
import { doccanoGateway } from '../../adapters/doccano/gateway.ts';
import doccanoModule from '../../adapters/doccano/index.ts';
import { Gateway } from '../../plugin/gateway/gateway.ts';
import { acceptInvitation } from '../../plugin/invitations/invitations.ts';
import { AccessWorld, GOOD_PASSWORD, mailOf } from './access-world.ts';
import { type DoccanoDatabase, doccano, type TestDoccano } from './doccano.ts';
import { listen } from './http-server.ts';
import { freshStore } from './store.ts';

const idSchema = z.object({ id: z.number() });

export interface DoccanoScene {
  projectId: number;
  exampleIds: number[];
  /** The only type of label. */
  typeId: number;
}

export interface DoccanoGatewayWorld {
  tool: TestDoccano;
  access: AccessWorld;
  /** GATEWAY_PUBLIC_URL. */
  url: string;
  /** Ann's project: she and Bob work there. */
  own: DoccanoScene;
  /** Bob works here, Ann does not. */
  foreign: DoccanoScene;
  ann: string;
  bob: string;
  /** A trainer's API session, at the gateway unless another address is given. */
  signIn(trainer: string, at?: string): Promise<AxiosInstance>;
  /** The superuser's session at this address. */
  superuser(at: string): AxiosInstance;
  close(): Promise<void>;
}

/** In front of the shared server, or the given one. */
export async function openDoccanoGateway(kind: DoccanoDatabase, given?: TestDoccano): Promise<DoccanoGatewayWorld> {
  const tool = given ?? (await doccano(kind));
  const store = await freshStore(kind);
  const access = await AccessWorld.open(store);
  access.now = Date.now();
  const server = createServer();
  const url = await listen(server);
  const { baseUrl, apiToken, pluginDatabaseUrl: databaseUrl } = tool;
  access.useSettings({ TOOL_BASE_URL: baseUrl, TOOL_PUBLIC_URL: baseUrl, GATEWAY_PUBLIC_URL: url });
  const log = pino({ level: 'silent' });
  access.useTool(await doccanoModule.createAdapter({ baseUrl, publicUrl: baseUrl, apiToken, databaseUrl, log }));
  access.use({ gatewayRules: doccanoGateway });
  const gateway = new Gateway(access.context, { publicUrl: url, rules: doccanoGateway });
  server.on('request', (request, response) => void gateway.handle(request, response));
  server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
  const superuser = (at: string): AxiosInstance => session(at, apiToken);
  const mark = randomBytes(3).toString('hex');
  const own = await createScene(superuser(baseUrl), `Own ${mark}`);
  const foreign = await createScene(superuser(baseUrl), `Foreign ${mark}`);
  const [ann, bob] = [`ann-${mark}`, `bob-${mark}`];
  await access.connect();
  await access.link('own', 'own', String(own.projectId));
  await access.link('foreign', 'foreign', String(foreign.projectId));
  await access.hire('ann', 'own', ann);
  await access.hire('bob', 'own', bob);
  await access.hire('bob-foreign', 'foreign', bob);
  await access.converge();
  await access.work();
  for (const name of [ann, bob]) await acceptInvitation(access.context, access.token(name), GOOD_PASSWORD);
  return {
    ...{ tool, access, url, own, foreign, ann, bob, superuser },
    async signIn(trainer, at = url) {
      const body = { username: mailOf(trainer), password: GOOD_PASSWORD };
      const { status, data } = await session(at).post('/v1/auth/login/', body);
      if (status !== 200) throw new Error(`doccano answered the sign-in of ${trainer} with ${status}`);
      return session(at, z.object({ key: z.string() }).parse(data).key);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gateway.close();
      await access.context.tool.close();
      await store.drop();
    },
  };
}

function session(baseURL: string, key?: string): AxiosInstance {
  const headers = key ? { Authorization: `Token ${key}` } : {};
  return axios.create({ baseURL, headers, maxRedirects: 0, validateStatus: () => true });
}

async function createScene(admin: AxiosInstance, name: string): Promise<DoccanoScene> {
  const kind = { project_type: 'SequenceLabeling', resourcetype: 'SequenceLabelingProject', use_relation: true };
  const made = await admin.post('/v1/projects', { name, description: name, guideline: 'Be kind.', tags: [], ...kind });
  const { id: projectId } = idSchema.parse(made.data);
  const type = await admin.post(`/v1/projects/${projectId}/span-types`, { text: 'animal' });
  const exampleIds: number[] = [];
  for (const text of ['A cat sat.', 'A dog ran.', 'A bird flew.']) {
    const example = await admin.post(`/v1/projects/${projectId}/examples`, { text });
    exampleIds.push(idSchema.parse(example.data).id);
  }
  return { projectId, exampleIds, typeId: idSchema.parse(type.data).id };
}
