/**
 * What the gateway costs a trainer: their next task, a submit and a picture of 20 MB, directly, through the gateway and through a bare proxy,
 * in turns, on a real Label Studio on PostgreSQL, with the plugin as a process of its own and its store on either database. `npm run bench gateway`.
 */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { linkIn } from '../../../plugin/dev/demo/mailbox.ts';
import type { RunningPlugin } from '../../../plugin/dev/demo/plugin-process.ts';
import { submitForm } from '../../../plugin/dev/demo/web-form.ts';
import { freePort, type World } from '../../../plugin/dev/demo/world.ts';
import { LabelStudioSession } from '../../support/label-studio-session.ts';
import { testWorld } from '../../support/worlds.ts';
import { duration, report } from '../report.ts';

const ROUNDS = 300;
const PICTURE_ROUNDS = 150;
/**
 * Between two questions: with it each side is asked some three times a second, as by a team. Asked again at once on a kept connection, Label
 * Studio's own server takes 40 ms more: it sends an answer in parts, and the kernel acknowledges the first one late.
 */
const PAUSE_MS = 30;
/** The first ones compile, and fill what is remembered: a gateway runs for weeks. */
const WARM_UP_ROUNDS = 50;
const PICTURE_BYTES = 20 * 1024 * 1024;
const PASSWORD = 'seven purple lanterns';
const EMAIL = 'ann@opentrain.work';
const MEGABYTE = 1024 * 1024;
const BUFFER_BYTES = 64 * 1024;
/** One picture is 20. */
const MOST_GROWN_MEGABYTES = 10;
const MOST_MORE_MS = 3;
const LEAST_THROUGHPUT = 0.9;

interface Ask {
  what: string;
  method: string;
  path: string;
  body?: string;
  rounds: number;
  isPicture?: true;
}

interface Scene {
  projectId: string;
  taskId: number;
  picturePath: string;
}

/** A project with work, a picture in it, and a trainer who has accepted. */
async function prepare(world: World): Promise<Scene> {
  const { tool, sandbox, mailbox, pluginUrl } = world;
  const owner = LabelStudioSession.withLegacyToken(tool.baseUrl, tool.apiToken);
  const texts = Array.from({ length: 20 }, (_, index) => `Text ${index} ${'x'.repeat(2_000)}`);
  const { projectId, taskIds } = await owner.createProject('Gateway', texts);
  const form = new FormData();
  form.set('picture.png', new File([randomBytes(PICTURE_BYTES)], 'picture.png', { type: 'image/png' }));
  await owner.http.post(`/api/projects/${projectId}/import?commit_to_project=false`, form, { maxBodyLength: Infinity });
  const uploads = await owner.http.get(`/api/projects/${projectId}/file-uploads?all=true`);
  const files = z.array(z.object({ file: z.string() })).parse(uploads.data);
  const picture = files.find(({ file }) => file.endsWith('.png'))?.file;
  if (picture === undefined) throw new Error('the picture was not taken');
  const job = sandbox.control.createJob({ title: 'Gateway' });
  const linked = await world.command('link', projectId, job.id);
  if (linked.exitCode !== 0) throw new Error(linked.errors);
  const { opentrainUserId: trainerId } = sandbox.control.createTrainer({ displayName: 'Ann', workEmail: EMAIL });
  sandbox.control.hire({ jobId: job.id, trainerId });
  const page = await submitForm(linkIn(await mailbox.mailTo(EMAIL), pluginUrl), { password: PASSWORD });
  if (page.status !== 200) throw new Error(`the invitation could not be accepted: ${page.text.slice(0, 300)}`);
  return { projectId, taskId: taskIds[0] ?? 0, picturePath: picture.replace(/^\/?upload/, '/data/upload') };
}

const agent = new Agent({ keepAlive: true });

/** Milliseconds until the whole answer is there. */
function timed(base: string, { method, path, body }: Ask, headers: Readonly<Record<string, string>>): Promise<number> {
  const startedAt = performance.now();
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(base + path, { method, headers: { ...headers, ...type }, agent }, (answer) => {
      const { statusCode = 0 } = answer;
      if (statusCode < 200 || statusCode > 201) reject(new Error(`${method} ${path} was answered with ${statusCode}`));
      answer.resume().on('end', () => resolve(performance.now() - startedAt));
    });
    outgoing.on('error', reject).end(body);
  });
}

/**
 * Milliseconds until the connection ends after the whole answer. It reads into one buffer and forgets: whoever looks at a picture does so
 * on a machine of their own, and must not take the cores of this one from the tool and the gateway.
 */
function timedDownload(base: string, { path }: Ask, headers: Readonly<Record<string, string>>): Promise<number> {
  const { hostname: host, port } = new URL(base);
  const lines = Object.entries({ ...headers, Host: `${host}:${port}`, Connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  let head = '';
  let bytes = 0;
  const callback = (length: number, buffer: Uint8Array): boolean => {
    if (head.length < 12) head += Buffer.from(buffer.subarray(0, Math.min(length, 12))).toString('latin1');
    bytes += length;
    return true;
  };
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const onread = { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), callback };
    const socket = connect({ host, port: Number(port), onread });
    socket.on('error', reject).on('end', () => {
      if (/^HTTP\/1\.\d 200/.test(head) && bytes > PICTURE_BYTES) resolve(performance.now() - startedAt);
      else reject(new Error(`GET ${path} was answered with ${head} and ${bytes} bytes`));
    });
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  });
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN;
}

/**
 * The median of what each request took more than the direct one of its round. The tool takes half as long again in one minute as in another:
 * beside that, the difference of two medians says little.
 */
function medianMore(took: readonly number[], directly: readonly number[]): number {
  const more = took.map((milliseconds, round) => milliseconds - (directly[round] ?? Number.NaN));
  return quantile(more, 0.5);
}

/** Resident megabytes of a process, from Linux's own book-keeping. */
function residentMegabytes({ process: { pid } }: RunningPlugin): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

interface Side {
  url: string;
  headers: Readonly<Record<string, string>>;
}

type Sides = readonly [directly: Side, through: Side, bare: Side];

async function measure(ask: Ask, store: string, sides: Sides): Promise<void> {
  const times = sides.map((): number[] => []);
  const warmUp = ask.isPicture ? 2 : WARM_UP_ROUNDS;
  for (let round = 0; round < ask.rounds + warmUp; round += 1) {
    // Whoever is asked second finds the tool's caches warm: so they take turns.
    for (const turn of sides.keys()) {
      const which = (turn + round) % sides.length;
      const side = sides[which];
      if (!side) continue;
      await setTimeout(ask.isPicture ? 0 : PAUSE_MS);
      const took = await (ask.isPicture ? timedDownload : timed)(side.url, ask, side.headers);
      if (round >= warmUp) times[which]?.push(took);
    }
  }
  const [fast = Number.NaN, slow = Number.NaN, bare = Number.NaN] = times.map((of) => quantile(of, 0.5));
  const [fastest, slowest, barest] = times.map((of) => `p99 ${duration(quantile(of, 0.99))}`);
  const [moreThrough = Number.NaN, moreBare = Number.NaN] = times.slice(1).map((of) => medianMore(of, times[0] ?? []));
  const goal = ask.isPicture
    ? { words: `≥ ${LEAST_THROUGHPUT} of the throughput`, isMet: fast / slow >= LEAST_THROUGHPUT }
    : { words: `≤ ${MOST_MORE_MS} ms more`, isMet: moreThrough <= MOST_MORE_MS };
  const baseline = `${duration(fast)}, ${fastest} (directly)`;
  const words = (more: number): string => (ask.isPicture ? '' : `${more.toFixed(1)} ms more: `);
  report(`gateway, store on ${store}: ${ask.what}`, `${words(moreThrough)}${duration(slow)}, ${slowest}`, {
    baseline,
    ratio: slow / fast,
    goal,
  });
  report(`a bare proxy: ${ask.what}`, `${words(moreBare)}${duration(bare)}, ${barest}`, {
    baseline,
    ratio: bare / fast,
  });
}

/** What is there by now of buffers and collections of garbage is needed: from here on memory must stay. */
async function measureMemory(ask: Ask, plugin: RunningPlugin, { url, headers }: Side): Promise<void> {
  const before = residentMegabytes(plugin);
  for (let round = 0; round < PICTURE_ROUNDS; round += 1) await timedDownload(url, ask, headers);
  const grown = residentMegabytes(plugin) - before;
  const moved = (PICTURE_ROUNDS * PICTURE_BYTES) / MEGABYTE;
  const goal = { words: `≤ ${MOST_GROWN_MEGABYTES} MB more`, isMet: grown <= MOST_GROWN_MEGABYTES };
  const baseline = `${before.toFixed(0)} MB after as many before`;
  report(`gateway: memory after ${moved} MB of pictures`, `${grown.toFixed(0)} MB more`, { baseline, goal });
}

function asksOf({ projectId, taskId, picturePath }: Scene): [next: Ask, submit: Ask, picture: Ask] {
  const body = JSON.stringify({ result: [], lead_time: 4.2, draft_id: 0 });
  return [
    { what: 'next task', method: 'GET', path: `/api/projects/${projectId}/next`, rounds: ROUNDS },
    {
      ...{ what: 'submit', method: 'POST', rounds: ROUNDS, body },
      path: `/api/tasks/${taskId}/annotations/?project=${projectId}`,
    },
    { what: 'picture of 20 MB', method: 'GET', path: picturePath, rounds: PICTURE_ROUNDS, isPicture: true },
  ];
}

for (const [store, name] of [
  ['sqlite', 'SQLite'],
  ['postgres', 'PostgreSQL'],
] as const) {
  const [gatewayPort, barePort] = [await freePort(), await freePort()];
  const gatewayUrl = `http://127.0.0.1:${gatewayPort}`;
  const settings = { GATEWAY_PUBLIC_URL: gatewayUrl, GATEWAY_PORT: String(gatewayPort) };
  const world = await testWorld({ tool: 'label-studio', database: 'postgres', store, settings });
  try {
    const plugin = await world.start();
    const proxy = fork(join(import.meta.dirname, 'bare-proxy.ts'), [world.tool.baseUrl, String(barePort)]);
    try {
      await once(proxy, 'message');
      const [next, submit, picture] = asksOf(await prepare(world));
      const { identity } = await LabelStudioSession.mustSignIn(world.tool.baseUrl, EMAIL, PASSWORD);
      const through = {
        url: gatewayUrl,
        headers: (await LabelStudioSession.mustSignIn(gatewayUrl, EMAIL, PASSWORD)).identity,
      };
      const sides = [
        { url: world.tool.baseUrl, headers: identity },
        through,
        { url: `http://127.0.0.1:${barePort}`, headers: identity },
      ] as const;
      for (const ask of [next, submit, picture]) await measure(ask, name, sides);
      await measureMemory(picture, plugin, through);
    } finally {
      proxy.kill();
      await plugin.stop();
    }
  } finally {
    await world.close();
  }
}
agent.destroy();
