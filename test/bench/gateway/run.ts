/**
 * What the gateway costs: a trainer's next task, a submit and a picture of 20 MB, through the gateway and directly, in turns in one
 * process. `npm run bench gateway`. The tool is a server that answers at once with what such requests answer, so that the difference is
 * the gateway's and not the tool's mood; the store is a real SQLite file with a few hundred trainers.
 *
 * Prints what | directly | through the gateway | difference | goal.
 */
import { randomBytes } from 'node:crypto';
import { Agent, createServer, request, type Server } from 'node:http';
import { pino } from 'pino';
import { labelStudioGateway } from '../../../adapters/label-studio/gateway.ts';
import type { ToolAdapter } from '../../../adapters/tool.ts';
import { saveAccess } from '../../../plugin/access/access-rows.ts';
import { Gateway } from '../../../plugin/gateway/gateway.ts';
import { saveContract } from '../../../plugin/mirror/contracts.ts';
import { recordLook, saveProjectLink } from '../../../plugin/mirror/project-links.ts';
import { addContractTrainer, saveTrainer, setToolUserId } from '../../../plugin/mirror/trainers.ts';
import { loadSettings } from '../../../plugin/settings/settings.ts';
import type { Database } from '../../../plugin/store/database.ts';
import { ModelTool } from '../../support/model-tool.ts';
import { freshStore } from '../../support/store.ts';

const ROUNDS = 300;
const PICTURE_ROUNDS = 15;
const TRAINERS = 300;
const PICTURE = randomBytes(20 * 1024 * 1024);
const TASK = JSON.stringify({ id: 10, project: 1, data: { text: 'x'.repeat(2_000) }, annotations: [], drafts: [] });

const tool = createServer((incoming, response) => {
  const path = incoming.url ?? '';
  if (path.startsWith('/data/upload/')) return void response.setHeader('Content-Type', 'image/png').end(PICTURE);
  response.setHeader('Content-Type', 'application/json');
  if (path === labelStudioGateway.whoami.path) return void response.end('{"id":7,"email":"t7@opentrain.work"}');
  incoming.resume().on('end', () => response.end(TASK));
});

async function fill(database: Database): Promise<void> {
  const at = new Date();
  const link = {
    id: 'link',
    jobId: 'job',
    externalProjectId: '1',
    externalProjectName: 'One',
    externalProjectUrl: null,
  };
  await saveProjectLink(database, { ...link, provisioningMode: 'PARTNER_WEBHOOK', createdAt: at.toISOString() }, at);
  const look = { owner: 'this tool', project_id: '1', project_state: 'exists' } as const;
  await recordLook(database, { id: 'link', ...look, project_asked_at: at.getTime() });
  for (let index = 0; index < TRAINERS; index++) {
    const [id, contract] = [`t${index}`, `contract ${index}`];
    const dates = { startDate: null, endDate: null, createdAt: null, projectLinkIds: [] };
    const facts = { title: contract, jobId: 'job', status: 'active' as const };
    await saveContract(database, { id: contract, ...facts, ...dates }, { at, eventId: String(index + 1) }, at);
    const person = { displayName: id, country: null, profileUrl: null, workEmail: `${id}@opentrain.work` };
    await saveTrainer(database, { opentrainUserId: id, ...person }, at);
    await addContractTrainer(database, contract, id);
    await setToolUserId(database, id, String(index));
    const row = { state: 'active' as const, reason: null, remedy: null, adopted: false, owned: true };
    await saveAccess(database, { trainer_id: id, place: '1', ...row, since: at.getTime() });
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const agent = new Agent({ keepAlive: true });

/** Milliseconds until the whole answer is there. */
function timed(base: string, { method, path, body }: Ask): Promise<number> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { cookie: 'sessionid=abc', ...(body ? { 'content-type': 'application/json' } : {}) };
    const outgoing = request(base + path, { method, headers, agent }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${path} was answered with ${answer.statusCode}`));
      answer.resume().on('end', () => resolve(performance.now() - startedAt));
    });
    outgoing.on('error', reject).end(body);
  });
}

interface Ask {
  what: string;
  method: string;
  path: string;
  body?: string;
  rounds: number;
  goal: string;
}

const result = JSON.stringify({ result: [{ id: 'a', value: { choices: ['Cat'] } }], lead_time: 4.2, draft_id: 0 });
const asks: readonly Ask[] = [
  { what: 'next task', method: 'GET', path: '/api/projects/1/next', rounds: ROUNDS, goal: '≤ 3 ms more' },
  {
    what: 'submit',
    method: 'POST',
    path: '/api/tasks/10/annotations?project=1',
    body: result,
    rounds: ROUNDS,
    goal: '≤ 3 ms more',
  },
  {
    what: '20 MB picture',
    method: 'GET',
    path: '/data/upload/1/a.png',
    rounds: PICTURE_ROUNDS,
    goal: '≥ 0.9 of throughput',
  },
];

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN;
}

const store = await freshStore('sqlite');
const toolUrl = await listen(tool);
const front = createServer();
const url = await listen(front);
const environment = { TOOL_BASE_URL: toolUrl, TOOL_API_TOKEN: 'none', GATEWAY_PUBLIC_URL: url };
const locate: ToolAdapter['locate'] = async (things) => things.map(() => ({ projectId: '1', ownerId: '7' }));
const parts = { settings: loadSettings({ environment }), database: store.database, clock: { now: () => new Date() } };
const gateway = new Gateway(
  { ...parts, log: pino({ level: 'silent' }), tool: Object.assign(new ModelTool(), { locate }) },
  { publicUrl: url, rules: labelStudioGateway },
);
front.on('request', (incoming, response) => void gateway.handle(incoming, response));
await fill(store.database);

try {
  console.log('what | directly (median, p99) | through the gateway (median, p99) | difference | goal');
  const before = process.memoryUsage().rss;
  for (const ask of asks) {
    const [direct, through]: [number[], number[]] = [[], []];
    for (let round = 0; round < ask.rounds + 5; round++) {
      const times = [await timed(toolUrl, ask), await timed(url, ask)] as const;
      // The first ones compile.
      if (round >= 5) for (const [index, list] of [direct, through].entries()) list.push(times[index] ?? 0);
    }
    const [fast, slow] = [quantile(direct, 0.5), quantile(through, 0.5)];
    const shown = (list: number[]): string =>
      `${quantile(list, 0.5).toFixed(2)}, ${quantile(list, 0.99).toFixed(2)} ms`;
    const difference = ask.what.startsWith('20')
      ? `${(fast / slow).toFixed(2)} of throughput`
      : `${(slow - fast).toFixed(2)} ms`;
    console.log(`${ask.what} | ${shown(direct)} | ${shown(through)} | ${difference} | ${ask.goal}`);
  }
  const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
  console.log(
    `memory after ${PICTURE_ROUNDS * 20} MB of pictures: ${grown.toFixed(0)} MB more (client, tool and gateway in one process)`,
  );
} finally {
  for (const server of [front, tool]) {
    server.closeAllConnections();
    server.close();
  }
  agent.destroy();
  await gateway.close();
  await store.drop();
}
