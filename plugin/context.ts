/** What the parts of the core are handed: frozen objects, made once by `service/`, never changed afterwards. */
import type { Logger } from 'pino';
import type { GatewayRules } from '../adapters/gateway.ts';
import type { ToolAdapter, ToolDescription } from '../adapters/tool.ts';
import type { Clock } from './clock.ts';
import type { Keys } from './keys.ts';
import type { Mailer } from './mail/mailer.ts';
import type { OpenTrainClient } from './platform/client.ts';
import type { Settings } from './settings/settings.ts';
import type { Database } from './store/database.ts';

/** For what needs the store alone: neither OpenTrain nor the tool can be called with it. */
export interface StoreContext {
  readonly settings: Settings;
  readonly database: Database;
  readonly clock: Clock;
  /** Keys made from PLUGIN_SECRET, one for each purpose. */
  readonly keys: Keys;
}

export interface PluginContext extends StoreContext {
  readonly log: Logger;
  readonly openTrain: OpenTrainClient;
  readonly tool: ToolAdapter;
  /** What the tool is and can do; asked for when first needed, kept for a few minutes. */
  readonly describeTool: () => Promise<ToolDescription>;
  /** The tool's routes, when GATEWAY_PUBLIC_URL is set; null without a gateway. */
  readonly gatewayRules: GatewayRules | null;
  /** null when SMTP_URL is not set: then links are shown to the admin instead. */
  readonly mailer: Mailer | null;
}
