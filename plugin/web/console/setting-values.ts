/** The value of each setting as text, by the name that the manifest declares. */
import type { Settings } from '../../settings/settings.ts';

const values: Readonly<Record<string, (settings: Settings) => string | number | undefined>> = {
  OPENTRAIN_BASE_URL: ({ openTrain }) => openTrain.baseUrl,
  OPENTRAIN_PARTNER_TOKEN: ({ openTrain }) => openTrain.partnerToken,
  OPENTRAIN_WEBHOOK_SECRET: ({ openTrain }) => openTrain.webhookSecret,
  OPENTRAIN_APP_SLUG: ({ openTrain }) => openTrain.appSlug,
  TOOL_ADAPTER: ({ tool }) => tool.adapter,
  TOOL_BASE_URL: ({ tool }) => tool.baseUrl,
  TOOL_API_TOKEN: ({ tool }) => tool.apiToken,
  TOOL_PUBLIC_URL: ({ tool }) => tool.publicUrl,
  TOOL_DATABASE_URL: ({ tool }) => tool.databaseUrl,
  DATABASE_URL: ({ databaseUrl }) => databaseUrl,
  PLUGIN_PUBLIC_URL: ({ plugin }) => plugin.publicUrl,
  PLUGIN_HOST: ({ plugin }) => plugin.host,
  PLUGIN_PORT: ({ plugin }) => plugin.port,
  PLUGIN_TRUSTED_PROXIES: ({ plugin }) => plugin.trustedProxies,
  PLUGIN_HSTS: ({ plugin }) => (plugin.hsts ? 'on' : 'off'),
  GATEWAY_PUBLIC_URL: ({ gateway }) => gateway?.publicUrl,
  GATEWAY_HOST: ({ gateway }) => gateway?.host,
  GATEWAY_PORT: ({ gateway }) => gateway?.port,
  OIDC_ISSUER: ({ oidc }) => oidc?.issuer,
  OIDC_CLIENT_ID: ({ oidc }) => oidc?.clientId,
  OIDC_CLIENT_SECRET: ({ oidc }) => oidc?.clientSecret,
  OIDC_ADMINS: ({ oidc }) => oidc?.admins,
  OIDC_VIEWERS: ({ oidc }) => oidc?.viewers,
  METRICS_TOKEN: ({ plugin }) => plugin.metricsToken,
  PLUGIN_SECRET: ({ plugin }) => plugin.secret,
  PLUGIN_SECRET_PREVIOUS: ({ plugin }) => plugin.previousSecret,
  ACCESS_POLICY: ({ accessPolicy }) => accessPolicy,
  LINK_REMOVAL_GRACE: ({ linkRemovalGraceSeconds }) => linkRemovalGraceSeconds,
  SMTP_URL: ({ mail }) => mail.smtpUrl,
  MAIL_FROM: ({ mail }) => mail.from,
  MAIL_LANGUAGE: ({ mail }) => mail.language,
  MAIL_TEMPLATES: ({ mail }) => mail.templates,
  CONTACT: ({ mail }) => mail.contact,
  BRAND_NAME: ({ mail }) => mail.brandName,
  BRAND_COLOR: ({ mail }) => mail.brandColor,
  REPORT_TO: ({ report }) => report.to,
  ALERT_WEBHOOK_URL: ({ report }) => report.alertWebhookUrl,
  REPORT_SCHEDULE: ({ report }) => report.schedule,
  USAGE_TIMEZONE: ({ usage }) => usage.timezone,
  USAGE_MAX_SECONDS_PER_ANNOTATION: ({ usage }) => usage.maxSecondsPerAnnotation,
  USAGE_COUNT_BULK: ({ usage }) => (usage.countBulk ? 'on' : 'off'),
  HTTPS_PROXY: ({ proxies }) => proxies.https,
  HTTP_PROXY: ({ proxies }) => proxies.http,
  NO_PROXY: ({ proxies }) => proxies.none,
  LOG_LEVEL: ({ logLevel }) => logLevel,
};

/** The value in use, or null when the setting is not set. Throws for a name that is not a setting. */
export function settingValue(settings: Settings, name: string): string | null {
  const read = values[name];
  if (!read) throw new Error(`the console does not know the setting ${name}`);
  const value = read(settings);
  return value === undefined || value === '' ? null : String(value);
}
