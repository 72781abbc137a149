/**
 * The full chaos run, one command each:
 *   node test/chaos/run.ts --store sqlite
 *   node test/chaos/run.ts --store postgres
 *   node test/chaos/run.ts --store postgres --replicas 2
 *   node test/chaos/run.ts --store sqlite --reuse-ids
 * `--tool label-studio` (or any other TOOL_ADAPTER) instead of the example tool, which answers at once. With `--reuse-ids` a
 * rehire reopens the contract of before, under its id. Prints a table; exits
 * with 1 when something was lost. The same seed brings about the same history and dice; how they meet
 * the processes' timing differs from run to run. CHAOS_LOGS names a folder for the plugin's logs.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.ts';
import { EXAMPLE_TOOL } from './world.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    tool: { type: 'string', default: EXAMPLE_TOOL },
    replicas: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    deliveries: { type: 'string', default: '1000' },
    trainers: { type: 'string', default: '200' },
    kills: { type: 'string', default: '100' },
    'reuse-ids': { type: 'boolean', default: false },
  },
});
const replicas = Number(values.replicas);
if (values.store !== 'sqlite' && values.store !== 'postgres') throw new Error('--store is sqlite or postgres');
if (values.store === 'sqlite' && replicas !== 1) throw new Error('several replicas need --store postgres');

const { facts, failures } = await runChaos({
  store: values.store,
  tool: values.tool,
  replicas,
  seed: Number(values.seed),
  deliveries: Number(values.deliveries),
  trainers: Number(values.trainers),
  kills: Number(values.kills),
  reuseIds: values['reuse-ids'],
  patienceMs: 15 * 60_000,
  progress: (line) => console.error(line),
});
console.log('| | |\n|---|---|');
for (const [what, value] of facts) console.log(`| ${what} | ${value} |`);
console.log(`| verdict | ${failures.length === 0 ? 'nothing was lost' : `${failures.length} failures`} |`);
for (const failure of failures.slice(0, 30)) console.log(`\n- ${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
