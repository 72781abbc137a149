/** Finds the adapter that TOOL_ADAPTER names: one of ours, a file, or an installed package. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { GatewayRules } from '../../adapters/gateway.ts';
import { builtInAdapters } from '../../adapters/index.ts';
import type { SetUpHelp } from '../../adapters/set-up.ts';
import type { AdapterModule } from '../../adapters/tool.ts';
import { AdminError, messageOf } from '../errors.ts';
import { createGuarded } from './boundary.ts';

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isGatewayRules = (value: unknown): boolean =>
  z
    .object({ rules: z.array(z.object({ path: z.string().startsWith('/') })), whoami: z.object({ path: z.string() }) })
    .safeParse(value).success;
const isSetUpHelp = (value: unknown): boolean =>
  z
    .object({
      usualAddresses: z.array(z.string()),
      tokenHelp: z.string(),
      ...Object.fromEntries(
        ['answersAt', 'findDatabase', 'databaseRoleSql'].map((name) => [name, z.custom(isFunction)]),
      ),
    })
    .safeParse(value).success;
const moduleSchema = z.object({
  default: z.object({
    name: z.string().min(1),
    gateway: z.custom<GatewayRules>(isGatewayRules, 'must be GatewayRules (adapters/gateway.ts)').optional(),
    setUp: z.custom<SetUpHelp>(isSetUpHelp, 'must be SetUpHelp (adapters/set-up.ts)').optional(),
    createAdapter: z.custom<AdapterModule['createAdapter']>(isFunction, 'must be a function'),
    startLocalTool: z.custom<NonNullable<AdapterModule['startLocalTool']>>(isFunction, 'must be a function').optional(),
    localPeople: z.custom<NonNullable<AdapterModule['localPeople']>>(isFunction, 'must be a function').optional(),
  }),
});

const remedy = `Set TOOL_ADAPTER to ${Object.keys(builtInAdapters).join(', ')}, to a file (./my-adapter.js) or to the name of an installed package.`;

/**
 * The adapter with this name: one of ours, else a path that starts with `.` or `/` (from the working directory), else a
 * package. What it makes is behind the boundary (`boundary.ts`). Throws {@link AdminError} when it cannot be loaded or is no
 * adapter (`adapters/tool.ts`, AdapterModule).
 */
export async function loadAdapter(name: string): Promise<AdapterModule> {
  const loaded = await load(name);
  const parsed = moduleSchema.safeParse(loaded);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = issue ? `${issue.path.join('.')}: ${issue.message}` : 'its shape is wrong';
    throw new AdminError(
      `“${name}” is not an adapter (${what}).`,
      'Its default export must be an AdapterModule: { name, createAdapter(options) }; docs/adapters.md shows one.',
    );
  }
  const { startLocalTool, localPeople, gateway, setUp, ...required } = parsed.data.default;
  const createAdapter: AdapterModule['createAdapter'] = (options) =>
    createGuarded(required.name, required.createAdapter, options);
  return {
    name: required.name,
    createAdapter,
    ...(gateway ? { gateway } : {}),
    ...(setUp ? { setUp } : {}),
    ...(startLocalTool ? { startLocalTool } : {}),
    ...(localPeople ? { localPeople } : {}),
  };
}

async function load(name: string): Promise<unknown> {
  try {
    const own = Object.hasOwn(builtInAdapters, name) ? builtInAdapters[name] : undefined;
    if (own) return await own();
    if (/^[./]/.test(name)) return await import(pathToFileURL(resolve(name)).href);
    return await import(name);
  } catch (error) {
    throw new AdminError(`The adapter “${name}” cannot be loaded: ${messageOf(error)}.`, remedy, { cause: error });
  }
}
