/** Puts the plugin's parts together from its settings. */
import type { Logger } from 'pino';
import type { GatewayRules } from '../../adapters/gateway.ts';
import type { AdapterModule, ToolAdapter, ToolDescription } from '../../adapters/tool.ts';
import { untilAborted } from '../abort.ts';
import { recognisedTool } from '../access/recognised-tool.ts';
import type { Clock } from '../clock.ts';
import type { PluginContext } from '../context.ts';
import { AdminError } from '../errors.ts';
import { forPeople } from '../errors-for-people.ts';
import { withKeptPlaces } from '../gateway/kept-places.ts';
import { createLog } from '../log.ts';
import { createMailer } from '../mail/mailer.ts';
import { watchClock } from '../mirror/clock-skew.ts';
import { watchDrift } from '../mirror/contract-drift.ts';
import { liveToken } from '../mirror/token.ts';
import { OpenTrainClient } from '../platform/client.ts';
import { manifest } from '../settings/manifest.ts';
import type { Settings } from '../settings/settings.ts';
import type { Database } from '../store/database.ts';
import { abortable } from '../tool/abortable.ts';
import { loadAdapter } from '../tool/load-adapter.ts';
import { type OpenStoreOptions, openStore } from './open-store.ts';

/** How long a tool's description is believed; its rights change rarely, and `doctor` asks afresh. */
const DESCRIPTION_KEPT_MS = 60_000;

export interface OpenOptions extends OpenStoreOptions {
  log?: Logger;
}

export interface OpenPlugin {
  context: PluginContext;
  /** Closes connections. */
  close(): Promise<void>;
}

/**
 * Opens store, clients and adapter; applies pending migrations. Throws AdminError when the settings, the store or the adapter
 * cannot be used. Neither OpenTrain nor the tool has been called when it returns.
 */
export async function openPlugin(settings: Settings, given: OpenOptions = {}): Promise<OpenPlugin> {
  const log = given.log ?? createLog(settings.logLevel);
  const adapter = await loadAdapter(settings.tool.adapter);
  const store = await openStore(settings, given);
  const { database, clock, keys } = store.context;
  try {
    const gatewayRules = gatewayRulesOf(settings, adapter);
    const guarded = await openTool(settings, { adapter, gatewayRules, database, log });
    const tool = abortable(recognisedTool(guarded, { database, clock }));
    const openTrain = new OpenTrainClient({
      baseUrl: settings.openTrain.baseUrl,
      token: () => liveToken({ settings, database, keys }),
      log,
      clock,
      proxies: settings.proxies,
      onClockSkew: watchClock({ database, clock, log }),
      onDrift: watchDrift({ database, clock, log }),
      userAgent: `opentrain-plugin/${manifest.version}`,
    });
    const mailer = createMailer(settings);
    // One answer serves many callers: none of them may abort the call, only its own waiting for it.
    const describe = remembered(() => guarded.describe(), clock);
    const describeTool = () => untilAborted(describe());
    const context = Object.freeze({
      ...store.context,
      log,
      openTrain,
      tool,
      describeTool,
      gatewayRules,
      mailer,
    });
    return {
      context,
      async close() {
        mailer?.close();
        await tool.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw forPeople(settings, error);
  }
}

/** The tool as the core asks it: with a gateway in front, perhaps one that keeps the places. */
async function openTool(
  { tool }: Settings,
  given: { adapter: AdapterModule; gatewayRules: GatewayRules | null; database: Database; log: Logger },
): Promise<ToolAdapter> {
  const { adapter, gatewayRules, database, log } = given;
  const { databaseUrl } = tool;
  const behindGateway = gatewayRules !== null;
  const asItIs = await adapter.createAdapter({ ...tool, databaseUrl, behindGateway, log });
  return gatewayRules?.keepsPlaces ? withKeptPlaces(asItIs, database) : asItIs;
}

function gatewayRulesOf({ gateway }: Settings, adapter: AdapterModule): GatewayRules | null {
  if (!gateway) return null;
  if (adapter.gateway) return adapter.gateway;
  throw new AdminError(
    `The adapter “${adapter.name}” does not say how its tool is served through a gateway.`,
    'Take GATEWAY_PUBLIC_URL away.',
  );
}

/** Asks once for many callers, and again when the answer has grown old. A failure is not kept. */
function remembered(ask: () => Promise<ToolDescription>, clock: Clock): () => Promise<ToolDescription> {
  let kept: { answer: Promise<ToolDescription>; until: number } | null = null;
  return () => {
    const now = clock.now().getTime();
    if (kept && now < kept.until) return kept.answer;
    const answer = ask();
    const mine = { answer, until: now + DESCRIPTION_KEPT_MS };
    kept = mine;
    answer.catch(() => {
      if (kept === mine) kept = null;
    });
    return answer;
  };
}
