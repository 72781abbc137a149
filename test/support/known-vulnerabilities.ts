/** What `npm audit --json` says of the packages that come with the plugin. Pure. */
import { z } from 'zod';

const reportSchema = z.object({
  vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), range: z.string() })),
});

export interface AuditVerdict {
  /** null when the registry gave no report. */
  vulnerable: string[] | null;
  words: string;
}

/** A registry that gives no report is told, and is no failure: what it would say is not known. */
export function readAudit(output: string): AuditVerdict {
  const report = reportSchema.safeParse(parsed(output));
  if (!report.success) return { vulnerable: null, words: 'the registry gives no report here; nothing was audited' };
  const vulnerable = Object.entries(report.data.vulnerabilities).map(
    ([name, { severity, range }]) => `${name} ${range} (${severity})`,
  );
  return { vulnerable, words: vulnerable.length > 0 ? vulnerable.join(', ') : 'none is known' };
}

function parsed(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}
