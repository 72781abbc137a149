/** A process of its own that tallies once and prints how many bytes that took at its peak, as JSON. */
import { z } from 'zod';
import { openAdapter, wholeQuery } from './tally-query.ts';

const inputSchema = z.object({
  tool: z.object({ baseUrl: z.string(), apiToken: z.string(), databaseUrl: z.string() }),
  projectIds: z.array(z.number()),
});

const { tool, projectIds } = inputSchema.parse(JSON.parse(process.argv[2] ?? ''));
const adapter = await openAdapter(tool);
// Everything is loaded and connected before we look.
for (let warmUp = 0; warmUp < 3; warmUp += 1) await adapter.tally(wholeQuery(projectIds, 1));
const before = process.memoryUsage.rss();
let peak = before;
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 2);
const rows = (await adapter.tally(wholeQuery(projectIds))).length;
clearInterval(sampling);
peak = Math.max(peak, process.memoryUsage.rss());
process.stdout.write(JSON.stringify({ rows, extraBytes: peak - before }));
await adapter.close();
