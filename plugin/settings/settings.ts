/** Flags, environment and settings file → one typed, validated, frozen object. The manifest declares what there is. */
import { dirname } from 'node:path';
import { AdminError } from '../errors.ts';
import type { Proxies } from '../platform/proxies.ts';
import type { Checked } from './check-urls.ts';
import { checkValue } from './check-value.ts';
import { DEFAULT_SETTINGS_FILE, flagOf, manifest, type SettingDeclaration } from './manifest.ts';
import { collectSettings, type Found, type SettingSources } from './sources.ts';
import { absoluteSqliteUrl, sqliteFile } from './sqlite-file.ts';

export const mailLanguages = ['en', 'de'] as const;
export type MailLanguage = (typeof mailLanguages)[number];

export interface Settings {
  readonly openTrain: {
    readonly baseUrl: string;
    readonly partnerToken: string | undefined;
    readonly webhookSecret: string | undefined;
    readonly appSlug: string | undefined;
  };
  readonly tool: {
    readonly adapter: string;
    readonly baseUrl: string;
    readonly apiToken: string;
    readonly publicUrl: string;
    readonly databaseUrl: string | undefined;
  };
  /** A SQLite file is named by its absolute path. */
  readonly databaseUrl: string;
  /** Where DATABASE_URL was set, for people: "/etc/opentrain-plugin.env", "the environment", "its default". */
  readonly databaseUrlFrom: string;
  /** Where each setting that has a value came from, in words, by its name. */
  readonly sources: ReadonlyMap<string, string>;
  readonly plugin: {
    readonly publicUrl: string;
    /** The path of publicUrl: "/opentrain"; empty when it has none. */
    readonly basePath: string;
    readonly host: string;
    readonly port: number;
    /** How many proxies, or a list of addresses, networks and names. */
    readonly trustedProxies: string | number;
    /** Whether browsers are told to use https only. */
    readonly hsts: boolean;
    readonly secret: string | undefined;
    /** What /metrics asks for; everybody may read it when absent. */
    readonly metricsToken: string | undefined;
    readonly previousSecret: string | undefined;
  };
  /** Signing in to the console with OpenID Connect; null without OIDC_ISSUER. */
  readonly oidc: {
    readonly issuer: string;
    readonly clientId: string;
    readonly clientSecret: string | undefined;
    /** Addresses and claims, as written. */
    readonly admins: string | undefined;
    readonly viewers: string | undefined;
  } | null;
  /** The tool served through the plugin; null without GATEWAY_PUBLIC_URL. */
  readonly gateway: { readonly publicUrl: string; readonly host: string; readonly port: number } | null;
  readonly accessPolicy: 'sync' | 'grant-only' | 'observe';
  readonly linkRemovalGraceSeconds: number;
  readonly mail: {
    readonly smtpUrl: string | undefined;
    readonly from: string | undefined;
    readonly language: MailLanguage;
    /** A folder with the admin's own texts. */
    readonly templates: string | undefined;
    readonly contact: string | undefined;
    readonly brandName: string | undefined;
    /** As "#1f5eff". */
    readonly brandColor: string;
  };
  readonly report: {
    readonly to: string | undefined;
    /** An incoming webhook; whoever has it may post. */
    readonly alertWebhookUrl: string | undefined;
    readonly schedule: string;
  };
  readonly usage: {
    readonly timezone: string;
    readonly maxSecondsPerAnnotation: number;
    readonly countBulk: boolean;
  };
  /** The way out to OpenTrain. */
  readonly proxies: Proxies;
  readonly logLevel: string;
}

export type { SettingSources } from './sources.ts';

/** OpenTrain's documentation names the host alone; its API is below this path. */
const API_PATH = '/api/partner/v1';

/** What is wrong with a setting, in words that name it and never hold its value. */
export interface SettingProblem {
  name: string;
  text: string;
}

/**
 * The settings. Throws {@link AdminError} that lists everything missing or malformed at once, never a secret's value.
 */
export function loadSettings(sources: SettingSources): Settings {
  const found = collectSettings(sources);
  const { values, problems } = checkAll(found);
  if (problems.length > 0) {
    throw new AdminError(
      `The settings cannot be used: ${problems.map(({ text }) => text).join('; ')}.`,
      `Set them in the environment, in ${sources.file ?? DEFAULT_SETTINGS_FILE}, or as flags such as ${flagOf('TOOL_BASE_URL')}; \`opentrain-plugin setup\` asks for each and checks it.`,
    );
  }
  return Object.freeze(typed(values, new Map([...found].map(([name, { from }]) => [name, from]))));
}

/** Why {@link loadSettings} would refuse these sources, setting by setting; empty when it takes them. */
export function settingProblems(sources: SettingSources): SettingProblem[] {
  return checkAll(collectSettings(sources)).problems;
}

/** The values as they are used, and everything that is missing or malformed. */
function checkAll(found: ReadonlyMap<string, Found>): { values: Map<string, string>; problems: SettingProblem[] } {
  const values = new Map<string, string>();
  const problems: SettingProblem[] = [];
  for (const declaration of manifest.settings) {
    const { name } = declaration;
    const given = found.get(name);
    const checked = given ? checkFound(declaration, given) : null;
    if (checked && 'value' in checked) values.set(name, withAbsolutePath(declaration, checked.value, given));
    const text = checked && 'value' in checked ? null : problemOf(declaration, given?.value);
    if (text) problems.push({ name, text });
  }
  problems.push(...contradictions(values));
  return { values, problems };
}

/** The manifest's own defaults are right, which a test holds: checking one brings along what checks it. */
function checkFound(declaration: SettingDeclaration, { value, kind }: Found): Checked {
  return kind === 'default' ? { value } : checkValue(declaration, value);
}

/** What is wrong with a value and what to do, in words that name the setting and not the value; null when nothing is. */
export function problemOf(declaration: SettingDeclaration, value: string | undefined): string | null {
  const { name } = declaration;
  if (value === undefined) return declaration.required ? `${name} is not set (${declaration.help})` : null;
  const checked = checkValue(declaration, value);
  return 'problem' in checked ? `${name} ${checked.problem.what}: ${checked.problem.remedy}` : null;
}

/** What is written in the settings file is meant from its folder, so that every command finds the same files. */
function withAbsolutePath({ type }: SettingDeclaration, value: string, found: Found | undefined): string {
  if (type !== 'database') return value;
  return absoluteSqliteUrl(value, found?.kind === 'file' ? dirname(found.from) : process.cwd());
}

/** What each setting allows and both together do not. */
function contradictions(values: ReadonlyMap<string, string>): SettingProblem[] {
  const get = (name: string): string => values.get(name) ?? '';
  const problems: SettingProblem[] = [];
  const refuse = (name: string, why: string): number => problems.push({ name, text: `${name} ${why}` });
  if (get('SMTP_URL') && !get('MAIL_FROM')) {
    refuse('MAIL_FROM', 'is needed with SMTP_URL: write the sender as in Labelling team <labels@example.com>');
  }
  if (get('OIDC_ISSUER') && !get('OIDC_CLIENT_ID')) {
    refuse('OIDC_CLIENT_ID', 'is needed with OIDC_ISSUER: write the client that the provider knows the plugin as');
  }
  if (get('OIDC_ISSUER') && !get('OIDC_ADMINS') && !get('OIDC_VIEWERS')) {
    refuse('OIDC_ADMINS', 'or OIDC_VIEWERS is needed with OIDC_ISSUER: nobody could sign in');
  }
  const file = sqliteFile(get('DATABASE_URL'));
  if (file && file === sqliteFile(get('TOOL_DATABASE_URL'))) {
    refuse('DATABASE_URL', "is the tool's own file: give the plugin one of its own");
  }
  if (get('PLUGIN_PUBLIC_URL') && [get('TOOL_BASE_URL'), get('TOOL_PUBLIC_URL')].includes(get('PLUGIN_PUBLIC_URL'))) {
    refuse('PLUGIN_PUBLIC_URL', "is the tool's address: give the plugin a host name, port or path of its own");
  }
  const gateway = get('GATEWAY_PUBLIC_URL');
  if (gateway && [get('TOOL_BASE_URL'), get('PLUGIN_PUBLIC_URL')].includes(gateway)) {
    refuse(
      'GATEWAY_PUBLIC_URL',
      "is the tool's or the plugin's own address: give the gateway another host name or port",
    );
  }
  return problems;
}

function typed(values: ReadonlyMap<string, string>, sources: ReadonlyMap<string, string>): Settings {
  const get = (name: string): string => values.get(name) ?? '';
  const host = get('PLUGIN_HOST');
  const port = Number(get('PLUGIN_PORT'));
  const publicUrl = get('PLUGIN_PUBLIC_URL') || `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const proxies = get('PLUGIN_TRUSTED_PROXIES');
  return {
    openTrain: {
      baseUrl: withApiPath(get('OPENTRAIN_BASE_URL')),
      partnerToken: values.get('OPENTRAIN_PARTNER_TOKEN'),
      webhookSecret: values.get('OPENTRAIN_WEBHOOK_SECRET'),
      appSlug: values.get('OPENTRAIN_APP_SLUG'),
    },
    tool: {
      adapter: get('TOOL_ADAPTER'),
      baseUrl: get('TOOL_BASE_URL'),
      apiToken: get('TOOL_API_TOKEN'),
      publicUrl: get('TOOL_PUBLIC_URL') || get('TOOL_BASE_URL'),
      databaseUrl: values.get('TOOL_DATABASE_URL'),
    },
    databaseUrl: get('DATABASE_URL'),
    sources,
    databaseUrlFrom: sources.get('DATABASE_URL') ?? 'its default',
    plugin: {
      publicUrl,
      basePath: new URL(publicUrl).pathname.replace(/\/$/, ''),
      host,
      port,
      trustedProxies: /^\d+$/.test(proxies) ? Number(proxies) : proxies,
      hsts: get('PLUGIN_HSTS') === 'on',
      secret: values.get('PLUGIN_SECRET'),
      metricsToken: values.get('METRICS_TOKEN'),
      previousSecret: values.get('PLUGIN_SECRET_PREVIOUS'),
    },
    oidc: oidcOf(values),
    gateway: gatewayOf(get),
    accessPolicy: accessPolicyOf(get('ACCESS_POLICY')),
    linkRemovalGraceSeconds: Number(get('LINK_REMOVAL_GRACE')),
    mail: mailOf(values),
    report: {
      to: values.get('REPORT_TO'),
      alertWebhookUrl: values.get('ALERT_WEBHOOK_URL'),
      schedule: get('REPORT_SCHEDULE'),
    },
    usage: {
      timezone: get('USAGE_TIMEZONE'),
      maxSecondsPerAnnotation: Number(get('USAGE_MAX_SECONDS_PER_ANNOTATION')),
      countBulk: get('USAGE_COUNT_BULK') === 'on',
    },
    proxies: { https: values.get('HTTPS_PROXY'), http: values.get('HTTP_PROXY'), none: values.get('NO_PROXY') },
    logLevel: get('LOG_LEVEL'),
  };
}

function oidcOf(values: ReadonlyMap<string, string>): Settings['oidc'] {
  const issuer = values.get('OIDC_ISSUER');
  if (!issuer) return null;
  return {
    issuer,
    clientId: values.get('OIDC_CLIENT_ID') ?? '',
    clientSecret: values.get('OIDC_CLIENT_SECRET'),
    admins: values.get('OIDC_ADMINS'),
    viewers: values.get('OIDC_VIEWERS'),
  };
}

function mailOf(values: ReadonlyMap<string, string>): Settings['mail'] {
  return {
    smtpUrl: values.get('SMTP_URL'),
    from: values.get('MAIL_FROM'),
    language: mailLanguages.find((language) => language === values.get('MAIL_LANGUAGE')) ?? 'en',
    templates: values.get('MAIL_TEMPLATES'),
    contact: values.get('CONTACT'),
    brandName: values.get('BRAND_NAME'),
    brandColor: values.get('BRAND_COLOR') ?? '',
  };
}

function withApiPath(url: string): string {
  return new URL(url).pathname === '/' ? `${url}${API_PATH}` : url;
}

function gatewayOf(get: (name: string) => string): Settings['gateway'] {
  const publicUrl = get('GATEWAY_PUBLIC_URL');
  return publicUrl ? { publicUrl, host: get('GATEWAY_HOST'), port: Number(get('GATEWAY_PORT')) } : null;
}

function accessPolicyOf(value: string): Settings['accessPolicy'] {
  return value === 'grant-only' || value === 'observe' ? value : 'sync';
}
