/**
 * What counting costs, on a real Label Studio with 1,000,000 annotations of 100 people over 90 days, on SQLite and PostgreSQL.
 * Run: node test/bench/usage/run.ts [--annotations 1000000] [--only sqlite|postgres]
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { z } from 'zod';
import type { LocalTool } from '../../../adapters/local-tool.ts';
import { startLocalLabelStudio } from '../../../plugin/dev/local-tools/label-studio/server.ts';
import { postgresServer, type StoreKind, storeKinds } from '../../support/store.ts';
import { atMost, duration, report } from '../report.ts';
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
const LONGER_WRITE_MS = 250;
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

function reportTally({ kind, ratio, fewerBytes, allBytes, exportMs, exported }: Measured): void {
  const [tally, rest] = [microseconds(ratio.tallyMs, ANNOTATIONS), microseconds(exportMs, exported)];
  const annotations = ANNOTATIONS.toLocaleString('en');
  report(`${kind}: all days, ${annotations} annotations`, duration(ratio.tallyMs), {
    ...{ baseline: `${duration(ratio.bareMs)} (bare aggregate)`, ratio: ratio.tallyMs / ratio.bareMs },
  });
  report(`${kind}: an annotation counted`, `${tally.toFixed(2)} µs`, {
    ...{ baseline: `${rest.toFixed(0)} µs (Label Studio's REST export)`, ratio: tally / rest },
  });
  report(`${kind}: memory for a tally`, `${mebibytes(allBytes)} MB`, {
    ...{ baseline: `${mebibytes(fewerBytes)} MB (a tenth of the annotations)`, ratio: allBytes / fewerBytes },
  });
}

/** The work of the two days grows with the history, which is spread over the same days: so the price of one annotation is compared. */
function reportTwoDays({ kind, twoDays: { fewer, all }, writer }: Measured): void {
  const [little = 1, much = 0] = [fewer, all].map(({ few, annotations }) => microseconds(few, annotations));
  report(`${kind}: sync of two days, an annotation`, `${much.toFixed(2)} µs`, {
    baseline: `${little.toFixed(2)} µs (a tenth of the history)`,
    ...{ ratio: much / little, goal: atMost(1.5, much / little) },
  });
  report(`${kind}: sync of two days, 300 projects linked`, duration(all.many), {
    baseline: `${duration(all.few)} (3 projects)`,
    ...{ ratio: all.many / all.few, goal: atMost(1.5, all.many / all.few) },
  });
  if (!writer) return;
  const { alone, beside } = writer;
  const more = beside.longest - alone.longest;
  report(
    `${kind}: the tool's longest write beside a tally`,
    `${duration(beside.longest)} of ${beside.writes}, ${beside.failed} failed`,
    {
      baseline: `${duration(alone.longest)} (no tally)`,
      ratio: beside.longest / alone.longest,
      goal: { words: `≤ ${LONGER_WRITE_MS} ms longer`, isMet: more <= LONGER_WRITE_MS && beside.failed === 0 },
    },
  );
}

function reportContracts(kind: StoreKind, many: ManyContracts): void {
  const count = Number(values.contracts).toLocaleString('en');
  const first = `${duration(many.firstMs)} (the first sync, ${many.firstCalls.toLocaleString('en')} calls)`;
  report(
    `${kind}: sync of ${count} contracts, ${many.changed} changed`,
    `${duration(many.changedMs)}, ${many.changedCalls} calls`,
    {
      ...{ baseline: first, ratio: many.changedMs / many.firstMs },
      goal: { words: `${many.changed} calls`, isMet: many.changedCalls === many.changed },
    },
  );
  report(`${kind}: sync of ${count} contracts, nothing changed`, `${duration(many.idleMs)}, ${many.idleCalls} calls`, {
    ...{ baseline: first, ratio: many.idleMs / many.firstMs },
    goal: { words: '0 calls', isMet: many.idleCalls === 0 },
  });
}

for (const kind of kinds) {
  const measured = await measure(kind);
  reportTally(measured);
  reportTwoDays(measured);
}
for (const kind of kinds) {
  say(`${kind}: ${values.contracts} contracts`);
  reportContracts(kind, await syncManyContracts(kind, Number(values.contracts)));
}
