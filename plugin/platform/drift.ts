/**
 * Contract drift: something in an answer of OpenTrain that this version cannot read. It spoils nothing around it, and is neither an
 * outage nor a reason to call again.
 */
import type { z } from 'zod';

export interface Drift {
  /** "GET /contracts" */
  call: string;
  /** Where in the answer: "contracts[3].status". */
  path: string;
  /** What was expected there, in zod's words. */
  expected: string;
}

export type OnDrift = (drift: Drift) => void;

/** The value read by a schema, or null when it cannot be read; `tell` is then told the first thing that is wrong. */
export function readOrDrift<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  at: { call: string; path: string },
  tell: OnDrift,
): z.output<Schema> | null {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const steps = (issue?.path ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  tell({ call: at.call, path: `${at.path}${steps.join('')}`, expected: issue?.message ?? 'another form' });
  return null;
}

/** The elements of a list that can be read, in order; `tell` is told of each other one. */
export function readElements<Schema extends z.ZodType>(
  schema: Schema,
  elements: readonly unknown[],
  at: { call: string; path: string },
  tell: OnDrift,
): z.output<Schema>[] {
  return elements.flatMap((element, index) => {
    const read = readOrDrift(schema, element, { call: at.call, path: `${at.path}[${index}]` }, tell);
    return read === null ? [] : [read];
  });
}
