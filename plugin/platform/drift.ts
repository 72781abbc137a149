/**
 * Contract drift: something in an answer of OpenTrain that this version cannot read. It spoils nothing around it, and is neither an
 * outage nor a reason to call again.
 */
import { z } from 'zod';
import { onlyShown } from './types.ts';

export interface Drift {
  /** "GET /contracts" */
  call: string;
  /** Where in the answer: "contracts[3].status". */
  path: string;
  /** What was expected there, in zod's words. */
  expected: string;
}

export type OnDrift = (drift: Drift) => void;

/**
 * The value read by a schema, or null when it cannot be read; `tell` is then told the first thing that is wrong. A field that is only
 * shown, and cannot be read, is told and left out: the rest of the value is used.
 */
export function readOrDrift<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  at: { call: string; path: string },
  tell: OnDrift,
): z.output<Schema> | null {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const needed = issues.find((issue) => !isOnlyShown(schema, issue));
  const spare = needed
    ? []
    : [...Map.groupBy(issues, ({ path }) => path[0]).values()].flatMap(([first]) => first ?? []);
  for (const issue of needed ? [needed] : spare) tell(driftOf(issue, at));
  return needed ? null : (schema.safeParse(without(value, spare)).data ?? null);
}

function driftOf(issue: z.core.$ZodIssue, at: { call: string; path: string }): Drift {
  const steps = issue.path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return { call: at.call, path: `${at.path}${steps.join('')}`, expected: issue.message };
}

function isOnlyShown(schema: z.ZodType, { path: [field] }: z.core.$ZodIssue): boolean {
  const inside = schema instanceof z.ZodObject && typeof field === 'string' ? schema.shape[field] : undefined;
  return inside instanceof z.ZodType && onlyShown.has(inside);
}

function without(value: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const left = { ...z.record(z.string(), z.unknown()).parse(value) };
  for (const { path } of issues) delete left[String(path[0])];
  return left;
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
