/**
 * The boundary to an adapter, ours or another's: every call has a time-out, what is thrown is one of our errors, and what is
 * answered has the shape that `adapters/tool.ts` asks for.
 */
import { z } from 'zod';
import { ToolUnavailable } from '../../adapters/errors.ts';
import type { AdapterOptions, ToolAdapter } from '../../adapters/tool.ts';
import { adapterError, type ErrorContext, faultOf } from './adapter-errors.ts';
import {
  accountSchema,
  checkSchema,
  descriptionSchema,
  endedKeysSchema,
  explainedDaySchema,
  joinedAccountSchema,
  projectSchema,
  reachSchema,
  signSchema,
  tallyRowSchema,
  whereaboutsSchema,
} from './answers.ts';

interface Rule {
  timeoutSeconds: number;
  answer: z.ZodType;
  /** What the answer leaves out gets its default. */
  withDefaults?: true;
}

const nothing = z.unknown();

/** One line for each method; a method without a line does not compile. Seconds are far above what a working tool needs. */
const rules: { [Method in keyof Required<ToolAdapter>]: Rule } = {
  describe: { timeoutSeconds: 120, answer: descriptionSchema, withDefaults: true },
  listProjects: { timeoutSeconds: 180, answer: z.array(projectSchema) },
  findProject: { timeoutSeconds: 120, answer: projectSchema.nullable() },
  findAccounts: { timeoutSeconds: 180, answer: z.array(accountSchema) },
  createMember: { timeoutSeconds: 240, answer: accountSchema },
  grant: { timeoutSeconds: 240, answer: nothing },
  revoke: { timeoutSeconds: 240, answer: z.array(reachSchema) },
  setPassword: { timeoutSeconds: 120, answer: nothing },
  endKeys: { timeoutSeconds: 120, answer: endedKeysSchema },
  listJoined: { timeoutSeconds: 180, answer: z.array(joinedAccountSchema).nullable() },
  renewInvite: { timeoutSeconds: 120, answer: nothing },
  readSigns: { timeoutSeconds: 60, answer: z.array(signSchema).nullable() },
  tally: { timeoutSeconds: 600, answer: z.array(tallyRowSchema) },
  locate: { timeoutSeconds: 60, answer: z.array(whereaboutsSchema.nullable()) },
  explainDay: { timeoutSeconds: 60, answer: explainedDaySchema },
  setNotice: { timeoutSeconds: 120, answer: nothing },
  signInUrl: { timeoutSeconds: 1, answer: z.string() },
  projectUrl: { timeoutSeconds: 1, answer: z.string() },
  check: { timeoutSeconds: 600, answer: z.array(checkSchema) },
  close: { timeoutSeconds: 20, answer: nothing },
};

export interface BoundaryOptions {
  /** As in TOOL_ADAPTER. */
  name: string;
  /** What must never be seen in an error: token, database URL and its password. */
  secrets: readonly string[];
  /** Instead of each method's own, for tests. */
  timeoutSeconds?: number;
}

/** The same adapter behind the boundary. */
export function guarded(adapter: ToolAdapter, options: BoundaryOptions): ToolAdapter {
  return new Proxy(adapter, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function' || !isMethod(property)) return value;
      return (...parameters: unknown[]) => call(target, property, parameters, options);
    },
  });
}

/** Makes the adapter, behind the boundary. Throws as its methods do. */
export async function createGuarded(
  name: string,
  createAdapter: (options: AdapterOptions) => Promise<ToolAdapter>,
  options: AdapterOptions,
): Promise<ToolAdapter> {
  const secrets = secretsOf(options);
  try {
    return guarded(await createAdapter(options), { name, secrets });
  } catch (error) {
    throw adapterError(error, { adapter: name, method: 'createAdapter', secrets });
  }
}

function isMethod(property: string | symbol): property is keyof ToolAdapter {
  return typeof property === 'string' && Object.hasOwn(rules, property);
}

type UrlMethod = 'signInUrl' | 'projectUrl';

function call(
  adapter: ToolAdapter,
  method: keyof ToolAdapter,
  parameters: unknown[],
  options: BoundaryOptions,
): unknown {
  const secrets = [...options.secrets, ...passwordsIn(parameters)];
  const context = { adapter: options.name, method, secrets };
  if (method === 'signInUrl' || method === 'projectUrl') return callNow(adapter, method, parameters, context);
  return callInTime(adapter, method, parameters, context, options.timeoutSeconds);
}

function callNow(adapter: ToolAdapter, method: UrlMethod, parameters: unknown[], context: ErrorContext): unknown {
  let answer: unknown;
  try {
    answer = Reflect.apply(adapter[method], adapter, parameters);
  } catch (error) {
    throw adapterError(error, context);
  }
  return checked(answer, rules[method], context);
}

async function callInTime(
  adapter: ToolAdapter,
  method: Exclude<keyof ToolAdapter, UrlMethod>,
  parameters: unknown[],
  context: ErrorContext,
  timeoutSeconds = rules[method].timeoutSeconds,
): Promise<unknown> {
  let answer: unknown;
  try {
    // Called within a promise: what is thrown before the first await is a rejection too.
    const body: unknown = adapter[method];
    const work = (async (): Promise<unknown> =>
      typeof body === 'function' ? Reflect.apply(body, adapter, parameters) : undefined)();
    answer = await withinTime(work, timeoutSeconds, method);
  } catch (error) {
    throw adapterError(error, context);
  }
  return checked(answer, rules[method], context);
}

async function withinTime(answer: Promise<unknown>, seconds: number, method: string): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new ToolUnavailable(`The tool did not complete ${method} within ${seconds} s.`)),
    seconds * 1000,
  );
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The answer itself, not a copy, where no default can be missing: large tallies share their texts. */
function checked(answer: unknown, { answer: schema, withDefaults }: Rule, context: ErrorContext): unknown {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return withDefaults ? parsed.data : answer;
  const [issue] = parsed.error.issues;
  throw faultOf(context, `its answer is wrong (${issue?.path.join('.') || 'answer'}: ${issue?.message ?? ''})`);
}

const passwordSchema = z.object({ password: z.string() });

function passwordsIn(parameters: readonly unknown[]): string[] {
  return parameters.flatMap((parameter) => passwordSchema.safeParse(parameter).data?.password ?? []);
}

function secretsOf({ apiToken, databaseUrl }: AdapterOptions): string[] {
  const password = /:\/\/[^/]*?:(.*)@/.exec(databaseUrl ?? '')?.[1];
  return [apiToken, databaseUrl, password].filter((secret) => secret !== undefined);
}
