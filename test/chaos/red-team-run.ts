/**
 * The long red team, as a command:
 *   npm run red-team -- --minutes 10 --seed 7 --database postgres
 * Prints what went wrong; exits with 1 when anything did.
 */
import { parseArgs } from 'node:util';
import { runRedTeam } from './red-team.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    database: { type: 'string', default: 'postgres' },
  },
});
const { database } = values;
if (database !== 'sqlite' && database !== 'postgres') throw new Error('--database is sqlite or postgres');
const failures = await runRedTeam({
  database,
  length: { seconds: Number(values.minutes) * 60 },
  seed: Number(values.seed),
  progress: (line) => console.error(line),
});
for (const failure of failures) console.log(`- ${failure}`);
console.log(failures.length === 0 ? 'the plugin held' : `${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
