/**
 * What counting costs, on a real Label Studio with 1,000,000 annotations of 100 people over 90 days, on SQLite and PostgreSQL.
 * Prints Markdown tables. Run: node test/bench/usage/run.ts [--annotations 1000000] [--only sqlite|postgres]
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { startLocalLabelStudio } from '../../../plugin/dev/local-tools/label-studio/server.ts';
import { postgresServer, type StoreKind, storeKinds } from '../../support/store.ts';
import { type ShortTally, tallyTwoDays, type Writer, writerBeside } from './beside.ts';
import { type Filler, openFiller } from './fill.ts';
import { type ManyContracts, syncManyContracts } from './many-contracts.ts';
import { compareWithBare, extraMemory, type Ratio, restExport } from './measure.ts';

const { values } = parseArgs({
  options: {
    annotations: { type: 'string', default: '1000000' },
    contracts: { type: 'string', default: '10000' },
    only: { type: 'string' },
  },
});
const ANNOTATIONS = Number(values.annotations);
const FEWER = ANNOTATIONS / 10;
const SAMPLE = 5_000;
const kinds = storeKinds.filter((kind) => values.only === undefined || values.only === kind);

interface Measured {
  kind: StoreKind;
  ratio: Ratio;
  fewerBytes: number;
  allBytes: number;
  exportMs: number;
  exported: number;
  /** Before ANALYZE, which Label Studio never runs: with a tenth of the history, and with all. */
  twoDays: { fewer: ShortTally; all: ShortTally };
  writer: { alone: Writer; beside: Writer } | null;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function createProject(tool: LocalTool, title: string): Promise<number> {
  const label_config =
    '<View><Text name="text" value="$text"/><Choices name="sentiment" toName="text"><Choice value="Positive"/><Choice value="Negative"/></Choices></View>';
  const { data } = await axios.post<unknown>(
    `${tool.baseUrl}/api/projects/`,
    { title, label_config },
    { headers: { Authorization: `Token ${tool.apiToken}` }, proxy: false },
  );
  return z.object({ id: z.number() }).parse(data).id;
}

async function fillAndMeasure(kind: StoreKind, tool: LocalTool, filler: Filler): Promise<Measured> {
  const projectIds: number[] = [];
  for (const name of ['Cats', 'Dogs', 'Birds']) projectIds.push(await createProject(tool, `Bench ${name}`));
  const sample = await createProject(tool, 'Bench sample');
  const firstUser = await filler.addPeople();
  await filler.addWork({ projectIds: [sample], from: 2 ** 31, until: 2 ** 31 + SAMPLE }, firstUser);
  say(`${kind}: Label Studio exports ${SAMPLE} annotations`);
  const exported = await restExport(tool, sample);
  say(`${kind}: filling in ${FEWER} annotations`);
  await filler.addWork({ projectIds, from: 0, until: FEWER }, firstUser);
  const fewer = await tallyTwoDays(tool, projectIds);
  await filler.analyze();
  const fewerBytes = await extraMemory(tool, projectIds);
  say(`${kind}: filling in ${ANNOTATIONS - FEWER} more`);
  await filler.addWork({ projectIds, from: FEWER, until: ANNOTATIONS }, firstUser);
  say(`${kind}: two days, and a writer beside a tally`);
  const all = await tallyTwoDays(tool, projectIds);
  const writer = await writerBeside(tool, projectIds);
  await filler.analyze();
  const allBytes = await extraMemory(tool, projectIds);
  say(`${kind}: tally and bare aggregate in turn`);
  const ratio = await compareWithBare(tool, projectIds);
  const rest = { exportMs: exported.milliseconds, exported: exported.annotations };
  return { kind, ratio, fewerBytes, allBytes, ...rest, twoDays: { fewer, all }, writer };
}

async function measure(kind: StoreKind): Promise<Measured> {
  const tool = await startLocalLabelStudio({
    cacheDirectory: resolve(import.meta.dirname, '../../../.cache'),
    database: kind === 'sqlite' ? 'sqlite' : { serverUrl: postgresServer },
    progress: (line) => say(`${kind}: ${line}`),
  });
  try {
    const filler = await openFiller(tool.databaseUrl);
    try {
      return await fillAndMeasure(kind, tool, filler);
    } finally {
      await filler.close();
    }
  } finally {
    await tool.stop();
  }
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const microseconds = (milliseconds: number, count: number): number => (milliseconds * 1_000) / count;

function tallyTable(measured: readonly Measured[]): string {
  const rows = measured.map(({ kind, ratio, fewerBytes, allBytes, exportMs, exported }) => {
    const [tally, rest] = [microseconds(ratio.tallyMs, ANNOTATIONS), microseconds(exportMs, exported)];
    const cells = [
      kind,
      `${(ratio.tallyMs / 1_000).toFixed(2)} s`,
      `${(ratio.bareMs / 1_000).toFixed(2)} s`,
      (ratio.tallyMs / ratio.bareMs).toFixed(2),
      `${mebibytes(fewerBytes)} / ${mebibytes(allBytes)} MB`,
      `${tally.toFixed(2)} µs`,
      `${rest.toFixed(0)} µs`,
      `${Math.round(rest / tally).toLocaleString('en')} ×`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    `Tally of ${ANNOTATIONS.toLocaleString('en')} annotations, 100 people, 90 days (medians of alternating runs):`,
    '',
    `| database | tally | bare aggregate | ratio | extra memory, ${FEWER.toLocaleString('en')} / ${ANNOTATIONS.toLocaleString('en')} | tally per annotation | REST export per annotation | cheaper |`,
    '|---|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The work of the two days grows with the history, which is spread over the same days: so the price of one annotation is compared. */
function besideTable(measured: readonly Measured[]): string {
  const lines = measured.flatMap(({ kind, twoDays: { fewer, all }, writer }) => {
    const [little, much] = [fewer, all].map(({ few, annotations }) => microseconds(few, annotations));
    const rows = [
      `| ${kind}: two days, an annotation | ${much?.toFixed(2)} µs | ${little?.toFixed(2)} µs (a tenth of the history) | ${((much ?? 0) / (little ?? 1)).toFixed(2)} × | ≤ 1.5 × |`,
      `| ${kind}: two days, 300 projects linked | ${all.many.toFixed(1)} ms | ${all.few.toFixed(1)} ms (3 projects) | ${(all.many / all.few).toFixed(2)} × | ≤ 1.5 × |`,
    ];
    if (!writer) return rows;
    const { alone, beside } = writer;
    const more = beside.longest - alone.longest;
    rows.push(
      `| ${kind}: longest write of the tool | ${beside.longest.toFixed(0)} ms of ${beside.writes}, ${beside.failed} failed | ${alone.longest.toFixed(0)} ms (no tally) | ${more.toFixed(0)} ms longer | ≤ 250 ms longer |`,
    );
    return rows;
  });
  const head = ['| what | beside a tally | baseline beside it | ratio | goal |', '|---|---|---|---|---|'];
  return [`Beside ${ANNOTATIONS.toLocaleString('en')} annotations, without ANALYZE:`, '', ...head, ...lines].join('\n');
}

function contractsTable(measured: readonly { kind: StoreKind; many: ManyContracts }[]): string {
  const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;
  const rows = measured.map(
    ({ kind, many }) =>
      `| ${kind} | ${many.firstCalls} calls, ${seconds(many.firstMs)} | ${many.changedCalls} calls for ${many.changed} changed, ${seconds(many.changedMs)} | ${many.idleCalls} calls, ${seconds(many.idleMs)} |`,
  );
  return [
    `Sync of ${Number(values.contracts).toLocaleString('en')} contracts:`,
    '',
    '| store | first sync | 1 % of the contracts changed | nothing changed |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
}

const tallies: Measured[] = [];
for (const kind of kinds) tallies.push(await measure(kind));
const contracts: { kind: StoreKind; many: ManyContracts }[] = [];
for (const kind of kinds) {
  say(`${kind}: ${values.contracts} contracts`);
  contracts.push({ kind, many: await syncManyContracts(kind, Number(values.contracts)) });
}
process.stdout.write(`${tallyTable(tallies)}\n\n${besideTable(tallies)}\n\n${contractsTable(contracts)}\n`);
