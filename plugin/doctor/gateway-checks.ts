/** The gateway as trainers meet it, and what it cannot do by itself. */
import type { AxiosInstance } from 'axios';
import { z } from 'zod';
import type { GatewayRules } from '../../adapters/gateway.ts';
import { httpClient } from '../../adapters/http-client.ts';
import type { Check } from '../../adapters/tool.ts';
import type { PluginContext } from '../context.ts';
import { messageOf } from '../errors.ts';
import { GATEWAY_HEADER } from '../gateway/refusal-page.ts';
import { failure, ok } from './check.ts';

const TIMEOUT_MS = 20_000;
const MOST_SHOWN = 10;
/** An address that could be read in two ways: the gateway passes it on for nobody. */
const ALWAYS_REFUSED = '/;';

type Parts = Pick<PluginContext, 'settings' | 'gatewayRules'>;

/** Nothing without a gateway. Never throws. */
export async function gatewayChecks({ settings, gatewayRules: rules }: Parts): Promise<Check[]> {
  const { gateway, tool } = settings;
  if (!gateway || !rules) return [];
  const http = httpClient().create({ timeout: TIMEOUT_MS, maxRedirects: 0, proxy: false, validateStatus: () => true });
  return [
    await answers(http, gateway.publicUrl, rules),
    await pages(http, settings, rules),
    await newRoutes(http, tool.baseUrl, rules),
    ownAddress(gateway.publicUrl, tool.publicUrl),
  ];
}

async function answers(http: AxiosInstance, publicUrl: string, { closedToNobody }: GatewayRules): Promise<Check> {
  const [id, title] = ['gateway', 'Trainers reach the gateway'];
  const remedy = 'Does GATEWAY_PUBLIC_URL lead to GATEWAY_HOST and GATEWAY_PORT, and does `start` run?';
  try {
    const { status, headers } = await http.get(publicUrl + (closedToNobody[0] ?? ALWAYS_REFUSED));
    if (headers[GATEWAY_HEADER] === 'refused')
      return ok(id, title, `${publicUrl} answers, and refuses what nobody may ask for.`);
    return failure(id, title, `At ${publicUrl} something else answers (status ${status}).`, remedy);
  } catch (error) {
    return failure(id, title, `${publicUrl} does not answer: ${messageOf(error)}.`, remedy);
  }
}

/** Whether the tool's pages, as the gateway serves them, lead back to the tool's own address. */
async function pages(http: AxiosInstance, settings: PluginContext['settings'], rules: GatewayRules): Promise<Check> {
  const [id, title] = ['gateway-pages', 'The tool’s pages stay at the gateway'];
  const { tool, gateway } = settings;
  const publicUrl = gateway?.publicUrl ?? '';
  try {
    const { data, status } = await http.get(publicUrl + rules.signInPath, { responseType: 'text' });
    const others = [tool.publicUrl, tool.baseUrl].filter((url) => !publicUrl.startsWith(url));
    const found = others.find((url) => String(data).includes(url));
    if (found !== undefined) {
      const why = `They name ${found}, so that the browser leaves the gateway.`;
      return { id, title, result: 'warning', why, remedy: rules.addressRemedy };
    }
    if (status === 200) return ok(id, title, 'The sign-in page names no other address of the tool.');
    return failure(id, title, `The sign-in page is answered with ${status}.`, 'Is the tool running?');
  } catch (error) {
    return failure(id, title, messageOf(error), 'Mend the line above first.');
  }
}

const descriptionSchema = z.object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) });
const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** Routes that a newer tool has: refused to trainers until the rules know them. */
async function newRoutes(http: AxiosInstance, toolUrl: string, { description }: GatewayRules): Promise<Check> {
  const [id, title] = ['gateway-routes', 'The tool’s routes are known'];
  const remedy =
    'They are refused to trainers. If labelling lacks one of them, look for a newer version of the plugin.';
  if (!description)
    return ok(id, title, 'The tool does not describe itself: what no rule names is refused to trainers.');
  try {
    const { data } = await http.get(toolUrl + description.path, { headers: { Accept: 'application/json' } });
    const { paths } = descriptionSchema.parse(data);
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => methods.includes(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    const known = new Set(description.knownRoutes);
    const added = described.filter((route) => !known.has(route));
    if (added.length === 0) return ok(id, title, `All ${described.length} that it describes.`);
    const more = added.length > MOST_SHOWN ? ` and ${added.length - MOST_SHOWN} more` : '';
    return { id, title, result: 'warning', why: `New: ${added.slice(0, MOST_SHOWN).join(', ')}${more}.`, remedy };
  } catch (error) {
    const why = `The tool’s description of itself cannot be read: ${messageOf(error).split('\n', 1)[0]}`;
    return { id, title, result: 'warning', why, remedy: 'What no rule names is refused to trainers all the same.' };
  }
}

/** The plugin cannot see from where the tool can be reached. */
function ownAddress(publicUrl: string, toolPublicUrl: string): Check {
  const [id, title] = ['gateway-own-address', 'The tool’s own address is closed to trainers'];
  if (publicUrl === toolPublicUrl)
    return ok(id, title, 'Everybody uses the gateway’s address; keep TOOL_BASE_URL inside your network.');
  const why = `Only the network can do that: whoever reaches ${toolPublicUrl} passes by the gateway.`;
  const remedy = `Open ${toolPublicUrl} from outside your network, with a telephone for one: it must not answer.`;
  return { id, title, result: 'warning', why, remedy };
}
